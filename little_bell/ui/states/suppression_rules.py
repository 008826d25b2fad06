"""By what rules addresses are suppressed by themselves: shown to all, changed by owners."""

from typing import Any

import reflex as rx

from little_bell.actions.suppressions import RulesChanges, set_rules
from little_bell.domain.errors import Invalid
from little_bell.domain.suppressions import Rules
from little_bell.queries.suppressions import get_rules
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import member, owner, read, write
from little_bell.ui.shell import Shell

NUMBERS = ("soft_bounces", "soft_of", "soft_days")


class SuppressionRules(rx.State):
    is_loading: bool = True
    is_open: bool = False
    refusal: str = ""
    words: list[str] = []
    on_hard_bounce: bool = True
    on_complaint: bool = True
    soft_bounces: str = "3"
    soft_of: str = "5"
    soft_days: str = ""

    @rx.event
    async def load_rules(self):
        who = await member(self)
        self.is_open = False
        self._show(await read(get_rules, who.tenant_id))

    @rx.event
    async def set_open(self, is_open: bool):
        self.is_open, self.refusal = is_open is True, ""

    @rx.event
    async def save(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "on_hard_bounce", "on_complaint", *NUMBERS)
        try:
            numbers = {name: _number(given[name], name) for name in NUMBERS}
            boxes = {name: given[name] == "on" for name in ("on_hard_bounce", "on_complaint")}
            wanted = RulesChanges(**boxes, **numbers).of(Rules())
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        await write(set_rules, who.tenant_id, wanted, who.email)
        self._show(wanted)
        self.is_open, self.refusal = False, ""
        return Shell.say("The rules hold from now on.")

    def _show(self, rules: Rules) -> None:
        self.on_hard_bounce, self.on_complaint = rules.on_hard_bounce, rules.on_complaint
        self.soft_bounces, self.soft_of = str(rules.soft_bounces), str(rules.soft_of)
        self.soft_days = "" if rules.soft_days is None else str(rules.soft_days)
        self.words = said(rules)
        self.is_loading = False


def said(rules: Rules) -> list[str]:
    """The rules in sentences."""
    lasts = "for good" if rules.soft_days is None else f"for {rules.soft_days} days"
    soft = f"{rules.soft_bounces} soft bounces among {rules.soft_of} messages in a row suppress an address {lasts}."
    return [
        "A reader who unsubscribes is always suppressed.",
        "A complaint suppresses its reader." if rules.on_complaint else "Complaints suppress nobody.",
        "A hard bounce suppresses its address." if rules.on_hard_bounce else "Hard bounces suppress nobody.",
        soft if rules.soft_bounces else "Soft bounces suppress nobody.",
    ]


def _number(text: str, name: str) -> int | None:
    if not text and name == "soft_days":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise Invalid(f"{name.replace('_', ' ')} has to be a number", name)
    return int(text)
