"""Keys of the tenant that is signed in to."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.keys import NewKeyForm, create_key, revoke_key
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.events import Role, Scope
from little_bell.queries.keys import list_keys
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.made import Made
from little_bell.ui.session import member, owner, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import day

SCOPES = {
    str(Scope.READ): "read campaigns, messages and events",
    str(Scope.WRITE): "register campaigns, messages and links",
    str(Scope.EVENTS): "report what happened (sent, bounced, …)",
    str(Scope.ADMIN): "manage keys, members and settings",
}


@dataclass(frozen=True, slots=True)
class KeyLine:
    id: int
    name: str
    prefix: str
    scopes: str
    created: str
    used: str


class Keys(Made, rx.State):
    is_loading: bool = True
    keys: list[KeyLine] = []

    @rx.event
    async def load(self):
        who = await member(self)
        zone = zone_of(who.time_zone)
        rows = await read(list_keys, who.tenant_id) if who.role == Role.OWNER else []
        self.keys = [
            KeyLine(
                key.id,
                key.name,
                key.prefix,
                ", ".join(key.scopes),
                day(key.created_at, zone),
                day(key.last_used_at, zone) if key.last_used_at else "never",
            )
            for key in rows
        ]
        self._shut()
        self.is_loading = False

    @rx.event
    async def create_key(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "name", *SCOPES)
        chosen = [scope for scope in SCOPES if given[scope]]
        try:
            key = await write(create_key, who.tenant_id, fill(NewKeyForm, {"name": given["name"], "scopes": chosen}), who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return
        await self.load()
        self.is_adding, self.secret = True, key.secret

    @rx.event
    async def ask_revoke(self, key_id: int):
        who = await owner(self)
        wanted = checked.identifier(key_id, "key")
        key = next((key for key in await read(list_keys, who.tenant_id) if key.id == wanted), None)
        if key is None:
            raise NotFound("there is no such key")
        self.doomed_id, self.doomed = key.id, key.name

    @rx.event
    async def revoke(self):
        who = await owner(self)
        name = self.doomed
        await write(revoke_key, who.tenant_id, checked.identifier(self.doomed_id, "key"), who.email)
        await self.load()
        return Shell.say(f"“{name[:80]}” was revoked.")
