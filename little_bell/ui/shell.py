"""What the frame around every page knows: who is signed in, as whose, and what there is to say to them."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from little_bell.actions.sessions import switch
from little_bell.domain.errors import NotFound
from little_bell.domain.events import Role
from little_bell.queries.projection import stream_alarm
from little_bell.queries.tenants import find_tenant, tenants_of
from little_bell.ui import checked
from little_bell.ui.session import SignIn, forget, house, member, read, write
from little_bell.ui.undo import take_back


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A tenant that one may go to."""

    name: str
    href: str
    is_here: bool


class Shell(rx.State):
    """Who is signed in, as far as the page shows it. It proves nothing: handlers ask session.member()."""

    email: str = ""
    tenant: str = ""
    role: str = ""
    can_edit: bool = False
    is_owner: bool = False
    is_operator: bool = False
    is_suspended: bool = False
    tenants: list[TenantChoice] = []
    is_menu_open: bool = False
    is_full: bool = False
    is_stalled: bool = False
    is_failing: bool = False
    message: str = ""
    is_bad: bool = False
    messages: int = 0
    can_undo: bool = False
    _undo: tuple[str, str] = ("", "")
    _owner: tuple[int, int] | None = None

    @rx.event
    async def enter(self):
        """The first handler of every page."""
        who = await member(self)
        self.is_menu_open, self.is_failing, self.messages, self.can_undo = False, False, 0, False
        wanted = self.router.url.query_parameters.get("tenant", "")
        if wanted and wanted != who.tenant:
            who = await self._go_to(wanted, who)
        self.email, self.tenant, self.role = who.email, who.tenant_name, who.role
        self.can_edit = who.role in (Role.OWNER, Role.EDITOR)
        self.is_owner = who.role == Role.OWNER
        self.is_operator, self.is_suspended = who.is_operator, who.is_suspended
        theirs = await read(tenants_of, who.user_id)
        self.tenants = [TenantChoice(one.name, f"/{one.slug}/dashboard", one.id == who.tenant_id) for one in theirs]
        self.is_full = await asyncio.to_thread(house().why_full) is not None
        self.is_stalled = bool(await read(stream_alarm))

    @rx.event
    async def set_menu(self, is_open: bool):
        self.is_menu_open = is_open is True

    @rx.event
    async def say(self, message: str):
        """Show a line at the foot of the page: our own, since Reflex’s toasts from the server need eval."""
        self._say(message, is_bad=False)

    @rx.event
    async def complain(self, message: str):
        """The same, of something that went wrong."""
        self._say(message, is_bad=True)

    @rx.event
    async def undo(self):
        """Take back what the line at the foot of the page told of."""
        (kind, what), self._undo, self.can_undo = self._undo, ("", ""), False
        shown = await take_back(self, kind, what)
        self._say("It was undone.", is_bad=False)
        return shown

    @rx.event
    async def fail(self):
        """Something broke that isn’t the visitor’s doing: said until the page is opened again."""
        self.is_failing = True

    async def _go_to(self, slug: str, who: SignIn) -> SignIn:
        """Who they are in the tenant with this slug; who they were, if they are no member of it."""
        tenant_id = await read(find_tenant, checked.text(slug, "tenant", 63))
        try:
            await write(switch, who.session_id, who.user_id, tenant_id or 0)
        except NotFound:
            self._say("There is no such tenant, or you are no member of it.", is_bad=True)
            return who
        forget()
        who = await member(self)
        self._get_root_state().reset()  # what this tab holds was loaded for another tenant
        self._is_now_of(who)
        return who

    def _say(self, message: str, is_bad: bool) -> None:
        self.message, self.is_bad, self.can_undo = checked.text(message, "message", 500), is_bad, False
        self.messages += 1  # a new key starts the fading anew

    def _offer(self, message: str, kind: str, what: str) -> None:
        self._say(message, is_bad=False)
        self._undo, self.can_undo = (kind, what), True

    def _belongs_to_another(self, who: SignIn | None) -> bool:
        """Whether what this tab holds was loaded for another sign-in than this one."""
        return self._owner is not None and self._owner != _identity(who)

    def _is_now_of(self, who: SignIn | None) -> None:
        if self._owner != _identity(who):
            self._owner = _identity(who)


async def offer_undo(state: rx.State, message: str, kind: str, what: str) -> None:
    """Say what was done, with a button that takes it back: `@undoes(kind)` marks how."""
    shell = await state.get_state(Shell)
    shell._offer(message, kind, what)


def _identity(who: SignIn | None) -> tuple[int, int] | None:
    return (who.session_id, who.tenant_id) if who else None
