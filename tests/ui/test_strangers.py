"""Every handler of every page, tried by a raw client that is signed out, of another tenant, or may only look."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext

from little_bell.little_bell import app  # noqa: F401 - registers the handlers
from little_bell.ui.guard import is_open_to_all, is_shut_to_all
from tests.ui.conftest import HYDRATE, Opener, Things, run

HANDLERS = {name: one.handler.fn for name, one in RegistrationContext.get().event_handlers.items()}
OURS = sorted(name for name, handler in HANDLERS.items() if not is_open_to_all(handler))
SHUT = sorted(name for name, handler in HANDLERS.items() if is_shut_to_all(handler))
PUBLIC = sorted(name for name, handler in HANDLERS.items() if getattr(handler, "is_public", False))
HOSTILE: list[Any] = [
    None,
    True,
    -1,
    0,
    2**70,
    1.5,
    "",
    "1; DROP TABLE campaigns",
    "\0",
    "x" * 20_000,
    [],
    [1],
    {},
    {"name": ["a"]},
    {"url": 7},
]


def arguments(name: str, value: Any) -> dict[str, Any]:
    """A payload that names each of the handler's parameters."""
    return dict.fromkeys(list(inspect.signature(HANDLERS[name]).parameters)[1:], value)


RULE = {"match": "agent", "value": "monitor", "treat": "machine", "note": ""}
#: What each parameter of a handler means when it means what is Alice's: a new one needs its row.
MEANT: dict[str, Callable[[Things], Any]] = {
    "_is_open": lambda _: True,
    "address": lambda _: "only-alice-knows@example.org",
    "by": lambda _: "click",
    "campaign": lambda things: str(things.campaign_id),
    "campaign_id": lambda things: things.campaign_id,
    "destination_id": lambda things: things.destination_id,
    "encoding": lambda _: "utf-8",
    "event_id": lambda things: things.event_id,
    "form": lambda _: {"name": "mine now", "read": "on", "url": "https://evil.example/", **RULE},
    "format_": lambda _: "csv",
    "include": lambda _: "people",
    "invitation_id": lambda things: things.invitation_id,
    "is_adding": lambda _: True,
    "is_open": lambda _: True,
    "key_id": lambda things: things.key_id,
    "kind": lambda _: "email",
    "mark": lambda _: "bounced",
    "message": lambda _: "said by somebody",
    "message_id": lambda things: things.message_id,
    "name": lambda _: "campaign",
    "place": lambda _: 0,
    "provider": lambda _: "postmark",
    "receipt_id": lambda things: things.campaign_id,
    "role": lambda _: "viewer",
    "rule_id": lambda things: things.rule_id,
    "said": lambda _: "7d",
    "sought": lambda _: "only-alice",
    "span": lambda _: "30d",
    "status": lambda _: "opened",
    "tab": lambda _: "messages",
    "tenant_id": lambda things: things.tenant_id,
    "user_id": lambda things: things.user_id,
    "value": lambda things: str(things.campaign_id),
    "verdict": lambda _: "machine",
    "way": lambda _: "postmark",
    "what": lambda _: "suspend",
    "where": lambda _: "next",
}


def aimed_at(name: str, things: Things) -> dict[str, Any]:
    """A payload that means what is Alice's."""
    return {parameter: MEANT[parameter](things) for parameter in arguments(name, None)}


@pytest.mark.parametrize("name", OURS)
def test_every_parameter_of_a_handler_has_its_row(name: str) -> None:
    unknown = arguments(name, None).keys() - MEANT.keys()
    assert not unknown, f"MEANT has to say what {', '.join(unknown)} of {name} is when it means what is Alice's"


def test_only_sign_in_is_open_to_visitors() -> None:
    assert [name.rpartition("____")[2] for name in PUBLIC] == ["join.enter", "login.enter"]
    assert len(OURS) > 30


def test_every_handler_sends_a_signed_out_visitor_to_sign_in(tab: Opener, things: Things, possessions: Callable[[], list[Any]]) -> None:
    async def play() -> None:
        async with tab(None) as visitor:
            for name in OURS:
                since = len(visitor.frames)
                await visitor.send(name, aimed_at(name, things))
                frames = await visitor.until("_redirect", since)
                assert all("'/login'" in frame and "delta" not in frame for frame in frames), (name, frames)

    before = possessions()
    run(play())
    assert possessions() == before


def test_every_handler_tells_charlie_nothing_and_changes_nothing_of_alices(
    tab: Opener, things: Things, charlie_secret: str, possessions: Callable[[], list[Any]]
) -> None:
    async def play() -> None:
        async with tab(charlie_secret) as charlie:
            for name in OURS:
                frames = await charlie.call(name, aimed_at(name, things))
                assert not [frame for frame in frames if any(secret in frame for secret in things.secrets)], name

    before = possessions()
    run(play())
    after = possessions()
    for table_before, table_after in zip(before, after, strict=True):
        assert set(table_before) <= set(table_after)  # what Charlie made in his own tenant is his


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("campaign_desk.ask_delete", "no such campaign"),
        ("campaign_desk.ask_edit", "no such campaign"),
        ("campaign_desk.archive", "no such campaign"),
        ("campaigns.pick", "no such campaign"),
        ("keys.ask_revoke", "no such key"),
        ("people.ask_remove", "no such member"),
        ("people.change_role", "no such member"),
        ("people.withdraw", "no such invitation"),
        ("tenants.choose", "whoever runs the installation"),
        ("suppressions.ask_remove", "no such suppressed address"),
        ("audience.show_person", "no such recipient"),
        ("webhooks.rerun", "no such delivery"),
        ("overruling.ask", "no such event"),
        ("overruling.take_back", "no such event"),
        ("verdict_rules.remove", "no such rule"),
        ("kept_sets.ask_drop", "no such set"),
        ("alert_destinations.ask_remove", "no such destination"),
        ("alert_destinations.test", "no such destination"),
    ],
)
def test_another_tenants_thing_is_not_found(tab: Opener, things: Things, charlie_secret: str, handler: str, told: str) -> None:
    name = next(one for one in OURS if one.endswith(handler))

    async def play() -> None:
        async with tab(charlie_secret) as charlie:
            await charlie.send(name, aimed_at(name, things))
            await charlie.until(told)

    run(play())


@pytest.mark.parametrize("handler", ["states___campaign____campaign.load", "states___message____message.load"])
def test_another_tenants_page_is_missing(tab: Opener, charlie_secret: str, handler: str) -> None:
    name = next(one for one in OURS if one.endswith(handler))

    async def play() -> None:
        async with tab(charlie_secret) as charlie:
            assert any("'is_missing_rx_state_': True" in frame for frame in await charlie.call(name, {}))

    run(play())


def test_somebody_who_may_only_look_changes_nothing(
    tab: Opener, things: Things, bob_secret: str, possessions: Callable[[], list[Any]]
) -> None:
    async def play() -> None:
        async with tab(bob_secret) as bob:
            for name in OURS:
                await bob.call(name, aimed_at(name, things))

    before = possessions()
    run(play())
    assert possessions() == before


def test_an_editor_is_sent_to_an_owner_for_what_is_the_owners(
    tab: Opener, things: Things, erin_secret: str, possessions: Callable[[], list[Any]]
) -> None:
    theirs = ("keys.create_key", "keys.ask_revoke", "people.invite", "people.withdraw", "people.change_role", "tenant_settings.save")
    theirs += ("webhooks.open_setup", "webhooks.save", "webhooks.remove", "setup.make_key")

    async def play() -> None:
        async with tab(erin_secret) as erin:
            for handler in theirs:
                name = next(one for one in OURS if one.endswith(handler))
                since = len(erin.frames)
                await erin.send(name, aimed_at(name, things))
                await erin.until("ask an owner", since)

    before = possessions()
    run(play())
    assert possessions() == before


def test_hostile_arguments_change_nothing_and_break_nothing(tab: Opener, alice_secret: str, possessions: Callable[[], list[Any]]) -> None:
    async def play() -> None:
        async with tab(alice_secret) as alice:
            for name in OURS:
                if not arguments(name, None):
                    continue
                for value in HOSTILE:
                    frames = await alice.call(name, arguments(name, value))
                    assert name.endswith("shell.fail") or not any("is_failing" in frame for frame in frames), (name, value)

    before = possessions()
    run(play())
    assert possessions() == before


def test_signing_out_takes_the_data_out_of_the_tab(tab: Opener, things: Things, alice_secret: str) -> None:
    load = next(one for one in OURS if one.endswith("states___campaign____campaign.load"))

    async def play() -> None:
        async with tab(alice_secret, token="shared-tab") as alice:
            await alice.call(load, {})
            assert any(things.secrets[0] in frame for frame in alice.frames)
        async with tab(None, token="shared-tab") as visitor:
            await visitor.send(HYDRATE, {})
            frames = await visitor.until("delta")
            assert not [frame for frame in frames if any(secret in frame for secret in things.secrets)]

    run(play())


def test_a_handler_that_does_not_exist_is_no_way_in(tab: Opener, things: Things) -> None:
    async def play() -> None:
        async with tab(None) as visitor:
            await visitor.send("reflex___state____state.little_bell___ui___states___campaign____campaign._load", {})
            await visitor.send(HYDRATE, {})
            await visitor.until("delta")
            assert not [frame for frame in visitor.frames if any(secret in frame for secret in things.secrets)]

    run(play())


def test_nobody_sets_a_variable_from_outside(tab: Opener, alice_secret: str) -> None:
    async def play() -> None:
        async with tab(alice_secret) as alice:
            for name in SHUT:
                frames = await alice.call(name, {"var_name": "shown_id", "value": 1})
                assert "mark" in "".join(frames)
                assert not [frame for frame in frames if "shown_id" in frame or "is_failing" in frame], name

    assert SHUT
    run(play())
