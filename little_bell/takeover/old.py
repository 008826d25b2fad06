"""The old databases, read: whatever their columns are called, as campaigns, messages and what happened to them.

One kind has campaigns, messages, message_events, link_clicks and bounces; the other tenants, emails and events.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from little_bell.domain.errors import Malformed, NotFound

#: Messages that are read, and written, together.
TOGETHER = 1_000
#: What the old systems called events, and what they are here.
TYPES = {
    **dict.fromkeys(("sent", "send", "processed"), "sent"),
    **dict.fromkeys(("delivered", "delivery"), "delivered"),
    **dict.fromkeys(("deferred", "deferral"), "deferred"),
    **dict.fromkeys(("opened", "open"), "opened"),
    **dict.fromkeys(("clicked", "click"), "clicked"),
    **dict.fromkeys(("bounced", "bounce", "failed"), "bounced"),
    **dict.fromkeys(("complained", "complaint", "spam", "spamreport"), "complained"),
    **dict.fromkeys(("unsubscribed", "unsubscribe"), "unsubscribed"),
    "rejected": "rejected",
}
#: They say nothing that the message itself doesn't.
SILENT = frozenset({"queued", "created", "queue"})

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OldEvent:
    """Something that happened to a message. `agent` and `address` are "" where they weren't kept."""

    type: str
    at: int | None  # microseconds since 1970, UTC
    url: str = ""
    agent: str = ""
    address: str = ""
    bounce_type: str = ""
    reason: str = ""
    diagnostic_code: str = ""


@dataclass(slots=True)
class OldMessage:
    """A message, or an e-mail of a tenant. `token` is None where its number stands in its addresses."""

    id: int
    campaign_id: int | None
    token: str | None
    recipient: str
    subject: str | None
    template_id: str | None
    created_at: int | None
    error: str | None = None
    events: list[OldEvent] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OldCampaign:
    """A campaign as it was."""

    id: int
    name: str
    template_id: str | None
    created_at: int | None


class OldDatabase:
    """An old database, opened so that nothing in it can change. `kind` is "campaigns" or "tenants"."""

    def __init__(self, path: Path) -> None:
        """Raises NotFound for no such file, Malformed for one that is no database of either kind."""
        if not path.is_file():
            raise NotFound(f"there is no file {path}", "file")
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        self._db.row_factory = sqlite3.Row
        self._db.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            self._columns = {name: [row[1] for row in self._db.execute(f'PRAGMA table_info("{name}")')] for name in tables}
        except sqlite3.DatabaseError as error:
            raise Malformed(f"{path} can't be read as a SQLite database: {error}", "file") from None
        if {"campaigns", "messages"} <= tables and "tracking_token" in self._columns["messages"]:
            self.kind = "campaigns"
        elif {"emails", "events"} <= tables:
            self.kind = "tenants"
        else:
            raise Malformed(f"{path} is of neither kind: it has neither campaigns and messages nor emails and events", "file")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def tenants(self) -> dict[Any, str]:
        """The tenants of a database of that kind: what e-mails name them by, and their slugs."""
        found = {row[0]: str(row[0]) for row in self._db.execute("SELECT DISTINCT tenant_id FROM emails ORDER BY 1")}
        named = {row["id"]: _text(row, "slug", "name") for row in self._rows("tenants")} if "id" in self._columns.get("tenants", ()) else {}
        slugs = {key: slug for key, slug in named.items() if slug and isinstance(key, int)}  # a key that is text is the slug itself
        return {**found, **{key: slug for key, slug in slugs.items() if key in found}}

    def campaigns(self) -> Iterator[OldCampaign]:
        """All campaigns."""
        for row in self._rows("campaigns"):
            yield OldCampaign(
                row["id"], _text(row, "name") or f"Campaign {row['id']}", _text(row, "template_id") or None, _time(row, "created_at")
            )

    def messages(self, after: int, tenant: Any = None) -> list[OldMessage]:
        """Some messages with their events, behind the id `after`, in the order of their ids."""
        table, where = ("messages", "") if self.kind == "campaigns" else ("emails", " AND tenant_id = :tenant")
        statement = f"SELECT * FROM {table} WHERE id > :after{where} ORDER BY id LIMIT {TOGETHER}"
        rows = [dict(row) for row in self._db.execute(statement, {"after": after, "tenant": tenant})]
        return self._of_campaigns(rows) if self.kind == "campaigns" else self._of_tenants(rows, tenant)

    def _of_campaigns(self, rows: Sequence[Row]) -> list[OldMessage]:
        ids = [row["id"] for row in rows]
        told, clicks, bounces = (self._by_message(name, ids) for name in ("message_events", "link_clicks", "bounces"))
        made = []
        for row in rows:
            message = OldMessage(
                row["id"], row["campaign_id"], str(row["tracking_token"] or ""), _text(row, "recipient_email"), None,
                _text(row, "template_id") or None, _time(row, "created_at", "queued_at"), _text(row, "error_message") or None,
            )  # fmt: skip
            message.events = _events_of(row, told.get(row["id"], []), clicks.get(row["id"], []), bounces.get(row["id"], []))
            made.append(message)
        return made

    def _of_tenants(self, rows: Sequence[Row], tenant: Any) -> list[OldMessage]:
        told = self._by_message("events", [row["id"] for row in rows], "email_id", tenant)
        return [
            OldMessage(
                row["id"], None, None, _text(row, "recipient", "recipient_email"), _text(row, "subject") or None, None,
                _time(row, "created_at", "sent_at"), None, [_event(one) for one in told.get(row["id"], [])],
            )
            for row in rows
        ]  # fmt: skip

    def _by_message(self, table: str, ids: Sequence[int], key: str = "message_id", tenant: Any = None) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        if table not in self._columns or not ids:
            return found
        mine = " AND tenant_id = :tenant" if tenant is not None and "tenant_id" in self._columns[table] else ""
        statement = f"SELECT * FROM {table} WHERE {key} BETWEEN :first AND :last{mine} ORDER BY rowid"
        for row in self._db.execute(statement, {"first": ids[0], "last": ids[-1], "tenant": tenant}):
            found.setdefault(row[key], []).append(dict(row))
        return found

    def _rows(self, table: str) -> Iterator[Row]:
        return (dict(row) for row in self._db.execute(f"SELECT * FROM {table} ORDER BY rowid"))


def _events_of(message: Row, told: Sequence[Row], clicks: Sequence[Row], bounces: Sequence[Row]) -> list[OldEvent]:
    """Each thing once: clicks and bounces have tables of their own, and what has no event at all may stand in the message."""
    events = [_event(row) for row in told]
    events = [one for one in events if not (clicks and one.type == "clicked") and not (bounces and one.type == "bounced")]
    events += [
        OldEvent("clicked", _time(row, "clicked_at", "created_at", "timestamp"), _text(row, "link_url", "url", "original_url"))
        for row in clicks
    ]
    fallback = _text(message, "bounce_reason")
    events += [
        OldEvent(
            "bounced", _time(row, "bounced_at", "created_at", "timestamp") or _time(message, "bounced_at"),
            bounce_type=_text(row, "bounce_type") or _text(message, "bounce_type"),
            reason=fallback or _text(row, "bounce_reason", "reason", "diagnostic_code"), diagnostic_code=_text(row, "diagnostic_code"),
        )
        for row in bounces
    ]  # fmt: skip
    known = {one.type for one in events}
    for kind in ("sent", "opened", "clicked", "bounced"):
        at = _time(message, f"{kind}_at")
        if at is not None and kind not in known:
            events.append(OldEvent(kind, at, bounce_type=_text(message, "bounce_type"), reason=fallback))
    return [one if one.type != "bounced" or one.reason else OldEvent("bounced", one.at, reason=fallback) for one in events]


def _event(row: Row) -> OldEvent:
    said = _text(row, "event_type", "type", "event", "kind").lower()
    data = _data(row)
    return OldEvent(
        TYPES.get(said, said),
        _time(row, "timestamp", "created_at", "occurred_at", "event_time"),
        _text(row, "url", "link_url", "target_url") or data("url", "link_url"),
        _text(row, "user_agent", "agent") or data("user_agent", "agent"),
        _text(row, "ip_address", "ip", "client_ip") or data("ip_address", "ip"),
        data("bounce_type", "type"),
        data("bounce_reason", "reason"),
        data("diagnostic_code"),
    )


def _data(row: Row) -> Any:
    """What an event says of itself in JSON, by any of several names."""
    text = _text(row, "event_data", "data", "metadata", "details")
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        told = {"reason": text, "url": text if text.startswith(("http://", "https://")) else ""}
    return lambda *names: _text(told, *names) if isinstance(told, dict) else ""


def _text(row: Row, *names: str) -> str:
    return next((str(row[name]).replace("\0", "") for name in names if row.get(name) not in (None, "")), "")


def _time(row: Row, *names: str) -> int | None:
    """Microseconds since 1970; of a text without a zone as UTC, of a number as seconds (or milliseconds, where it must be)."""
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and value > 0:
            return int(value * (1_000 if value > 1e11 else 1_000_000))
        try:
            when = datetime.fromisoformat(str(value).strip().replace(" UTC", "+00:00"))
        except ValueError:
            continue
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        if when.year >= 1971:
            return int(when.timestamp() * 1_000_000)
    return None
