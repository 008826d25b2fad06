"""Who changed what."""

from sqlalchemy import Connection, insert

from little_bell.models import now
from little_bell.models.tables import audit_log


def note(connection: Connection, tenant_id: int | None, actor: str, action: str, subject: str = "") -> None:
    """Write it down, in the transaction of the change itself. `actor` is an address, a key's prefix or "command line"."""
    values = {"tenant_id": tenant_id, "actor": actor[:320], "action": action, "subject": subject[:320], "at": now()}
    connection.execute(insert(audit_log).values(**values))
