"""What reported a bounce, as it came: the mail, or the provider's webhook."""

import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.models.tables import message_events, webhook_receipts
from little_bell.queries.bounces import BounceRow
from little_bell.queries.reports import MAIL

#: Of a mail or a webhook, what a page shows; the whole is a download.
MOST_SHOWN = 64_000


@dataclass(frozen=True, slots=True)
class RawReport:
    """`text` is cut to MOST_SHOWN characters; `is_mail`: a mail, which can be downloaded by its `id`."""

    id: int
    provider: str
    received_at: datetime
    text: str
    is_mail: bool


def raw_of_bounce(connection: Connection, tenant_id: int, bounce: BounceRow) -> RawReport | None:
    """None where somebody only said so, by API, page or command, and where the report is gone."""
    events, table = message_events.c, webhook_receipts.c
    this = (events.message_id == bounce.message_id, events.id == bounce.id, events.tenant_id == tenant_id)
    details = connection.execute(select(events.details).where(*this)).scalar()
    named = details if isinstance(details, dict) else {}
    provider, external_id = (MAIL, named["report"]) if named.get("report") else (bounce.source, named.get("receipt"))
    if not external_id:
        return None
    mine = (table.tenant_id == tenant_id, table.provider == provider, table.external_id == external_id)
    row = connection.execute(select(table.id, table.received_at, table.body).where(*mine)).one_or_none()
    if row is None or not row.body:  # erased, or old enough to have gone
        return None
    is_mail = provider == MAIL
    return RawReport(row.id, provider, row.received_at, shown(row.body if is_mail else zlib.decompress(row.body)), is_mail)


def shown(body: bytes) -> str:
    """The beginning of a body as text that any page can show."""
    text = body[: 2 * MOST_SHOWN].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text[:MOST_SHOWN])
