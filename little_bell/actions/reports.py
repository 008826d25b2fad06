"""Reports that found no message: somebody has looked, and none is theirs."""

from sqlalchemy import Connection, update

from little_bell.actions.audit import note
from little_bell.domain.errors import NotFound
from little_bell.models import now
from little_bell.models.tables import webhook_receipts

UNMATCHED, DISMISSED = "unmatched", "dismissed"


def dismiss_report(connection: Connection, tenant_id: int, report_id: int, actor: str) -> None:
    """Take it out of the queue; the mail itself is kept. Raises NotFound for one that doesn't wait."""
    table = webhook_receipts.c
    this = (table.tenant_id == tenant_id, table.id == report_id, table.state == UNMATCHED)
    done = update(webhook_receipts).where(*this).values(state=DISMISSED, outcome="looked at, and left", handled_at=now())
    if connection.execute(done).rowcount == 0:
        raise NotFound("there is no such report that waits", "report_id")
    note(connection, tenant_id, actor, "report.dismissed", str(report_id))
