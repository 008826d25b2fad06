"""A recipient is forgotten everywhere, and no counter moves."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from little_bell.db import writing
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Erasure, Hit, Notice, Record, Suppression, encode, report_of
from little_bell.models import metadata, now
from little_bell.models.tables import (
    bounces,
    erasures,
    links,
    message_events,
    messages,
    provider_events,
    suppressions,
    tombstones,
    webhook_receipts,
)
from little_bell.projector.erase import is_about, needles
from little_bell.projector.forgotten import ERASED
from tests.projector.conftest import START, Post, click_of, open_of

ANN = "Ann.Other@Example.com"
BOUNCE = {
    "bounce_type": "permanent",
    "category": "user_unknown",
    "reason": f"550 5.1.1 <{ANN}> is unknown here",
    "subtype": None,
    "diagnostic_code": f"550 {ANN}",
}


def renamed(post: Post, message_id: int, address: str = ANN) -> int:
    with writing(post.engine) as connection:
        connection.execute(messages.update().where(messages.c.id == message_id).values(recipient_email=address, subject="Dear Ann"))
    return message_id


def erasure(post: Post, *ids: int) -> Erasure:
    return Erasure(post.tenant_id, list(ids), START)


def sums(post: Post) -> dict[str, list[Any]]:
    """Every rollup, the text of bounces aside."""
    names = ("campaign_stats", "cohort_quarters", "event_quarters", "link_stats", "message_quarters")
    tables = [metadata.tables[name] for name in names]
    columns = [[column for column in table.c if column.name != "changed_in"] for table in tables]
    return {table.name: sorted(post.rows(select(*some))) for table, some in zip(tables, columns, strict=True)}


def everything(post: Post) -> str:
    """All that the database and the journals hold, as one text; but for who wants no mail, which has to be known."""
    found = [repr(post.rows(select(table))) for table in metadata.tables.values() if table is not suppressions]
    for path in sorted(post.journals.glob("*/*.db")):
        with closing(sqlite3.connect(path)) as db:
            found += [repr(zlib.decompress(body) if packed else body) for packed, body in db.execute("SELECT is_packed, body FROM batches")]
    return "\n".join(found).lower()


def raw_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()


@pytest.fixture
def story(post: Post) -> list[int]:
    """Ann's message and another's, each opened, clicked and bounced; Ann's has a link of her own."""
    ann, other = post.register("token-of-ann", "token-of-other")
    renamed(post, ann)
    post.write(
        open_of("token-of-ann"),
        click_of("token-of-ann", "https://example.com/a", 61, post.tenant_id),
        click_of("token-of-ann", f"https://example.com/bye?mail={ANN}", 62, post.tenant_id),
        post.mark(ann, "bounced", 90, bounce=BOUNCE, provider_message_id="provider-7"),
        open_of("token-of-other", 60, 2),
        click_of("token-of-other", "https://example.com/a", 63, post.tenant_id),
        post.mark(other, "bounced", 90, bounce={**BOUNCE, "reason": "550 no such user", "diagnostic_code": None}),
    )
    return [ann, other]


def test_nothing_that_names_them_is_left_and_no_counter_moves(post: Post, story: list[int]) -> None:
    post.write(report_of(post.tenant_id, "dsn", f"To: {ANN}\n\nhello".encode(), START))
    post.project()
    before = sums(post)
    post.write(erasure(post, story[0]))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    left = everything(post)
    assert ANN.lower() not in left and "token-of-ann" not in left.replace("'token-of-ann', 1, ''", "") and "dear ann" not in left
    assert "provider-7" not in left
    kept = (suppressions.c.address, suppressions.c.email, suppressions.c.note, suppressions.c.message_id)
    assert post.rows(select(*kept).where(suppressions.c.address == ANN.lower())) == [(ANN.lower(), ANN.lower(), "", None)]
    assert post.rows(select(erasures)) == []
    assert sums(post) == before
    assert post.recount().differences == []
    assert {row[0] for row in post.rows(select(message_events.c.message_id))} == {story[1]}
    assert {row[0] for row in post.rows(select(bounces.c.message_id))} == {story[1]}
    assert post.rows(select(tombstones.c.token, tombstones.c.recipient_email)) == [("token-of-ann", "")]
    columns = (messages.c.recipient_email, messages.c.subject, messages.c.status, messages.c.opens)
    (row,) = post.rows(select(*columns).where(messages.c.id == story[0]))
    assert row == (ERASED, None, "clicked", 1)
    assert {"token-of-other@example.com"} == {r[0] for r in post.rows(select(messages.c.recipient_email)) if r[0] != ERASED}


def test_the_bytes_of_a_segment_that_is_still_written_are_gone_too(post: Post, story: list[int]) -> None:
    post.write(open_of("token-of-ann", 65))  # so small that it isn't compressed
    post.project()
    assert b"token-of-ann" in raw_bytes(post.journals)
    post.write(erasure(post, story[0]))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
        post.write(open_of("token-of-other", 70, 3))
        running.fold()
    assert b"token-of-ann" not in raw_bytes(post.journals)
    assert post.stats("opens") == (4,)


def test_hits_that_come_later_are_counted_as_deleted_and_find_nobody(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]), open_of("token-of-ann", 99, 9))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
        post.write(open_of("token-of-ann", 100, 9))
        running.fold()
    assert post.counts()["deleted"] == 1
    assert running.projection.parked == 0


def test_what_is_not_folded_is_not_touched_and_goes_when_it_is(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    late = LocalJournal(post.journals, Limits(min_free_percent=0))
    with post.projecting() as running:
        running.fold()
        late.append([open_of("token-of-other", 80, 4), open_of("token-of-ann", 80, 4)])
        running.keep_house()
        late.close()
        running.fold()
    assert post.stats("opens") == (3,)


def test_replaying_the_journal_erases_again_and_counts_nothing_twice(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    post.project()
    before = sums(post)
    post.write(erasure(post, story[0]), erasure(post, 999))
    post.project()
    assert sums(post) == before and post.recount().differences == []


def test_another_tenants_messages_stay(post: Post, story: list[int]) -> None:
    post.write(Erasure(post.tenant_id + 1, story, START))
    post.project()
    assert ANN in {row[0] for row in post.rows(select(messages.c.recipient_email))}


def test_receipts_that_name_them_are_emptied_and_known_again(post: Post, story: list[int]) -> None:
    with writing(post.engine) as connection:
        for number, (tenant_id, body) in enumerate([(post.tenant_id, f'{{"email": "{ANN.lower()}"}}'), (post.tenant_id, "{}"), (77, ANN)]):
            values = {"tenant_id": tenant_id, "provider": "sendgrid", "external_id": f"e{number}", "headers": {}, "body": body.encode()}
            connection.execute(insert(webhook_receipts).values(**values, received_at=now()))
    post.write(erasure(post, story[0]))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    columns = (webhook_receipts.c.external_id, webhook_receipts.c.body, webhook_receipts.c.outcome)
    found = [(name, bytes(body), outcome) for name, body, outcome in post.rows(select(*columns).order_by(webhook_receipts.c.id))]
    assert found == [("e0", b"", ERASED), ("e1", b"{}", None), ("e2", ANN.encode(), None)]


def test_an_interrupted_erasure_goes_on(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    with post.projecting() as running:
        running.fold()
        running.upkeep._erasing.step()
    assert len(post.rows(select(erasures))) == 1
    with post.projecting() as running:
        running.keep_house()
    assert post.rows(select(erasures)) == [] and b"token-of-ann" not in raw_bytes(post.journals)


@given(st.lists(st.sampled_from(["open", "click", "bounce", "sent", "delivered"]), max_size=8), st.integers(0, 8))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counters_equal_a_rebuild_wherever_the_erasure_falls(post: Post, kinds: list[str], place: int) -> None:
    token = f"token-{len(post.rows(select(messages.c.id))):06d}"
    (message_id,) = post.register(token)

    def record(kind: str, minute: int) -> Record:
        if kind == "open":
            return open_of(token, minute)
        if kind == "click":
            return click_of(token, "https://example.com/a", minute, post.tenant_id)
        facts = {"bounce": BOUNCE} if kind == "bounce" else {}
        return post.mark(message_id, {"bounce": "bounced"}.get(kind, kind), minute, **facts)

    records = [record(kind, 60 + n) for n, kind in enumerate(kinds)]
    post.write(*records[:place], erasure(post, message_id), *records[place:])
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert post.recount().differences == []
    assert post.rows(select(messages.c.recipient_email).where(messages.c.id == message_id)) == [(ERASED,)]


def test_an_erasure_in_the_journal_names_nobody() -> None:
    assert b"@" not in encode([Erasure(1, [2, 3], 4)])
    assert isinstance(open_of("x"), Hit)


def test_links_of_others_keep_their_names(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    post.project()
    urls = {row[0] for row in post.rows(select(links.c.url))}
    assert "https://example.com/a" in urls and sum(url.startswith("erased:") for url in urls) == 1


def test_the_suppression_that_keeps_them_from_being_mailed_stays_and_is_replayed(post: Post, story: list[int]) -> None:
    said = Suppression(post.tenant_id, ANN, "manual", START, "api")
    post.write(said)
    post.project()
    post.write(erasure(post, story[0]))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert ANN.lower() in {row[0].lower() for row in post.rows(select(suppressions.c.email))}
    assert not is_about(said, needles([ANN]), frozenset(story))


def test_what_happens_to_somebody_forgotten_suppresses_nobody(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    post.project()
    before = post.rows(select(suppressions.c.email))
    unsubscribed = Hit("unsubscribed", "token-of-ann", START, post.tenant_id, True, address="203.0.1.7", agent="Mail/1.0")
    post.write(unsubscribed, post.mark(story[0], "complained", 99))
    post.project()
    assert post.rows(select(suppressions.c.email)) == before


def test_what_is_told_of_somebody_forgotten_counts_and_names_nobody(post: Post, story: list[int]) -> None:
    post.write(erasure(post, story[0]))
    post.project()
    bounced = len(post.rows(select(bounces.c.id)))
    named = Notice(post.tenant_id, "postmark", b"n" * 16, "r", "d", "bounced", START, message_id=story[0], recipient=ANN, bounce=BOUNCE)
    late = Notice(post.tenant_id, "postmark", b"l" * 16, "r", "d", "bounced", START, tokens=["token-of-ann"], recipient=ANN, bounce=BOUNCE)
    post.write(
        post.mark(story[0], "bounced", 200, bounce=BOUNCE, provider_message_id=f"for-{ANN}"),
        post.mark(story[0], "clicked", 201, url=f"https://example.com/?mail={ANN}"),
        named,
        late,
        report_of(post.tenant_id, "smtp", f"Final-Recipient: rfc822; {ANN}\n\nno such user".encode(), START, token="token-of-ann"),
    )
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    told = [repr(post.rows(select(table))).lower() for table in metadata.tables.values() if table is not suppressions]
    assert ANN.lower() not in "\n".join(told)
    assert len(post.rows(select(bounces.c.id))) == bounced + 2
    assert {row[0] for row in post.rows(select(bounces.c.reason).where(bounces.c.message_id == story[0]))} == {ERASED}
    assert post.rows(select(provider_events.c.outcome).order_by(provider_events.c.key)) == [("erased",), ("placed",)]
    assert post.rows(select(webhook_receipts.c.body, webhook_receipts.c.outcome)) == [(b"", ERASED)]
    assert post.recount().differences == []
