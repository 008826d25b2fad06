"""The tenant's own rules for verdicts: made and removed."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.verdict_rules import NewRule, add_rule, remove_rule
from little_bell.domain.errors import BellError
from little_bell.queries.series import zone_of
from little_bell.queries.verdict_rules import RuleRow, get_rule, list_rules
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import editor, member, read, write
from little_bell.ui.shell import offer_undo
from little_bell.ui.undo import undoes
from little_bell.ui.words import day

MATCHES = {"network": "Network", "asn": "Network by number (ASN)", "agent": "Mail program or browser"}
TREATMENTS = {"machine": "Is a machine", "unfiltered": "Is never filtered"}


@dataclass(frozen=True, slots=True)
class RuleLine:
    id: int
    match: str
    value: str
    treat: str
    note: str
    made: str


def rule_line(row: RuleRow, zone: ZoneInfo) -> RuleLine:
    """A rule in words."""
    value = f"AS{row.value}" if row.match == "asn" else row.value
    return RuleLine(row.id, MATCHES[row.match], value, TREATMENTS[row.treat], row.note, f"{row.made_by}, {day(row.created_at, zone)}")


class VerdictRules(rx.State):
    is_loading: bool = True
    rows: list[RuleLine] = []
    is_adding: bool = False
    refusal: str = ""

    @rx.event
    async def load(self):
        self.is_adding = False
        await self._load()

    @rx.event
    async def set_adding(self, is_open: bool):
        self.is_adding, self.refusal = is_open is True, ""

    @rx.event
    async def add(self, form: dict[str, Any]):
        who = await editor(self)
        given = checked.form(form, "match", "value", "treat", "note")
        try:
            new = fill(NewRule, given)
            rule_id = await write(add_rule, who.tenant_id, new, who.email)
        except BellError as error:
            self.refusal = sentence(error.message.removeprefix("value: "))
            return
        self.is_adding, self.refusal = False, ""
        await self._load()
        await offer_undo(self, "The rule holds from the next event on.", "rule", str(rule_id))

    @rx.event
    async def remove(self, rule_id: int):
        who = await editor(self)
        row = await read(get_rule, who.tenant_id, checked.identifier(rule_id, "rule"))
        await write(remove_rule, who.tenant_id, row.id, who.email)
        await self._load()
        await offer_undo(self, "The rule is gone.", "rule removed", "\n".join((row.match, row.value, row.treat, row.note)))

    async def _load(self) -> None:
        who = await member(self)
        zone = zone_of(who.time_zone)
        self.rows = [rule_line(row, zone) for row in await read(list_rules, who.tenant_id)]
        self.is_loading = False


@undoes("rule")
async def _unmake(state: rx.State, rule_id: str) -> Any:
    who = await editor(state)
    await write(remove_rule, who.tenant_id, checked.identifier(rule_id, "rule"), who.email)
    return VerdictRules.load


@undoes("rule removed")
async def _make_again(state: rx.State, what: str) -> Any:
    who = await editor(state)
    await write(
        add_rule, who.tenant_id, fill(NewRule, dict(zip(("match", "value", "treat", "note"), what.split("\n"), strict=True))), who.email
    )
    return VerdictRules.load
