"""A tenant's own rules for verdicts. They hold for what comes from now on; `stats rejudge` takes them to what was before."""

import ipaddress
from typing import Annotated, Literal

from pydantic import StringConstraints
from sqlalchemy import Connection, delete, func, insert, select, update

from little_bell.actions.audit import note as note_down
from little_bell.actions.forms import LINE, Form
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.models import now
from little_bell.models.tables import tenants, verdict_rules

#: Rules of one tenant. Each unknown address and agent is held against all of them once.
MOST_RULES = 1_000
#: Networks may be no larger: nobody was given a larger one of IPv6, and of IPv4 it would be a good part of the internet.
LARGEST_V4, LARGEST_V6 = 8, 19
SHORTEST_WORD = 3
#: Nearly every agent begins so.
EVERYBODY = "mozilla/5.0"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=LINE)]


class NewRule(Form):
    """A rule: what a request is looked at by, the network, number or part of an agent, and how it is to be treated."""

    match: Literal["network", "asn", "agent"]
    value: Text
    treat: Literal["machine", "unfiltered"]
    note: Note = ""

    def normal(self) -> str:
        """The value in the one form it is kept in. Raises Invalid."""
        return {"network": _network, "asn": _asn, "agent": _agent}[self.match](self.value)


def add_rule(connection: Connection, tenant_id: int, new: NewRule, actor: str) -> int:
    """Hold by it from now on; its id, also of one that says the same already. Raises Invalid; Conflict where one says otherwise."""
    value, table = new.normal(), verdict_rules.c
    mine = table.tenant_id == tenant_id
    _renew(connection, tenant_id)  # first: two that are added at once wait for each other here
    same = select(table.id, table.treat).where(mine, table.match == new.match, table.value == value)
    if (known := connection.execute(same).one_or_none()) is not None:
        if known.treat != new.treat:
            raise Conflict(f"there is a rule for {value} already; remove it first", "value")
        return int(known.id)
    if connection.execute(select(func.count()).select_from(verdict_rules).where(mine)).scalar_one() >= MOST_RULES:
        raise Invalid(f"a tenant can have {MOST_RULES:,} rules", "match", code="too_many_rules")
    values = {"match": new.match, "value": value, "treat": new.treat, "note": new.note, "made_by": actor[:320], "created_at": now()}
    made = insert(verdict_rules).values(tenant_id=tenant_id, **values).returning(table.id)
    rule_id = int(connection.execute(made).scalar_one())
    note_down(connection, tenant_id, actor, "rule.added", f"{new.match} {value}: {new.treat}")
    return rule_id


def remove_rule(connection: Connection, tenant_id: int, rule_id: int, actor: str) -> None:
    """Hold by it no longer; what it was applied to stays as it is. Raises NotFound."""
    table = verdict_rules.c
    gone = delete(verdict_rules).where(table.tenant_id == tenant_id, table.id == rule_id).returning(table.match, table.value, table.treat)
    row = connection.execute(gone).one_or_none()
    if row is None:
        raise NotFound("there is no such rule", "rule_id")
    _renew(connection, tenant_id)
    note_down(connection, tenant_id, actor, "rule.removed", f"{row.match} {row.value}: {row.treat}")


def _renew(connection: Connection, tenant_id: int) -> None:
    """So that the projector reads them anew, with the next event."""
    connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(rules_version=tenants.c.rules_version + 1))


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise Invalid(_mended(value) or f"value: {value} is no network: {error}", "value") from error
    largest = LARGEST_V4 if network.version == 4 else LARGEST_V6
    if network.prefixlen < largest:
        raise Invalid(f"value: {network} is too large a part of the internet; /{largest} is the largest network a rule can name", "value")
    return str(network)


def _mended(value: str) -> str:
    """What somebody may have meant who wrote an address with the length of its network."""
    try:
        return f"value: {value} is an address within a network; write {ipaddress.ip_network(value, strict=False)}"
    except ValueError:
        return ""


def _asn(value: str) -> str:
    digits = value.upper().removeprefix("AS").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 11 and 0 < int(digits) < 1 << 32):
        raise Invalid("value: the number of an autonomous system is written AS64500", "value")
    return str(int(digits))


def _agent(value: str) -> str:
    word = value.lower()
    if len(word) < SHORTEST_WORD:
        raise Invalid(f"value: at least {SHORTEST_WORD} characters of the agent, or it fits everybody", "value")
    if word in EVERYBODY:
        raise Invalid("value: nearly every agent has that in it", "value")
    return word
