"""Rows of recipients are what their messages say, whatever happened in what order, and segments' counts are the rows counted."""

import random
from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import writing
from little_bell.domain.recipients import FOREVER, KINDS, LONGEST_RUN
from little_bell.journal.records import CampaignDeletion, Erasure, Hit, Release, Suppression
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import campaigns, messages, recipient_counts, recipient_fill, recipient_notes, recipients, suppressions
from little_bell.projector import recipients as recipients_module
from little_bell.projector.recipients_turn import settle_all, settle_some
from tests.fixtures.people import Person
from tests.projector.conftest import MINUTE, START, Post, click_of, open_of, override_of

PEOPLE = ("ann@example.com", "Ann@Example.com", "bob@example.com", "cy@sub.example.org", "nobody")
HOUR = 60 * MINUTE


class Audience(Post):
    """The post, with messages to people."""

    def send(self, token: str, email: str, campaign_id: int, *, minute: int = 0, test: bool = False, tenant_id: int | None = None) -> int:
        new = NewMessage(campaign_id=campaign_id, recipient_email="a@b.c", tracking_token=token, test=test)
        new.__dict__["recipient_email"] = email
        with writing(self.engine) as connection:
            return create_messages(connection, tenant_id or self.tenant_id, [new], at=from_micros(START + minute * MINUTE))[0].id

    def people(self) -> dict[tuple[int, str], dict[str, Any]]:
        names = [column.name for column in recipients.c]
        rows = [dict(zip(names, row, strict=True)) for row in self.rows(select(recipients))]
        return {(row["tenant_id"], row["address"]): row for row in rows}

    def row(self, address: str) -> dict[str, Any]:
        return self.people()[self.tenant_id, address]


@pytest.fixture
def audience(post: Post) -> Audience:
    post.__class__ = Audience
    assert isinstance(post, Audience)
    return post


def told(post: Post) -> dict[tuple[int, str], dict[str, Any]]:
    """The rows as they should be, from nothing but the tables of messages and suppressions."""
    gone = {row[0] for row in post.rows(select(campaigns.c.id).where(campaigns.c.deleted_at.is_not(None)))}
    mails = defaultdict[tuple[int, str], list[dict[str, Any]]](list)
    names = [column.name for column in messages.c]
    for values in post.rows(select(messages)):
        mail = dict(zip(names, values, strict=True))
        address = mail["recipient_email"].lower()
        arrived = mail["opened_at"] or mail["delivered_at"]
        was_sent = arrived or mail["bounced_at"] or (mail["sent_at"] and not mail["rejected_at"])
        if mail["is_tracked"] and not mail["is_test"] and mail["campaign_id"] not in gone and was_sent and "@" in address:
            mails[mail["tenant_id"], address].append(mail)
    return {key: _row(post, key, found) for key, found in mails.items()}


def _row(post: Post, key: tuple[int, str], mails: list[dict[str, Any]]) -> dict[str, Any]:
    came = {
        one: min(mail["sent_at"] or mail["created_at"] for mail in mails if mail["campaign_id"] == one)
        for one in {mail["campaign_id"] for mail in mails}
    }
    did = {
        name: {mail["campaign_id"] for mail in mails if mail[f"{name}_at"]}
        for name in ("opened", "human_opened", "clicked", "human_clicked")
    }
    written = sorted({mail["recipient_email"] for mail in mails})
    all_written = sorted({row[0] for row in post.rows(_spelled(key))})
    row: dict[str, Any] = {"tenant_id": key[0], "address": key[1], "domain": key[1].split("@")[1], "campaigns": len(came)}
    row |= {name: len(those) for name, those in did.items()}
    times = [mail["sent_at"] or mail["created_at"] for mail in mails]
    row |= {"first_sent_at": _micros(min(times)), "last_sent_at": _micros(max(times))}
    for name in did:
        last = max((mail[f"{name}_at"] for mail in mails if mail[f"{name}_at"]), default=None)
        row["last_human_" + name[6:] + "_at" if name.startswith("human") else f"last_{name}_at"] = _micros(last)
    newest = sorted(came, key=lambda one: (came[one], one), reverse=True)
    for name, by in (("unopened", "opened"), ("human_unopened", "human_opened")):
        row[name] = next((place for place, one in enumerate(newest) if one in did[by]), len(newest))
    until = post.rows(select(suppressions.c.expires_at).where(suppressions.c.tenant_id == key[0], suppressions.c.address == key[1]))
    row["suppressed_until"] = (FOREVER if until[0][0] is None else _micros(until[0][0])) if until else None
    row["spellings"] = None if all_written == [key[1]] else all_written
    assert set(written) <= set(all_written)
    return row


def _spelled(key: tuple[int, str]) -> Any:
    those = (messages.c.is_tracked, ~messages.c.is_test, messages.c.tenant_id == key[0])
    return select(messages.c.recipient_email).where(*those, messages.c.recipient_email.ilike(key[1]))


def _micros(time: Any) -> int:
    return 0 if time is None else round(time.timestamp() * 1_000_000)


def counted(rows: dict[tuple[int, str], dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The buckets that these rows are in."""
    found: Counter[tuple[Any, ...]] = Counter()
    columns = {"sent": "last_sent_at", "new": "first_sent_at"}
    for row in rows.values():
        for kind in KINDS:
            if "unopened" in kind:
                bucket = min(row[kind], LONGEST_RUN)
            else:
                at = row[columns.get(kind, f"last_{kind}_at")]
                bucket = at // HOUR if at else -1
            found[row["tenant_id"], kind, row["suppressed_until"] is not None, bucket] += 1
    return found


def check(post: Audience) -> None:
    should, stored = told(post), post.people()
    for row in stored.values():  # of how it is written, only those forms have to be known in which something was sent
        row["spellings"] = should.get((row["tenant_id"], row["address"]), {}).get("spellings") if row["spellings"] else row["spellings"]
    for row in should.values():
        key = (row["tenant_id"], row["address"])
        if key in stored and stored[key]["spellings"] is None:
            row["spellings"] = None
    assert stored == should
    columns = (recipient_counts.c.tenant_id, recipient_counts.c.kind, recipient_counts.c.is_suppressed, recipient_counts.c.bucket)
    sums = post.rows(select(*columns, recipient_counts.c.recipients))
    assert {tuple(key): n for *key, n in sums if n} == dict(counted(stored))
    assert post.rows(select(recipient_notes.c.id)) == []


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_counts_are_what_the_messages_say_after_any_history(audience: Audience, charlie: Person, seed: int) -> None:
    chance = random.Random(seed)
    ours = [audience.new_campaign() for _ in range(4)]
    theirs = audience.new_campaign(charlie.tenant_id)
    sent: dict[str, tuple[int, str]] = {}
    for number in range(chance.randrange(8, 30)):
        email, token = chance.choice(PEOPLE), f"seed-{seed}-token-{number}"
        is_theirs = chance.random() < 0.1
        campaign_id, tenant_id = (theirs, charlie.tenant_id) if is_theirs else (chance.choice(ours), audience.tenant_id)
        message_id = audience.send(token, email, campaign_id, minute=chance.randrange(50), test=chance.random() < 0.1, tenant_id=tenant_id)
        sent[token] = (message_id, email)
    done: list[Any] = []
    with audience.projecting() as running:
        for _ in range(chance.randrange(30, 80)):
            record = _happening(audience, chance, sent, done, ours)
            audience.write(record)
            done.append(record)
            if chance.random() < 0.3:
                running.fold()
            if chance.random() < 0.15:
                settle_some(audience.engine)
        running.fold()
        running.keep_house()
        settle_all(audience.engine)
        check(audience)
        before = audience.people()
        with writing(audience.engine) as connection:
            connection.execute(update(recipient_fill).values(filled=0, fill_to=10**6))
        settle_all(audience.engine)
        assert audience.people() == before
        audience.recount(mend=True)
        settle_all(audience.engine)
        check(audience)


def _happening(audience: Audience, chance: random.Random, sent: dict[str, tuple[int, str]], done: list[Any], ours: list[int]) -> Any:
    token = chance.choice(sorted(sent))
    message_id, email = sent[token]
    minute, dice = chance.randrange(0, 5_000), chance.random()
    hit = open_of(token, minute, chance.randrange(3))
    if dice < 0.35:
        return hit
    if dice < 0.5:
        return click_of(token, "https://example.com/", minute, audience.tenant_id)
    if dice < 0.75:
        return audience.mark(message_id, chance.choice(["sent", "sent", "delivered", "rejected", "complained"]), minute)
    if dice < 0.83:
        hits = [one for one in done if type(one).__name__ == "Hit" and one.type == "opened"]
        about = chance.choice(hits) if hits else hit
        return override_of(
            about, sent[about.token][0], chance.choice(["human", "machine", ""]), START + minute * MINUTE, audience.tenant_id
        )
    if dice < 0.88:
        return Suppression(audience.tenant_id, email, "manual", START + minute * MINUTE, "api", None, None, "")
    if dice < 0.93:
        return Release(audience.tenant_id, email, START + minute * MINUTE, "api")
    if dice < 0.96 and done:
        return chance.choice(done)
    if dice < 0.98:
        return Erasure(audience.tenant_id, tuple(one for one, _ in list(sent.values())[:3]), START)
    return CampaignDeletion(audience.tenant_id, chance.choice(ours), START + minute * MINUTE)


def test_an_open_that_is_heard_of_late_moves_the_last_open_back(audience: Audience) -> None:
    audience.send("a-token-of-ann", "ann@example.com", audience.campaign_id)
    for minute in (90, 70):
        audience.write(Hit("opened", "a-token-of-ann", START + minute * MINUTE, 0, True, address="198.51.0.9", agent="Mozilla/5.0"))
        audience.project()
        settle_all(audience.engine)
        row = audience.row("ann@example.com")
        assert (row["last_opened_at"], row["last_human_opened_at"], row["human_unopened"]) == (START + minute * MINUTE, 0, 1)


def test_whoever_is_suppressed_for_a_time_is_so_until_then(audience: Audience) -> None:
    message_id = audience.send("a-token-of-ann", "Ann@example.com", audience.campaign_id)
    moment = to_micros(now())
    audience.write(
        audience.mark(message_id, "sent"), Suppression(audience.tenant_id, "ANN@example.com", "manual", moment, "api", None, moment + HOUR)
    )
    audience.project()
    settle_all(audience.engine)
    assert audience.row("ann@example.com")["suppressed_until"] == moment + HOUR
    with writing(audience.engine) as connection:
        over = to_micros(now()) - MINUTE
        connection.execute(update(suppressions).values(expires_at=over))
        connection.execute(update(recipients).values(suppressed_until=over))
    settle_all(audience.engine)
    assert (audience.row("ann@example.com")["suppressed_until"], audience.row("ann@example.com")["spellings"]) == (
        None,
        ["Ann@example.com"],
    )
    counts = audience.rows(select(recipient_counts.c.recipients).where(recipient_counts.c.is_suppressed, recipient_counts.c.recipients > 0))
    assert counts == []


def test_messages_of_an_older_version_come_in_by_themselves_some_at_a_time(audience: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [audience.send(f"a-token-of-{n}", f"reader-{n % 7}@example.com", audience.campaign_id) for n in range(20)]
    audience.write(*(audience.mark(message_id, "sent") for message_id in ids))
    audience.project()
    with writing(audience.engine) as connection:
        connection.execute(delete(recipient_notes))
        connection.execute(update(recipient_fill).values(filled=0, fill_to=ids[-1]))
    monkeypatch.setattr(recipients_module, "STEP", 6)
    with audience.projecting() as running:
        running.keep_house()
    assert len(audience.people()) == 7
    check(audience)
