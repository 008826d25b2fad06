"""How an event finds its message, and what it does there."""

import time

import msgspec
import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.journal.records import Hit, Mark, Notice, decode_one, encode_one
from little_bell.models import from_micros
from little_bell.models.tables import bounces, links, message_events, messages, provider_events, provider_stats
from little_bell.projector import notices
from little_bell.projector.projector import Projector, lease_of
from little_bell.projector.recount import recount
from little_bell.queries.webhooks import list_deliveries, provider_counts
from tests.webhooks.conftest import BASE_URL, House
from tests.webhooks.senders import SENDERS, Wire, generic_event, sendgrid_event

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SENDGRID, GENERIC = SENDERS["sendgrid"], SENDERS["generic"]
DAY = 24 * 3600.0


@pytest.fixture(autouse=True)
def _set_up(house: House) -> None:
    house.set_up("sendgrid", SENDGRID.secrets[0])
    house.set_up("generic", GENERIC.secrets[0])


def mark_sent(house: House, message_id: int, provider_message_id: str) -> None:
    mark = Mark(house.alice.tenant_id, message_id, "sent", time.time_ns() // 1_000, "api", None, provider_message_id)
    house.server.journal.append([mark])


def test_it_is_found_by_the_id_that_the_provider_answered(house: House) -> None:
    message_id, _, email = house.register()
    house.register(recipient=email)  # a later message to the same reader
    mark_sent(house, message_id, "14c5d75ce93dfd7")
    house.fold()
    house.tell(SENDGRID, sendgrid_event("delivered", 7, email))
    house.fold()
    assert house.message(message_id).delivered_at is not None


def test_of_several_messages_under_one_id_the_recipient_decides(house: House) -> None:
    (one, _, ada), (two, _, _), (three, _, _) = house.register(), house.register(), house.register()
    for message_id in (one, two, three):
        mark_sent(house, message_id, "14c5d75ce93dfd7")
    house.fold()
    house.tell(SENDGRID, sendgrid_event("delivered", 7, ada.upper()))
    house.tell(SENDGRID, sendgrid_event("bounce", 7, "somebody-else@example.com"))
    house.fold()
    assert [house.message(each).status for each in (one, two, three)] == ["delivered", "sent", "sent"]


def test_it_is_found_by_the_message_id_that_we_made(house: House) -> None:
    message_id, _, email = house.register(token="a.token.with-dots.")
    headers = house.server.addresses.headers(house.alice.tenant_id, "a.token.with-dots.")
    house.tell(SENDGRID, sendgrid_event("delivered", 1, email) | {"smtp-id": headers["Message-ID"]})
    house.fold()
    assert house.message(message_id).status == "delivered"


def test_it_is_found_by_recipient_and_time_and_then_known_by_its_id(house: House) -> None:
    old, _, email = house.register()
    with writing(house.engine) as connection:
        long_ago = from_micros(int((time.time() - 20 * DAY) * 1e6))
        connection.execute(update(messages).where(messages.c.id == old).values(created_at=long_ago))
    message_id, _, _ = house.register(recipient=email)
    house.tell(SENDGRID, sendgrid_event("processed", 7, email.upper()))
    house.fold()
    assert (house.message(message_id).status, house.message(old).status) == ("sent", "queued")
    assert house.message(message_id).provider_message_id == "14c5d75ce93dfd7"
    house.register(recipient=email)
    house.tell(SENDGRID, sendgrid_event("delivered", 7, email) | {"sg_event_id": "another"})
    house.fold()
    assert house.message(message_id).status == "delivered"


@on_sqlite
def test_another_tenants_token_finds_nothing(house: House) -> None:
    message_id, token, _ = house.register(person=house.charlie)
    house.tell(GENERIC, generic_event("bounced", 1, "", token))
    house.fold()
    assert house.events(message_id) == []
    assert house.outcomes() == ["unmatched"]


def test_what_comes_before_its_message_is_placed_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "FIRST_WAIT", 0)
    house.tell(GENERIC, generic_event("delivered", 1, "early@example.com"))
    house.fold()
    assert house.outcomes() == ["unmatched"]
    message_id, _, _ = house.register(recipient="early@example.com")
    with writing(house.engine) as connection:
        connection.execute(update(provider_events).values(due_at=from_micros(0)))
    keep_house(house)
    assert house.outcomes() == ["placed"]
    assert house.message(message_id).status == "delivered"
    assert house.rows(select(provider_events.c.record, provider_events.c.due_at)) == [(None, None)]


@on_sqlite
def test_what_never_finds_its_message_is_given_up_and_counted(house: House) -> None:
    house.tell(GENERIC, generic_event("delivered", 1, "nobody@example.com"))
    house.fold()
    record = house.rows(select(provider_events.c.record))[0].record
    notice = decode_one(record)
    assert isinstance(notice, Notice)
    old = msgspec.structs.replace(notice, received_at=notice.received_at - notices.GIVE_UP - 1)
    with writing(house.engine) as connection:
        connection.execute(update(provider_events).values(due_at=from_micros(0), record=encode_one(old)))
    keep_house(house)
    assert house.rows(select(provider_events.c.outcome, provider_events.c.due_at)) == [("unmatched", None)]


def keep_house(house: House, is_rare: bool = False) -> None:
    """The upkeep of a projector, once round; with what is done once a minute."""
    projector = Projector(house.engine, house.settings)
    lease = lease_of(house.engine, house.settings)
    lease.take(house.engine)
    try:
        loop = projector._make_loop(lease)
        loop.drain()
        if is_rare:
            loop._upkeep._cleared_at = -1e9
        while loop._upkeep.step():
            pass
    finally:
        lease.release(house.engine)


def keep_rare_house(house: House) -> None:
    keep_house(house, is_rare=True)


def test_every_kind_of_event_is_counted_where_it_belongs(house: House) -> None:
    kinds = ("processed", "delivered", "deferred", "open", "click", "spamreport", "unsubscribe")
    message_id, token, email = house.register()
    events = [sendgrid_event(word, n, email, token, url="https://example.com/a") for n, word in enumerate(kinds)]
    assert house.tell(SENDGRID, *reversed(events)).json == {"processed": len(kinds)}
    house.fold()
    message = house.message(message_id)
    assert message.status == "clicked" and message.deferred_at and message.delivered_at and message.unsubscribed_at
    assert house.stats("sent", "delivered", "opened", "clicked", "complained", "unsubscribed", "opens", "clicks") == (1,) * 8
    assert [row.url for row in house.rows(select(links.c.url))] == ["https://example.com/a"]


def test_a_dropped_mail_was_never_sent(house: House) -> None:
    message_id, token, email = house.register()
    house.tell(SENDGRID, sendgrid_event("dropped", 1, email, token, reason="Bounced Address"))
    house.fold()
    assert house.message(message_id).status == "rejected"
    assert house.stats("sent", "rejected") == (0, 1)


def test_a_bounce_stands_in_the_list_of_bounces_with_its_source(house: House) -> None:
    _, token, email = house.register()
    house.tell(SENDGRID, sendgrid_event("bounce", 1, email, token))
    house.fold()
    columns = (bounces.c.recipient_email, bounces.c.category, bounces.c.bounce_type, bounces.c.source, bounces.c.diagnostic_code)
    assert house.rows(select(*columns)) == [(email, "user_unknown", "permanent", "sendgrid", "5.1.1")]


def open_pixel(house: House, token: str) -> None:
    assert house.post(f"/track/pixel/{token}.gif", Wire({"user-agent": "Mail/1.0"}, b""), "GET").status == 200


def test_an_open_that_our_pixel_saw_too_counts_once(house: House) -> None:
    message_id, token, email = house.register()
    open_pixel(house, token)
    house.tell(SENDGRID, sendgrid_event("open", 1, email, token, at=time.time() - 30, useragent="Other/2.0", ip="198.51.100.7"))
    house.fold()
    assert house.stats("opened", "opens") == (1, 1)
    told = {event.source: (event.is_counted, event.reasons) for event in house.events(message_id)}
    assert told["pixel"][0] is True and told["sendgrid"] == (False, "merged")
    with house.engine.connect() as connection:
        counts = provider_counts(connection, house.alice.tenant_id, house.campaign_id)
    assert [(one.provider, one.opens, one.merged_opens, one.clicks) for one in counts] == [("sendgrid", 1, 1, 0)]


def test_an_open_of_this_moment_waits_for_our_own(house: House) -> None:
    message_id, token, email = house.register()
    house.tell(SENDGRID, sendgrid_event("open", 1, email, token, at=time.time() + 60))  # however slow this machine is
    house.fold()
    assert house.outcomes() == ["waiting"]
    open_pixel(house, token)
    house.fold()
    assert house.stats("opens") == (1,)
    with writing(house.engine) as connection:
        connection.execute(update(provider_events).values(due_at=from_micros(0)))
    later = time.time_ns() + 200 * 10**9
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: later)
        keep_house(house)
    assert house.outcomes() == ["placed"]
    assert house.stats("opens") == (1,)
    assert len(house.events(message_id)) == 2


def test_an_open_that_only_the_provider_saw_counts(house: House) -> None:
    _, token, email = house.register()
    open_pixel(house, token)
    house.tell(SENDGRID, sendgrid_event("open", 1, email, token, at=time.time() - 3_600))
    house.tell(SENDGRID, sendgrid_event("open", 2, email, token, at=time.time() - 7_200, sg_machine_open=True))
    house.fold()
    assert house.stats("opens", "human_opens") == (3, 2)


def test_a_click_on_our_link_within_theirs_is_ours(house: House) -> None:
    _, token, email = house.register()
    link = house.server.addresses.click_url(house.alice.tenant_id, token, "https://example.com/offer?a=1&b=2")
    path, _, query = link.removeprefix(BASE_URL).partition("?")
    house.server.journal.append([click(house, token)])
    assert path and query
    house.tell(SENDGRID, sendgrid_event("click", 1, email, at=time.time() - 20, url=link))
    house.tell(SENDGRID, sendgrid_event("click", 2, email, token, at=time.time() - 20, url="https://example.com/else"))
    house.fold()
    assert house.stats("clicks", "unique_clicks") == (2, 2)
    assert house.rows(select(provider_stats.c.clicks, provider_stats.c.merged_clicks)) == [(2, 1)]


def click(house: House, token: str) -> object:
    url = "https://example.com/offer?a=1&b=2"
    return Hit("clicked", token, time.time_ns() // 1_000 - 25_000_000, house.alice.tenant_id, True, False, "192.0.2.1", "Mail/1.0", "", url)


def test_who_wants_ours_alone_is_shown_theirs_uncounted(house: House) -> None:
    house.set_up("sendgrid", SENDGRID.secrets[0], counts_opens=False)
    message_id, token, email = house.register()
    house.tell(SENDGRID, sendgrid_event("open", 1, email, token), sendgrid_event("delivered", 2, email, token))
    house.fold()
    assert house.stats("opens", "delivered") == (0, 1)
    assert {event.reasons for event in house.events(message_id)} == {"provider_not_counted", "report"}


def test_any_order_and_any_cutting_gives_the_same(house: House) -> None:
    _, token, email = house.register()
    words = ["processed", "deferred", "bounce", "delivered", "open", "click"]
    events = [sendgrid_event(word, n, email, token, at=time.time() - 3_600 + n, url="https://example.com") for n, word in enumerate(words)]
    for number in range(6):
        house.tell(SENDGRID, *(events[number:] + events[:number])[:: 1 if number % 2 else -1])
        if number % 2:
            house.fold()
    house.fold()
    assert house.stats("sent", "opens", "clicks", "bounced") == (1, 1, 1, 1)
    assert len(house.rows(select(message_events.c.id))) == len(words)
    with writing(house.engine) as connection:
        assert recount(connection).differences == []


def test_the_list_of_deliveries_says_what_became_of_each(house: House) -> None:
    _, token, email = house.register()
    house.tell(
        GENERIC, generic_event("delivered", 1, email, token), generic_event("deferred", 2, "", "no-such-token"), generic_event("odd", 3, "")
    )
    house.fold()
    with house.engine.connect() as connection:
        row = list_deliveries(connection, house.alice.tenant_id).rows[0]
        assert list_deliveries(connection, house.charlie.tenant_id).rows == []
    assert (row.provider, row.events, row.placed, row.unmatched, row.deliveries) == ("generic", 3, 1, 1, 1)
    assert row.outcome == "not known: odd"
