"""What a tenant sets about its alerts: thresholds, and whom to tell. What is raised is written by actions/alert_rounds.py."""

import base64
import secrets
from datetime import timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from little_bell.actions.alert_rounds import queue
from little_bell.actions.audit import note
from little_bell.actions.forms import Email, Form
from little_bell.actions.webhooks import Seal
from little_bell.domain.alerts import Kind, Rule, changed_rule
from little_bell.domain.errors import Conflict, NotFound
from little_bell.models import now
from little_bell.models.tables import alert_deliveries, alert_destinations, alert_rules

MOST_DESTINATIONS = 10
#: A destination is sent one test in this time: nobody's mailbox is to be filled from here.
TEST_EVERY = timedelta(seconds=30)
#: What the secret of a standardwebhooks.com signature begins with; base64 of its bytes follows.
SECRET_PREFIX, SECRET_BYTES = "whsec_", 24
_email: TypeAdapter[str] = TypeAdapter(Email)


class AlertRuleChanges(Form):
    """What to change of a threshold; what isn't named stays as it is."""

    is_on: bool | None = None
    limit: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] | None = None
    least: Annotated[int, Field(ge=1, le=10_000_000)] | None = None

    def of(self, kind: Kind, rule: Rule) -> Rule:
        """The rule with these changes. Raises Invalid."""
        return changed_rule(kind, rule, self.is_on, self.limit, self.least)


class NewDestination(Form):
    """Whom to tell: a URL that takes our JSON, or an e-mail address."""

    kind: Literal["webhook", "email"]
    target: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2_000, pattern=r"^[^\p{C}\p{Z}\\]*$")]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "webhook":
            _check_url(self.target)
            return self
        try:
            _email.validate_python(self.target)
        except ValidationError:
            raise ValueError("target: this is no e-mail address") from None
        return self


def _check_url(value: str) -> None:
    try:
        parts = urlsplit(value)
        is_reachable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_reachable = False
    if not is_reachable:
        raise ValueError("target: has to begin with https:// or http:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("target: can't hold a user name, a password or a #")


def set_alert_rule(connection: Connection, tenant_id: int, kind: Kind, rule: Rule, actor: str) -> None:
    """From the next look on this threshold holds; an alert that no longer stands by it is resolved then."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"is_on": rule.is_on, "threshold": rule.limit, "least": rule.least, "updated_at": now()}
    statement = dialect.insert(alert_rules).values(tenant_id=tenant_id, kind=kind, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id", "kind"], set_=values))
    note(connection, tenant_id, actor, "alert.rule", f"{kind} {'on' if rule.is_on else 'off'}, limit {rule.limit:g}, least {rule.least}")


def add_destination(connection: Connection, tenant_id: int, form: NewDestination, seal: Seal, actor: str) -> tuple[int, str | None]:
    """The new destination's id, and for a webhook the secret that signs what goes there: shown this once.

    An address that is there already stays as it is. Raises Conflict for a URL that is, and for one too many.
    """
    table = alert_destinations.c
    known = {row.target: row.id for row in connection.execute(select(table.target, table.id).where(table.tenant_id == tenant_id))}
    if form.target in known and form.kind == "email":
        return known[form.target], None
    if form.target in known:  # its secret was shown, and can't be shown again
        raise Conflict("this destination is there already; remove it to get a new secret", "target")
    if len(known) >= MOST_DESTINATIONS:
        raise Conflict(f"a tenant has {MOST_DESTINATIONS} destinations at most; remove one first", "target")
    made = None
    values: dict[str, Any] = {"tenant_id": tenant_id, "kind": form.kind, "target": form.target, "created_at": now()}
    if form.kind == "webhook":
        made = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        values["sealed"] = seal(made, sealed_for(tenant_id))
    new_id = connection.execute(insert(alert_destinations).values(**values).returning(table.id)).scalar_one()
    note(connection, tenant_id, actor, "alert.destination", form.target)
    return int(new_id), made


def remove_destination(connection: Connection, tenant_id: int, destination_id: int, actor: str) -> None:
    """Nothing more is told there, not even what waits. Raises NotFound."""
    table = alert_destinations.c
    gone = delete(alert_destinations).where(table.tenant_id == tenant_id, table.id == destination_id).returning(table.target)
    target = connection.execute(gone).scalar()
    if target is None:
        raise NotFound("there is no such destination", "destination_id")
    waiting = (alert_deliveries.c.destination_id == destination_id, alert_deliveries.c.due_at.is_not(None))
    connection.execute(delete(alert_deliveries).where(*waiting))
    note(connection, tenant_id, actor, "alert.destination.removed", target)


def send_test(connection: Connection, tenant_id: int, destination_id: int) -> int:
    """Have a sample told there; the id of its delivery. Raises NotFound, Conflict."""
    table, told = alert_destinations.c, alert_deliveries.c
    mine = (table.tenant_id == tenant_id, table.id == destination_id)
    if connection.execute(select(table.id).where(*mine).with_for_update()).first() is None:
        raise NotFound("there is no such destination", "destination_id")
    tests = (told.tenant_id == tenant_id, told.destination_id == destination_id, told.event == "test")
    last = connection.execute(select(func.max(told.created_at)).where(*tests)).scalar()
    if last is not None and now() - last < TEST_EVERY:
        raise Conflict("this destination was sent a test just now; wait half a minute")
    return queue(connection, tenant_id, destination_id, "test", now())


def sealed_for(tenant_id: int) -> str:
    """For whom a destination's secret is sealed."""
    return f"alert/{tenant_id}"
