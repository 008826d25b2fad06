"""Messages to people in a campaign, and the rows that they should come to: from nothing but the tables of messages and suppressions."""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import select

from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import writing
from little_bell.domain.recipients import FOREVER, KINDS, LONGEST_RUN
from little_bell.models import from_micros
from little_bell.models.tables import campaigns, messages, recipient_counts, recipient_notes, recipient_spellings, recipients, suppressions
from tests.projector.conftest import MINUTE, START, Post

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
    assert stored.keys() == should.keys(), stored.keys() ^ should.keys()
    differing = {key: [(n, row[n], value) for n, value in should[key].items() if row[n] != value] for key, row in stored.items()}
    differing = {key: wrong for key, wrong in differing.items() if wrong}
    assert not differing, differing
    columns = (recipient_counts.c.tenant_id, recipient_counts.c.kind, recipient_counts.c.is_suppressed, recipient_counts.c.bucket)
    sums = post.rows(select(*columns, recipient_counts.c.recipients))
    assert {tuple(key): n for *key, n in sums if n} == dict(counted(stored)), sums
    spelled = {(tenant, written, address) for (tenant, address), row in post.people().items() for written in row["spellings"] or ()}
    assert set(post.rows(select(*recipient_spellings.c))) == {one for one in spelled if one[1] != one[2]}
    assert post.rows(select(recipient_notes.c.id)) == []
