"""A tenant's own rules for verdicts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import verdict_rules
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, and who made it when."""

    id: int
    match: str
    value: str
    treat: str
    note: str
    made_by: str
    created_at: datetime


def get_rule(connection: Connection, tenant_id: int, rule_id: int) -> RuleRow:
    """One of them. Raises NotFound."""
    for rule in list_rules(connection, tenant_id):
        if rule.id == rule_id:
            return rule
    raise NotFound("there is no such rule", "rule_id")


def list_rules(connection: Connection, tenant_id: int) -> list[RuleRow]:
    """All of them (1,000 at most), the newest first."""
    statement = select(*columns_of(verdict_rules, RuleRow)).where(verdict_rules.c.tenant_id == tenant_id)
    return [RuleRow(*row) for row in connection.execute(statement.order_by(verdict_rules.c.id.desc()))]
