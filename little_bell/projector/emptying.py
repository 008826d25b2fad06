"""Mail that came back is emptied when it is old: what it meant was counted long ago, its key stays for repeats."""

from datetime import timedelta

from sqlalchemy import Connection, func, select, update

from little_bell.models import now
from little_bell.models.tables import webhook_receipts

#: Receipts that a step looks at.
STEP = 500


class Emptying:
    """How far the receipts were gone through. A new projector begins with the first again: that is all it costs."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._after = 0

    def step(self, connection: Connection) -> int:
        """Empty some receipts that are older than they may get; whether to go on."""
        table, before = webhook_receipts.c, now() - timedelta(days=self._days)
        look = select(table.id, table.received_at).where(table.id > self._after).order_by(table.id).limit(STEP)
        old = [row.id for row in connection.execute(look) if row.received_at < before]
        if not old:
            return 0
        this = (table.id.in_(old), func.length(table.body) > 0)
        connection.execute(update(webhook_receipts).where(*this).values(body=b"", headers={}))
        self._after = old[-1]
        return len(old)
