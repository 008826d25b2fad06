"""Members of the tenant that is signed in to, and those who are asked in."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.members import NewInvitation, change_role, invite, remove_member, withdraw
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.events import Role
from little_bell.queries.members import list_invitations, list_members
from little_bell.queries.series import zone_of
from little_bell.ui import checked, routes
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, forget, house, member, owner, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import day


@dataclass(frozen=True, slots=True)
class MemberLine:
    id: int
    email: str
    name: str
    role: str
    since: str
    is_me: bool


@dataclass(frozen=True, slots=True)
class InvitationLine:
    id: int
    email: str
    role: str
    until: str


class People(rx.State):
    is_loading: bool = True
    members: list[MemberLine] = []
    invitations: list[InvitationLine] = []
    is_inviting: bool = False
    address: str = ""
    refusal: str = ""
    doomed_id: int = 0
    doomed: str = ""

    @rx.event
    async def load(self):
        await self._load(await member(self))
        self.is_inviting, self.address, self.doomed_id, self.is_loading = False, "", 0, False

    @rx.event
    async def set_inviting(self, is_open: bool):
        self.is_inviting, self.address, self.refusal = is_open is True, "", ""

    @rx.event
    async def invite(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "email", "role")
        try:
            secret = await write(invite, who.tenant_id, fill(NewInvitation, given), who.email)
        except (Invalid, Conflict) as error:
            self.refusal = sentence(error.message)
            return
        await self._load(who)
        self.is_inviting, self.address, self.refusal = True, house().addresses.page(f"{routes.JOIN}?t={secret}"), ""

    @rx.event
    async def withdraw(self, invitation_id: int):
        who = await owner(self)
        await write(withdraw, who.tenant_id, checked.identifier(invitation_id, "invitation"), who.email)
        await self._load(who)

    @rx.event
    async def change_role(self, user_id: int, role: str):
        who = await owner(self)
        wanted = Role(checked.one_of(role, "role", list(Role)))
        try:
            await write(change_role, who.tenant_id, checked.identifier(user_id, "member"), wanted, who.email)
        finally:
            forget()
            await self._load(who)  # what is shown was chosen, and may not have been granted

    @rx.event
    async def ask_remove(self, user_id: int):
        who = await self._may_remove(user_id)
        one = next((one for one in await read(list_members, who.tenant_id) if one.user_id == user_id), None)
        if one is None:
            raise NotFound("there is no such member")
        self.doomed_id, self.doomed = one.user_id, one.email

    @rx.event
    async def close_remove(self, _is_open: bool = False):
        self.doomed_id, self.doomed = 0, ""

    @rx.event
    async def remove(self):
        who, email = await self._may_remove(self.doomed_id), self.doomed
        user_id, self.doomed_id, self.doomed = self.doomed_id, 0, ""
        await write(remove_member, who.tenant_id, user_id, who.email)
        forget()
        if user_id == who.user_id:
            return rx.redirect(routes.LOGIN)
        await self._load(who)
        return Shell.say(f"{email[:80]} is no member any more.")

    async def _may_remove(self, user_id: Any) -> SignIn:
        """Owners remove anybody, everybody may leave."""
        who = await member(self)
        return who if checked.identifier(user_id, "member") == who.user_id else await owner(self)

    async def _load(self, who: SignIn) -> None:
        zone = zone_of(who.time_zone)
        people = await read(list_members, who.tenant_id)
        self.members = [
            MemberLine(one.user_id, one.email, one.name, one.role, day(one.since, zone), one.user_id == who.user_id) for one in people
        ]
        asked = await read(list_invitations, who.tenant_id) if who.role == Role.OWNER else []
        self.invitations = [InvitationLine(one.id, one.email, one.role, day(one.expires_at, zone)) for one in asked]
