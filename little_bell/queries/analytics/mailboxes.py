"""A campaign by its recipients' mailbox providers."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.metrics import COUNTS, rates
from little_bell.models.tables import mailbox_stats

MOST = 200


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """The messages to one provider; `metrics` has every count and rate of domain.metrics but those of messages nothing happened to yet."""

    mailbox: str
    metrics: dict[str, int | float | None]


def mailbox_providers(connection: Connection, tenant_id: int, campaign_id: int) -> list[MailboxRow]:
    """One row a provider, the most delivered first; `other` stands for all that the list of domains doesn't name."""
    table = mailbox_stats.c
    columns = (table.mailbox, *(table[name] for name in COUNTS))
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id)
    rows = connection.execute(select(*columns).where(*mine).order_by(table.delivered.desc(), table.mailbox).limit(MOST))
    named = ((mailbox, dict(zip(COUNTS, counts, strict=True))) for mailbox, *counts in rows)
    return [MailboxRow(mailbox, {**counts, **rates(counts)}) for mailbox, counts in named if any(counts.values())]
