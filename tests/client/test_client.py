"""The client over the real API: it does what Database does, reads its own writes, and sees nothing of others."""

import asyncio
import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from little_bell import AsyncClient, Client, Database
from little_bell.config import Settings
from little_bell.domain.errors import BellError, Conflict, Forbidden, Invalid, NotFound, TooLarge, Unauthorized
from little_bell.domain.events import Scope
from tests.client.conftest import URL, InProcess, key
from tests.fixtures.people import Person
from tests.projector.test_reports import bounce_to

#: Routes for other programs than a sender's.
#: /webhooks/dsn/{tenant} is /webhooks/dsn for a mail server that has the tenant in its address; a client's key says whose it is.
NOT_FOR_SENDERS = re.compile(r"/(ready|metrics|auth/|api/docs|api/openapi|webhooks/dsn/|\{tenant\}/)")


def public(kind: type) -> dict[str, inspect.Signature]:
    """The methods of a class with their parameters."""
    members = inspect.getmembers(kind, callable)
    return {name: inspect.signature(member) for name, member in members if not name.startswith("_")}


@pytest.fixture
def campaign(client: Client) -> int:
    return client.create_campaign("Newsletter", tags=["shop"])


@pytest.fixture
def message(client: Client, campaign: int) -> int:
    return client.create_message(campaign_id=campaign, recipient_email="user@example.com", tracking_token="my-own-token")


def test_clients_have_what_a_database_has_by_the_same_names_and_arguments() -> None:
    of_database, of_client, of_async = public(Database), public(Client), public(AsyncClient)
    assert of_client.keys() == of_async.keys()
    assert of_database.keys() - {"over"} <= of_client.keys()
    for name, signature in of_database.items():
        if name not in ("over", "close"):
            assert list(of_client[name].parameters) == list(of_async[name].parameters) == list(signature.parameters), name


def everything(client: Client, folder: Path) -> int:
    """Calls each method at least once; returns the campaign that it leaves."""
    assert client.health()["status"] == "healthy"
    campaign = client.create_campaign("Newsletter", "template-1", "Hello", ["shop"], "external-1")
    assert client.update_campaign(campaign, name="Autumn")["name"] == "Autumn"
    tagged = client.create_campaign("Tagged", utm={"source": "news", "term": "tea"})
    mail = client.instrument(client.create_message(tagged, "t@example.com"), '<a href="https://x.example/">', utm={"term": None})
    assert [link["original_url"] for link in mail["links"]] == ["https://x.example/?utm_source=news"]
    assert client.update_campaign(tagged, utm=None)["utm"] is None
    client.delete_campaign(tagged)
    one = client.create_message(campaign, "user@example.com", "my-own-token", "template-2", subject="Hi", metadata={"sent_at": "a text"})
    two = client.register_message(campaign, "b@example.com", external_id="order-7")
    client.register_messages([{"campaign_id": campaign, "recipient_email": f"reader-{n}@example.com"} for n in range(3)])
    assert client.sign_link(one, "https://example.com/a").startswith(URL)
    assert len(client.sign_links(one, ["https://example.com/a", "https://example.com/b"])) == 2
    mail = client.instrument(one, '<a href="https://example.com/a">A</a>', utm={"source": "mail"})
    assert "/track/redirect/my-own-token" in mail["html"] and mail["headers"]["List-Unsubscribe"]
    client.update_message_sent(one, provider_message_id="<7@mail>")
    client.update_message_opened(one)
    client.track_link_click(one, "https://example.com/a")
    client.update_message_clicked(one)
    client.add_message_event(one, "opened")
    client.add_message_event(one, "queued")
    client.update_message_bounced(two["id"], "550 5.1.1 User unknown")
    client.add_bounce(two["id"], "permanent", diagnostic_code="550 5.1.1 User unknown")
    assert client.mark_messages([{"external_id": "order-7", "mark": "sent"}]) == 1
    client.add_suppression("Gone@example.com", "complaint", "by phone", datetime(2100, 1, 1, tzinfo=UTC))
    assert client.add_suppressions([{"address": "left@example.com"}, {"address": "dead@example.com", "reason": "hard_bounce"}]) == 2
    client.remove_suppression("LEFT@example.com")
    client.export_suppressions_to_csv(folder / "suppressions.csv")
    (folder / "more.csv").write_text("more@example.com,spam\nnobody\n")
    assert client.import_suppressions_from_csv(folder / "more.csv")["refusals"] == [
        {"line": 2, "text": "nobody", "reason": "holds no e-mail address"}
    ]
    assert client.set_suppression_rules(soft_bounces=2)["soft_of"] == 5
    with pytest.raises(Conflict):
        client.register_message(campaign, "gone@EXAMPLE.com", strict=True)
    with pytest.raises(Conflict):
        client.register_messages([{"campaign_id": campaign, "recipient_email": "more@example.com"}], strict=True)
    assert client.register_message(campaign, "more@example.com")["suppressed"]
    assert client.add_recipients(campaign, [{"recipient_email": "user@example.com"}, {"recipient_email": "n@example.com"}])["already"] == 1
    assert [row["name"] for row in client.get_segments()][:2] == ["everybody", "new_30_days"]
    assert client.get_recipients(unopened=20, sort="-unopened") == list(client.iterate_recipients(unopened=20)) == []
    assert client.count_recipients(unopened=20, sent_within=30) == 0
    assert list(client.get_campaign_messages(1, recipient_unopened=20, recipient_suppressed=False)) == []
    client.export_recipients(folder / "recipients.csv", unopened=3, include="all")
    assert (folder / "recipients.csv").read_text().startswith("recipient_email,domain,campaigns")
    assert len(client.export_recipient("n@example.com")["messages"]) == 1
    assert client.erase_recipient("n@example.com") == 1
    tell(client, campaign, folder)
    client.export_campaign_to_csv(campaign, folder / "messages.csv")
    client.export_bounces_to_csv(folder / "bounces.csv", campaign)
    other = client.create_campaign("Mistake")
    client.delete_campaign(other)
    assert client.get_campaign(other) is None
    return campaign


def tell(client: Client, campaign: int, folder: Path) -> None:
    """Mail comes back, and what a provider told is read again."""
    returned, strange = bounce_to("user@example.com", returned="X-Little-Bell-Token: my-own-token"), bounce_to("stranger@example.net")
    for mail in (returned, returned, strange):
        client.hand_in_report(mail)
    (matched,), (unmatched,) = client.get_reports("matched"), client.get_reports("unmatched")
    assert client.get_report(matched["id"])["reading"]["tokens"] == ["my-own-token"]
    client.export_report_to_eml(matched["id"], folder / "returned.eml")
    assert (folder / "returned.eml").read_bytes() == returned
    client.review_report(unmatched["id"], dismiss=True)
    assert client.get_report(unmatched["id"])["state"] == "ignored"
    assert [row["provider"] for row in client.get_webhooks()] == ["generic"]
    assert client.rerun_webhook_delivery(client.get_webhook_deliveries("generic", limit=1)[0]["id"]) == 2
    assert client.get_webhook_deliveries()[0]["placed"] == 2
    opened = next(one for one in client.get_events() if one["type"] == "opened")
    client.overrule_event(opened["id"], "machine", "a monitor")
    assert next(one for one in client.get_events() if one["id"] == opened["id"])["overruled"]["note"] == "a monitor"
    client.take_back_verdict(opened["id"])
    made = client.add_rule("network", "203.0.113.0/24", "unfiltered", "our office")
    assert client.get_rules() == [made]
    client.remove_rule(made["id"])
    client.add_rule("agent", "monitor", "machine")
    assert client.keep_set("autumn")["is_own"]
    assert [row["name"] for row in client.get_sets()] == ["autumn"]
    assert client.get_trend(set_name="autumn") == client.get_trend()
    client.drop_set("autumn")
    assert client.get_sets() == []
    warned(client)
    assert client.get_campaign_providers(campaign)[0]["opens"] == 1


def warned(client: Client) -> None:
    """Alerts have their thresholds, and are told somewhere."""
    assert client.set_alert_rule("bounce_rate", limit=3)["limit"] == 3
    assert "bounce_rate" in [rule["kind"] for rule in client.get_alert_rules()]
    told = client.add_alert_destination("email", "ops@example.com")["id"]
    delivery = client.test_alert_destination(told)
    assert [one["id"] for one in client.get_alert_deliveries()] == [delivery]
    assert told in [one["id"] for one in client.get_alert_destinations()]
    client.remove_alert_destination(told)
    assert client.get_alerts() == []


def what_is_read(bell: Client | Database, campaign: int) -> dict[str, Any]:
    """What each reading method says."""
    messages = bell.get_campaign_messages(campaign)
    return {
        "campaign": bell.get_campaign(campaign),
        "metrics": bell.get_campaign_metrics(campaign),
        "analytics": bell.get_campaign_analytics(campaign, time_zone="Europe/Berlin"),
        "a part": bell.get_campaign_analytics(campaign, ["mailboxes"], include="human"),
        "variants": bell.get_campaign_variants(campaign),
        "trend": bell.get_trend(),
        "campaigns": bell.get_all_campaigns(tags=["shop"]),
        "iterated": list(bell.iterate_campaigns(search="utum")),
        "messages": messages,
        "some": bell.get_campaign_messages(campaign, limit=2, offset=1, status="queued"),
        "unread": bell.get_campaign_messages(campaign, opened="none", search="@", sort="-created_at"),
        "clicked": bell.get_campaign_messages(campaign, clicked="human", domain="example.com", sort="-human_clicked_at"),
        "archived": bell.get_all_campaigns(archived="all"),
        "whole": [bell.get_message(row["id"]) for row in messages],
        "token": bell.get_message_by_token("my-own-token"),
        "found": list(bell.iterate_messages(external_id="order-7")),
        "summary": bell.get_summary(datetime(2020, 1, 1, tzinfo=UTC)),
        "bounces": bell.get_bounces(campaign, 1),
        "all bounces": list(bell.iterate_bounces()),
        "reasons": bell.get_bounce_reasons(),
        "events": bell.get_events(limit=3),
        "suppressions": bell.get_suppressions(),
        "some suppressions": list(bell.iterate_suppressions("GONE", "complaint")),
        "checked": bell.check_suppressions(["dead@example.com", "left@example.com", "DEAD@example.com"]),
        "rules": bell.get_suppression_rules(),
        "reports": bell.get_reports(),
        "some reports": list(bell.iterate_reports("ignored")),
        "whole reports": [bell.get_report(row["id"]) for row in bell.get_reports()],
        "webhooks": bell.get_webhooks(),
        "deliveries": list(bell.iterate_webhook_deliveries("generic")),
        "providers": bell.get_campaign_providers(campaign),
    }


@pytest.mark.usefixtures("delivery")
def test_what_a_client_reads_is_what_a_database_reads(
    client: Client, settings: Settings, alice: Person, tmp_path: Path, monkeypatch
) -> None:
    campaign = everything(client, tmp_path)
    for name in ("DATA_DIR", "SECRET_KEY", "DATABASE_URL"):
        field = {"DATABASE_URL": "database"}.get(name, name.lower())
        monkeypatch.setenv(f"LITTLE_BELL_{name}", str(getattr(settings, field)))
    with Database(tenant="alice") as database:
        assert what_is_read(client, campaign) == what_is_read(database, campaign)
        again = tmp_path / "again.csv"
        database.export_campaign_to_csv(campaign, again)
    assert (tmp_path / "messages.csv").read_bytes() == again.read_bytes()
    lines = (tmp_path / "suppressions.csv").read_text().splitlines()
    assert sorted(line.split(",")[:2] for line in lines[1:]) == [
        ["Gone@example.com", "complaint"], ["b@example.com", "hard_bounce"], ["dead@example.com", "hard_bounce"],
    ]  # fmt: skip
    whole = client.get_message_by_token("my-own-token")
    assert whole is not None and whole["metadata"] == {"sent_at": "a text"} and isinstance(whole["sent_at"], datetime)


@pytest.mark.usefixtures("delivery")
def test_every_route_for_senders_has_its_method(client: Client, transport: InProcess, app: Any, tmp_path: Path) -> None:
    what_is_read(client, everything(client, tmp_path))
    asked = {(request.method, re.sub(r"/(\d+|bounce_rate|autumn)", "/{}", request.url.path)) for request in transport.requests}
    routes = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if not NOT_FOR_SENDERS.match(path)
    }
    assert routes - asked == set()


def test_what_was_written_can_be_read_at_once(client: Client, campaign: int, transport: InProcess) -> None:
    for number in range(10):
        message = client.create_message(campaign, f"reader-{number}@example.com")
        client.update_message_sent(message)
        row = client.get_message(message)
        assert row is not None and row["status"] == "sent"
    waited = [request for request in transport.requests if "x-read-after" in request.headers]
    assert waited
    client.get_campaign(campaign)
    assert "x-read-after" not in transport.requests[-1].headers, "what is folded needs no waiting for"


def test_many_pages_are_read_as_one_list(client: Client, campaign: int) -> None:
    new = [{"campaign_id": campaign, "recipient_email": f"reader-{n}@example.com"} for n in range(2_100)]
    ids = [row["id"] for row in client.register_messages(new)]
    assert [row["id"] for row in client.get_campaign_messages(campaign)] == ids
    assert [row["id"] for row in client.get_campaign_messages(campaign, limit=1_001, offset=1_050)] == ids[1_050:2_051]
    assert [row["id"] for row in client.iterate_messages(campaign_id=campaign)] == ids


def test_events_are_followed_in_their_order(client: Client, message: int) -> None:
    client.update_message_sent(message)
    client.update_message_opened(message)
    client.get_message(message)
    assert [event["type"] for event in client.iterate_events()] == ["sent", "opened"]
    following = client.iterate_events(follow=True, every=0.01)
    first, second = next(following), next(following)
    client.update_message_clicked(message)
    assert (first["type"], second["type"], next(following)["type"]) == ("sent", "opened", "clicked")


@pytest.mark.parametrize(
    ("call", "error", "field"),
    [
        (lambda client: client.create_message(99, "a@example.com"), NotFound, "campaign_id"),
        (lambda client: client.create_message(1, "not an address"), Invalid, "recipient_email"),
        (lambda client: client.register_messages([{"campaign_id": 1, "recipient_email": "x"}]), Invalid, "messages[0].recipient_email"),
        (lambda client: client.register_messages([{}] * 10_001), TooLarge, "messages"),
        (lambda client: client.get_all_campaigns(sort="colour"), Invalid, "sort"),
        (lambda client: client.get_campaign_metrics(99), NotFound, "campaign_id"),
        (lambda client: client.get_bounces(99), NotFound, "campaign_id"),
    ],
)
def test_refusals_come_back_as_the_errors_they_were(
    client: Client, call: Callable[[Client], Any], error: type[BellError], field: str
) -> None:
    with pytest.raises(error) as refused:
        call(client)
    assert (refused.value.field, refused.value.code) == (field, error.code)


def test_a_used_token_is_a_conflict(client: Client, campaign: int, message: int) -> None:
    with pytest.raises(Conflict) as refused:
        client.create_message(campaign, "b@example.com", "my-own-token")
    assert refused.value.field == "tracking_token"


def test_a_bad_key_and_one_that_may_not_are_told_apart(transport: InProcess, engine: Engine, alice: Person) -> None:
    with Client(URL, "lb_nobody", transport=transport) as client, pytest.raises(Unauthorized):
        client.get_all_campaigns()
    with Client(URL, key(engine, alice, Scope.READ), transport=transport) as client, pytest.raises(Forbidden) as refused:
        client.create_campaign("Mine")
    assert refused.value.code == "missing_scope"


def test_another_tenants_things_are_not_there(client: Client, stranger: Client, message: int, campaign: int, tmp_path: Path) -> None:
    client.update_message_bounced(message)
    assert stranger.get_campaign(campaign) is None and stranger.get_message(message) is None
    assert stranger.get_message_by_token("my-own-token") is None and stranger.get_all_campaigns() == []
    assert stranger.get_events() == [] and stranger.get_bounces() == [] and stranger.get_bounce_reasons() == []
    with pytest.raises(NotFound):
        stranger.get_bounce_reasons(campaign)
    with pytest.raises(NotFound):
        stranger.export_campaign_to_csv(campaign, tmp_path / "stolen.csv")
    with pytest.raises(NotFound):
        stranger.update_message_sent(message)
    assert not (tmp_path / "stolen.csv").exists()


def test_the_same_is_awaited_in_asyncio(asynchronous: Callable[[], AsyncClient], tmp_path: Path) -> None:
    async def story() -> None:
        async with asynchronous() as bell:
            campaign = await bell.create_campaign("Newsletter")
            ids = await asyncio.gather(*(bell.create_message(campaign, f"reader-{n}@example.com") for n in range(5)))
            await asyncio.gather(*(bell.update_message_sent(id_) for id_ in ids))
            assert (await bell.get_campaign_metrics(campaign))["sent"] == 5
            assert sorted([row["id"] async for row in bell.iterate_messages(campaign_id=campaign)]) == sorted(ids)
            assert len(await bell.get_campaign_messages(campaign, limit=2)) == 2
            assert [event["type"] async for event in bell.iterate_events()] == ["sent"] * 5
            await bell.export_campaign_to_csv(campaign, tmp_path / "data.csv")
            assert len((tmp_path / "data.csv").read_text().splitlines()) == 6
            assert await bell.get_campaign(99) is None
            with pytest.raises(NotFound):
                await bell.update_message_opened(99)

    asyncio.run(story())
