"""Who gets no more mail: rules, readers and people speak in any order, and it comes to the same; what is released stays so."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.actions.campaigns import hide_campaign
from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.actions.suppressions import RulesForm, set_rules, suppressed_among
from little_bell.db import reading, writing
from little_bell.journal.records import CampaignDeletion, Hit, Mark, Record, Release, Suppression
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import messages, suppression_releases, suppressions, tombstones
from tests.projector.conftest import MINUTE, START, Post

DEAD = {"bounce_type": "permanent", "category": "user_unknown", "reason": "550 5.1.1 no such user"}
FULL = {"bounce_type": "temporary", "category": "mailbox_full", "reason": "452 4.2.2 over quota"}
BLOCKED = {"bounce_type": "permanent", "category": "blocked", "reason": "554 5.7.1 your address is on a block list"}


def write_to(post: Post, *recipients: str, campaign_id: int | None = None) -> list[int]:
    new = [NewMessage(campaign_id=campaign_id or post.campaign_id, recipient_email=recipient) for recipient in recipients]
    with writing(post.engine) as connection:
        return [made.id for made in create_messages(connection, post.tenant_id, new, at=from_micros(START))]


def bounce(post: Post, message_id: int, facts: dict[str, Any], minute: float = 30) -> Mark:
    return post.mark(message_id, "bounced", minute, bounce=facts)


def unsubscription(post: Post, token: str, minute: float = 90, tenant_id: int | None = None) -> Hit:
    return Hit("unsubscribed", token, START + int(minute * MINUTE), tenant_id or post.tenant_id, True)


def said(post: Post, address: str, why: str = "manual", minute: float = 10, **more: Any) -> Suppression:
    return Suppression(post.tenant_id, address, why, START + int(minute * MINUTE), "api", **more)


def release(post: Post, address: str, minute: float) -> Release:
    return Release(post.tenant_id, address, START + int(minute * MINUTE), "api")


def suppressed(post: Post) -> dict[str, str]:
    return dict(post.rows(select(suppressions.c.address, suppressions.c.why).order_by(suppressions.c.address)))


def tell(post: Post, *records: Record) -> None:
    post.write(*records)
    post.project()


def token_of(post: Post, message_id: int) -> str:
    return str(post.rows(select(messages.c.token).where(messages.c.id == message_id))[0][0])


@pytest.mark.parametrize(("facts", "expected"), [(DEAD, {"ann@example.com": "hard_bounce"}), (BLOCKED, {}), (FULL, {})])
def test_only_a_bounce_of_a_dead_address_suppresses_at_once(post: Post, facts: dict[str, Any], expected: dict[str, str]) -> None:
    [message_id] = write_to(post, "Ann@EXAMPLE.com")
    tell(post, bounce(post, message_id, facts))
    assert suppressed(post) == expected


def test_a_domain_that_takes_no_mail_is_dead_too(post: Post) -> None:
    [message_id] = write_to(post, "a@null-mx.example")
    facts = {"bounce_type": "permanent", "category": "server", "reason": "556 5.1.10 domain does not accept mail (nullMX)"}
    tell(post, bounce(post, message_id, facts))
    assert suppressed(post) == {"a@null-mx.example": "hard_bounce"}


def test_a_complaint_and_an_unsubscription_suppress(post: Post) -> None:
    ids = write_to(post, "a@example.com", "b@example.com")
    tell(post, post.mark(ids[0], "complained"), unsubscription(post, token_of(post, ids[1])))
    assert suppressed(post) == {"a@example.com": "complaint", "b@example.com": "unsubscribe"}


def test_the_weightiest_reason_leads_and_none_is_forgotten(post: Post) -> None:
    [message_id] = write_to(post, "a@example.com")
    tell(post, said(post, "a@example.com"), bounce(post, message_id, DEAD), post.mark(message_id, "complained", 31))
    [(why, entries)] = post.rows(select(suppressions.c.why, suppressions.c.entries))
    assert (why, [entry["why"] for entry in entries]) == ("complaint", ["complaint", "hard_bounce", "manual"])


def test_a_reason_that_ends_does_not_hide_one_that_lasts(post: Post) -> None:
    [message_id] = write_to(post, "a@example.com")
    until = START + 10**12
    tell(post, bounce(post, message_id, DEAD), said(post, "a@example.com", "complaint", 40, expires_at=until))
    assert post.rows(select(suppressions.c.why, suppressions.c.expires_at)) == [("hard_bounce", None)]


def test_three_of_five_soft_bounces_suppress_and_two_do_not(post: Post) -> None:
    ids = write_to(post, *["a@example.com"] * 5)
    tell(post, bounce(post, ids[0], FULL, 1), bounce(post, ids[4], FULL, 5), bounce(post, ids[4], FULL, 6))
    assert suppressed(post) == {}
    tell(post, bounce(post, ids[2], FULL, 3))
    assert suppressed(post) == {"a@example.com": "soft_bounces"}


def test_three_soft_bounces_far_apart_do_not(post: Post) -> None:
    ids = write_to(post, *["a@example.com"] * 9)
    tell(post, *(bounce(post, ids[place], FULL, place) for place in (0, 4, 8)))
    assert suppressed(post) == {}


def test_what_speaks_of_the_sender_is_no_soft_bounce(post: Post) -> None:
    ids = write_to(post, *["a@example.com"] * 5)
    tell(post, *(bounce(post, message_id, BLOCKED) for message_id in ids))
    assert suppressed(post) == {}


def test_a_tenants_own_rules_hold(post: Post) -> None:
    with writing(post.engine) as connection:
        rules = RulesForm(on_hard_bounce=False, on_complaint=False, soft_bounces=1, soft_of=1, soft_days=30).rules()
        set_rules(connection, post.tenant_id, rules, "tests")
    ids = write_to(post, "dead@example.com", "angry@example.com", "full@example.com", "gone@example.com")
    tell(post, bounce(post, ids[0], DEAD), post.mark(ids[1], "complained"), bounce(post, ids[2], FULL, 30))
    tell(post, unsubscription(post, token_of(post, ids[3])))
    ends = dict(post.rows(select(suppressions.c.address, suppressions.c.expires_at)))
    assert set(ends) == {"full@example.com", "gone@example.com"}
    assert to_micros(ends["full@example.com"]) == START + 30 * MINUTE + 30 * 24 * 60 * MINUTE
    tell(post, said(post, "dead@example.com", "hard_bounce"))
    assert suppressed(post)["dead@example.com"] == "hard_bounce"  # a person may say what the rule doesn't


def test_a_release_outlives_whatever_was_said_before_it_and_is_heard_of_later(post: Post) -> None:
    ids = write_to(post, "a@example.com", "a@example.com")
    tell(post, bounce(post, ids[0], DEAD, 30))
    tell(post, release(post, "A@example.com", 60))
    assert suppressed(post) == {}
    tell(post, bounce(post, ids[1], DEAD, 59), bounce(post, ids[0], DEAD, 30), said(post, "a@example.com", minute=10))
    assert suppressed(post) == {}
    post.recount(mend=True)
    assert suppressed(post) == {}
    tell(post, bounce(post, ids[1], DEAD, 61))
    assert suppressed(post) == {"a@example.com": "hard_bounce"}


def test_a_released_address_begins_anew_with_the_soft_rule(post: Post) -> None:
    ids = write_to(post, *["a@example.com"] * 5)
    tell(post, *(bounce(post, message_id, FULL, place) for place, message_id in enumerate(ids[:3])))
    tell(post, release(post, "a@example.com", 10), bounce(post, ids[3], FULL, 20), bounce(post, ids[4], FULL, 21))
    assert suppressed(post) == {}
    tell(post, bounce(post, ids[2], FULL, 22))
    assert suppressed(post) == {"a@example.com": "soft_bounces"}


def test_a_clock_that_runs_ahead_does_not_outlive_a_release(post: Post) -> None:
    [message_id] = write_to(post, "a@example.com")
    ahead = post.mark(message_id, "bounced", 30, bounce=DEAD, stated_at=START + 34 * MINUTE)
    tell(post, ahead, release(post, "a@example.com", 31))
    assert suppressed(post) == {}


def test_unsubscribing_works_when_the_campaign_is_deleted_and_when_it_is_purged(post: Post) -> None:
    ids = write_to(post, "hidden@example.com", "purged@example.com", "angry@example.com")
    tokens = [token_of(post, message_id) for message_id in ids]
    with writing(post.engine) as connection:
        hide_campaign(connection, post.tenant_id, post.campaign_id, "tests")
    tell(post, CampaignDeletion(post.tenant_id, post.campaign_id, START + 60 * MINUTE))
    tell(post, unsubscription(post, tokens[0]), post.mark(ids[2], "complained", 61))
    with post.projecting() as running:
        running.keep_house()
        assert len(post.rows(tombstones.select())) == 3
        post.write(unsubscription(post, tokens[1]), unsubscription(post, tokens[2], tenant_id=post.tenant_id + 7))
        running.fold()
    assert suppressed(post) == {"angry@example.com": "complaint", "hidden@example.com": "unsubscribe", "purged@example.com": "unsubscribe"}
    assert post.counts() == {"deleted": 4}
    assert post.events() == []


def test_an_unsubscription_that_came_before_its_message_counts_when_that_is_there(post: Post) -> None:
    tell(post, unsubscription(post, "early-token"))
    assert suppressed(post) == {}
    post.register("early-token")
    with post.projecting() as running:
        running.keep_house()
    assert suppressed(post) == {"early-token@example.com": "unsubscribe"}


def test_tenants_do_not_share_a_list(post: Post, charlie: Any) -> None:
    tell(post, said(post, "a@example.com"))
    with reading(post.engine) as connection:
        assert suppressed_among(connection, post.tenant_id, ["A@Example.COM", "b@example.com"]) == {"A@Example.COM": "manual"}
        assert suppressed_among(connection, charlie.tenant_id, ["a@example.com"]) == {}


def test_what_has_expired_suppresses_no_more(post: Post) -> None:
    tell(post, said(post, "a@example.com", expires_at=START), said(post, "b@example.com", expires_at=START + 10**14))
    with reading(post.engine) as connection:
        assert suppressed_among(connection, post.tenant_id, ["a@example.com", "b@example.com"]) == {"b@example.com": "manual"}


def history(chance: random.Random, ids: list[int], post: Post, name: str) -> list[Record]:
    """What happens to a few addresses: every kind of word for and against them."""
    records: list[Record] = []
    for _ in range(chance.randrange(5, 60)):
        minute = chance.randrange(0, 300)
        place = chance.randrange(len(ids))
        address = f"{name}-{place % 3}@example.com"
        kind = chance.choice(["dead", "full", "full", "full", "blocked", "complained", "unsubscribed", "manual", "release"])
        if kind in ("dead", "full", "blocked"):
            records.append(bounce(post, ids[place], {"dead": DEAD, "full": FULL, "blocked": BLOCKED}[kind], minute))
        elif kind in ("complained", "unsubscribed"):
            records.append(post.mark(ids[place], kind, minute))
        elif kind == "release":
            records.append(release(post, address.upper(), minute))
        else:
            until = chance.choice([None, START + 10**14, START + 10**14 + 1])
            records.append(said(post, address, minute=minute, expires_at=until, note=chance.choice(["", "x", "y"])))
    return records


def outcome(post: Post, name: str, ids: list[int]) -> list[Any]:
    place_of = {message_id: place for place, message_id in enumerate(ids)}
    found = []
    for address, why, entries in post.rows(select(suppressions.c.address, suppressions.c.why, suppressions.c.entries)):
        if address.startswith(name):
            plain = [{**e, "message_id": place_of.get(e["message_id"]), "email": e["email"].lower().replace(name, "")} for e in entries]
            found.append((address.removeprefix(name), why, plain))
    freed = post.rows(select(suppression_releases.c.address, suppression_releases.c.released_at))
    return [sorted(found, key=str), sorted((a.removeprefix(name), at) for a, at in freed if a.startswith(name))]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_any_batches_and_any_repeats_come_to_the_same(post: Post, seed: int) -> None:
    for example in range(4):
        straight, shuffled = f"straight{example}", f"shuffled{example}"
        addresses = [f"{place % 3}@example.com" for place in range(12)]
        ids = {name: write_to(post, *(f"{name}-{address}" for address in addresses)) for name in (straight, shuffled)}
        state = random.Random(seed * 100 + example)
        facts = history(state, ids[straight], post, straight)
        again = history(random.Random(seed * 100 + example), ids[shuffled], post, shuffled)
        facts.sort(key=lambda record: (record.received_at, str(record)))
        tell(post, *facts)
        mixed = state.sample(again, len(again)) + state.sample(again, len(again) // 4)
        mixed = [record for place, record in enumerate(mixed) if place < len(again) or not isinstance(record, Mark)]
        with post.projecting() as running:
            while mixed:
                size = state.choice([1, 2, 7, 30])
                post.write(*mixed[:size])
                mixed = mixed[size:]
                running.loop._size = state.choice([1, 3, 2_000])
                running.fold()
        assert outcome(post, shuffled, ids[shuffled]) == outcome(post, straight, ids[straight])
