"""The command palette: where a few letters lead, in this tenant alone."""

from dataclasses import dataclass

import reflex as rx

from little_bell.domain.events import Role
from little_bell.queries.jump import Found, jump_to_campaigns, jump_to_messages
from little_bell.ui import checked, routes
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.words import addressee

#: What can be done from anywhere: words → the address that does it; "" for what the browser does.
ACTIONS = {"New campaign": f"{routes.CAMPAIGNS}?do=new", "Suppress an address": f"{routes.SUPPRESSIONS}?do=add"}
COPY, MODE = "Copy the address of this page", "Switch between light and dark"
#: So few letters of an address are no search: they would find anybody.
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go; `key` names it among all that are shown."""

    key: str
    href: str
    name: str
    note: str = ""


class Palette(rx.State):
    sought: str = ""
    campaigns: list[Place] = []
    messages: list[Place] = []
    pages: list[Place] = []
    actions: list[Place] = []
    can_copy: bool = True
    can_switch: bool = True
    has_actions: bool = True
    is_empty: bool = False

    @rx.event
    async def open(self, is_open: bool):
        """What it offers before anything is typed: the newest campaigns, every page, every action."""
        if is_open is True:
            await self._find("")

    @rx.event
    async def find(self, sought: str):
        await self._find(checked.text(sought, "search", 320))

    async def _find(self, sought: str) -> None:
        who = await member(self)
        campaigns = await read(jump_to_campaigns, who.tenant_id, sought, 8 if sought else 3)
        messages = await read(jump_to_messages, who.tenant_id, sought) if len(sought) >= FEWEST else []
        self.campaigns = [_place("campaign", routes.CAMPAIGNS, one, one.note) for one in campaigns]
        self.messages = [_place("message", "/messages", one, one.note) for one in messages]
        self.pages = [Place(f"page-{n}", path, name) for n, (path, name) in enumerate(_pages(who)) if _matches(name, sought)]
        self.actions = [Place(f"action-{n}", path, name) for n, (name, path) in enumerate(_actions(who)) if _matches(name, sought)]
        self.can_copy, self.can_switch = _matches(COPY, sought), _matches(MODE, sought)
        self.sought = sought
        self.has_actions = bool(self.actions) or self.can_copy or self.can_switch
        self.is_empty = not (campaigns or messages or self.pages or self.has_actions)


def _place(kind: str, path: str, one: Found, note: str) -> Place:
    return Place(f"{kind}-{one.id}", f"{path}/{one.id}", addressee(one.name), note)


def _pages(who: SignIn) -> list[tuple[str, str]]:
    return [(path, name) for path, name in routes.NAMES.items() if path != routes.TENANTS or who.is_operator]


def _actions(who: SignIn) -> list[tuple[str, str]]:
    return list(ACTIONS.items()) if who.role in (Role.OWNER, Role.EDITOR) and not who.is_suspended else []


def _matches(name: str, sought: str) -> bool:
    return all(part in name.lower() for part in sought.lower().split())
