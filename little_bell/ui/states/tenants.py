"""All tenants of the installation: for its operators alone."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.members import NewInvitation, invite, set_role
from little_bell.actions.tenants import NewTenant, create_tenant, delete_tenant, move_tenant, resume_tenant, suspend_tenant
from little_bell.domain.errors import BellError, Conflict, Invalid
from little_bell.domain.events import Role
from little_bell.queries.series import zone_of
from little_bell.queries.tenants import TenantRow, get_tenant, list_tenants
from little_bell.ui import checked, routes
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, forget, house, operator, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import day

TOLD = {"suspend": "is suspended: its links stop redirecting, its keys open nothing.", "resume": "works again."}


@dataclass(frozen=True, slots=True)
class TenantLine:
    id: int
    slug: str
    name: str
    state: str
    created: str


class Tenants(rx.State):
    is_loading: bool = True
    rows: list[TenantLine] = []
    is_creating: bool = False
    address: str = ""
    refusal: str = ""
    moved_id: int = 0
    doomed_id: int = 0
    chosen: str = ""

    @rx.event
    async def load(self):
        await self._load(await operator(self))
        self.is_creating, self.address, self.moved_id, self.doomed_id, self.is_loading = False, "", 0, 0, False

    @rx.event
    async def set_creating(self, is_open: bool):
        self.is_creating, self.address, self.refusal = is_open is True, "", ""

    @rx.event
    async def create(self, form: dict[str, Any]):
        """With an owner who is asked in, or else the operator as its owner."""
        who = await operator(self)
        given = checked.form(form, "slug", "name", "owner")
        try:
            new = fill(NewTenant, {"slug": given["slug"], "name": given["name"] or None})
            asked = fill(NewInvitation, {"email": given["owner"], "role": Role.OWNER}) if given["owner"] else None
            tenant_id = await write(create_tenant, new, who.email)
        except (Invalid, Conflict) as error:
            self.refusal = sentence(error.message)
            return
        if asked is None:
            await write(set_role, tenant_id, who.user_id, Role.OWNER, who.email)
        else:
            secret = await write(invite, tenant_id, asked, who.email)
            self.address = house().addresses.page(f"{routes.JOIN}?t={secret}")
        await self._load(who)
        self.is_creating, self.refusal = asked is not None, ""

    @rx.event
    async def choose(self, tenant_id: int, what: str):
        """What is to be done with a tenant: `suspend` and `resume` at once, `move` and `delete` in a dialog that asks."""
        who = await operator(self)
        row = await read(get_tenant, checked.identifier(tenant_id, "tenant"))
        match checked.one_of(what, "what", ("suspend", "resume", "move", "delete")):
            case "suspend" | "resume" as act:
                await write(suspend_tenant if act == "suspend" else resume_tenant, row.id, who.email)
                forget()
                await self._load(who)
                return Shell.say(f"{row.name[:80]} {TOLD[act]}")
            case "move":
                self.moved_id, self.chosen, self.refusal = row.id, row.slug, ""
            case _:
                self.doomed_id, self.chosen, self.refusal = row.id, row.slug, ""
        return None

    @rx.event
    async def close(self, _is_open: bool = False):
        self.moved_id, self.doomed_id, self.chosen, self.refusal = 0, 0, "", ""

    @rx.event
    async def move(self, form: dict[str, Any]):
        who = await operator(self)
        given = checked.form(form, "slug")
        try:
            await write(move_tenant, checked.identifier(self.moved_id, "tenant"), given["slug"], who.email)
        except (Invalid, Conflict) as error:
            self.refusal = sentence(error.message)
            return
        self.moved_id = 0
        forget()
        await self._load(who)

    @rx.event
    async def delete(self, form: dict[str, Any]):
        """Only where its slug was typed."""
        who = await operator(self)
        row = await read(get_tenant, checked.identifier(self.doomed_id, "tenant"))
        try:
            if checked.form(form, "slug")["slug"] != row.slug:
                raise Invalid(f"type {row.slug} to delete it", "slug")
            await write(delete_tenant, row.id, who.email)
        except BellError as error:
            self.refusal = sentence(error.message)
            return None
        self.doomed_id = 0
        forget()
        await self._load(who)
        return Shell.say(f"{row.name[:80]} was deleted.")

    async def _load(self, who: SignIn) -> None:
        zone = zone_of(who.time_zone)

        def line(row: TenantRow) -> TenantLine:
            return TenantLine(row.id, row.slug, row.name, "suspended" if row.suspended_at else "active", day(row.created_at, zone))

        self.rows = [line(row) for row in await read(list_tenants)]
