"""Tenants' own rules as the projector knows them: read once, and again when their tenant's number for them has grown."""

from sqlalchemy import Connection, select

from little_bell.domain.verdicts.own import OwnRule, OwnRules
from little_bell.models.tables import verdict_rules


class RuleBook:
    """The rules of those tenants that have any."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, OwnRules | None]] = {}

    def of(self, connection: Connection, tenant_id: int, version: int) -> OwnRules | None:
        """The tenant's rules as of `version` (tenants.rules_version; 0: there never were any) or newer."""
        if not version:
            return None
        known = self._known.get(tenant_id)
        if known is None or known[0] != version:
            known = self._known[tenant_id] = (version, read_own_rules(connection, tenant_id))
        return known[1]


def read_own_rules(connection: Connection, tenant_id: int) -> OwnRules | None:
    """The tenant's rules as they are now; None where there are none."""
    table = verdict_rules.c
    rows = connection.execute(select(table.match, table.value, table.treat).where(table.tenant_id == tenant_id)).all()
    return OwnRules(OwnRule(*row) for row in rows) if rows else None
