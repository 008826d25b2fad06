"""Numbers that were kept under a name: looked at, kept and dropped."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.kept_sets import NewSet, drop_numbers, keep_numbers
from little_bell.domain.errors import BellError
from little_bell.domain.verdicts import RULES
from little_bell.queries.kept import SetRow, get_set, list_sets
from little_bell.queries.series import zone_of
from little_bell.ui import checked, routes
from little_bell.ui.guard import sentence
from little_bell.ui.pinning import OPERATOR, pinned_href
from little_bell.ui.session import editor, member, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import moment


@dataclass(frozen=True, slots=True)
class SetLine:
    name: str
    href: str
    rules: str
    made: str
    is_own: bool


def set_line(row: SetRow, zone: ZoneInfo) -> SetLine:
    """A set in words."""
    made = f"{moment(row.made_at, zone)}, {row.made_by if row.is_own else OPERATOR}"
    rules = f"Rules {row.rules}, " + ("the present ones" if row.rules == RULES else f"older: {row.says}")
    return SetLine(row.name, pinned_href(routes.OVERVIEW, row.name), rules, made, row.is_own)


class KeptSets(rx.State):
    is_loading: bool = True
    rows: list[SetLine] = []
    is_keeping: bool = False
    refusal: str = ""
    doomed: str = ""

    @rx.event
    async def load(self):
        self.is_keeping, self.doomed = False, ""
        await self._load()

    @rx.event
    async def set_keeping(self, is_open: bool):
        self.is_keeping, self.refusal = is_open is True, ""

    @rx.event
    async def keep(self, form: dict[str, Any]):
        who = await editor(self)
        given = checked.form(form, "name")
        try:
            name = await write(keep_numbers, who.tenant_id, fill(NewSet, given).name, who.email)
        except BellError as error:
            self.refusal = sentence(error.message.removeprefix("name: "))
            return None
        self.is_keeping, self.refusal = False, ""
        await self._load()
        return Shell.say(f"The numbers of now are kept as {name}.")

    @rx.event
    async def ask_drop(self, name: str):
        who = await editor(self)
        self.doomed = (await read(get_set, who.tenant_id, checked.text(name, "name", 63))).name

    @rx.event
    async def close_drop(self, _is_open: bool = False):
        self.doomed = ""

    @rx.event
    async def drop(self):
        who = await editor(self)
        name, self.doomed = self.doomed, ""
        await write(drop_numbers, who.tenant_id, name, who.email)
        await self._load()
        return Shell.say(f"The set {name} is gone.")

    async def _load(self) -> None:
        who = await member(self)
        zone = zone_of(who.time_zone)
        self.rows = [set_line(row, zone) for row in await read(list_sets, who.tenant_id)]
        self.is_loading = False
