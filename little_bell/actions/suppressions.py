"""Who gets no more mail: what may be said of it, and by which rules addresses are suppressed by themselves.

The list itself is the projector's; what is said here goes through the journal.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from little_bell.actions.audit import note
from little_bell.actions.forms import LINE, MAX_BATCH, Email, Form, Utc, fill
from little_bell.domain.addresses import address_key
from little_bell.domain.errors import Invalid
from little_bell.domain.suppressions import Rules, Why
from little_bell.models import now
from little_bell.models.tables import suppression_rules, suppressions

#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINE)]


class NewSuppression(Form):
    """An address to suppress, for good or until a time."""

    address: Email
    reason: Why = Why.MANUAL
    note: Note = ""
    expires_at: Utc | None = None


class NewSuppressions(Form):
    """Addresses to suppress together, all or none."""

    suppressions: Annotated[list[NewSuppression], Field(min_length=1, max_length=MAX_BATCH)]


class Addresses(Form):
    """Addresses to look up."""

    addresses: Annotated[list[Email], Field(min_length=1, max_length=MAX_BATCH)]


# Made once: a message that is registered alone asks, too.
_table = suppressions.c
_ANY = select(_table.address).where(_table.tenant_id == bindparam("tenant_id")).limit(1)
_AMONG = select(_table.address, _table.why).where(
    _table.tenant_id == bindparam("tenant_id"),
    _table.address.in_(bindparam("addresses", expanding=True)),
    or_(_table.expires_at.is_(None), _table.expires_at > bindparam("now", type_=_table.expires_at.type)),
)


def suppressed_among(connection: Connection, tenant_id: int, emails: Sequence[str]) -> dict[str, str]:
    """The leading reason of those among the addresses that are suppressed, by the address as it was given."""
    if connection.execute(_ANY, {"tenant_id": tenant_id}).first() is None:
        return {}
    keys = {email: address_key(email) for email in emails}
    found: dict[str, str] = {}
    rest = iter(sorted(set(keys.values())))
    moment = now()
    while some := list(islice(rest, MANY)):
        rows = connection.execute(_AMONG, {"tenant_id": tenant_id, "addresses": some, "now": moment})
        found |= {row.address: row.why for row in rows}
    return {email: found[key] for email, key in keys.items() if key in found} if found else {}


class RulesForm(Form):
    """Which rules suppress by themselves; `soft_bounces` 0 turns the soft rule off, `soft_days` null makes it last."""

    on_hard_bounce: bool = True
    on_complaint: bool = True
    soft_bounces: Annotated[int, Field(ge=0, le=50)] = 3
    soft_of: Annotated[int, Field(ge=1, le=50)] = 5
    soft_days: Annotated[int, Field(ge=1, le=3_650)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "RulesForm":
        if self.soft_bounces > self.soft_of:
            raise ValueError(f"{self.soft_bounces} of {self.soft_of} messages can't fail")
        return self

    def rules(self) -> Rules:
        """The same for the domain."""
        return Rules(**self.model_dump())


class RulesChanges(Form):
    """What to change of the rules; what isn't named stays as it is."""

    on_hard_bounce: bool | None = None
    on_complaint: bool | None = None
    soft_bounces: int | None = None
    soft_of: int | None = None
    soft_days: int | None = None

    def of(self, rules: Rules) -> Rules:
        """The rules with these changes. Raises Invalid."""
        return fill(RulesForm, asdict(rules) | self.model_dump(exclude_unset=True)).rules()


def refuse_past(expires_at: datetime | None, field: str = "expires_at") -> None:
    """Raises Invalid for an end that has come already."""
    if expires_at is not None and expires_at <= now():
        raise Invalid(f"{field}: has to be in the future", field)


def set_rules(connection: Connection, tenant_id: int, rules: Rules, actor: str) -> None:
    """Hold by these from now on; what was suppressed before stays so."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = asdict(rules) | {"updated_at": now()}
    insert = dialect.insert(suppression_rules).values(tenant_id=tenant_id, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=["tenant_id"], set_=values))
    note(connection, tenant_id, actor, "suppression.rules", ", ".join(f"{name}={value}" for name, value in asdict(rules).items()))
