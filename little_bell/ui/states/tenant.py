"""What a tenant's owner sets: its name, its days, where unsigned links may lead."""

from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.tenants import TenantChanges, change_tenant
from little_bell.domain.errors import Invalid
from little_bell.queries.tenants import get_tenant
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, forget, member, owner, read, write
from little_bell.ui.shell import Shell


class TenantSettings(rx.State):
    is_loading: bool = True
    slug: str = ""
    name: str = ""
    time_zone: str = ""
    ip_policy: str = ""
    hosts: str = ""
    takes_unsigned: bool = False
    refusal: str = ""

    @rx.event
    async def load(self):
        await self._load(await member(self))

    @rx.event
    async def save(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "tenant_name", "time_zone", "ip_policy", "hosts", "takes_unsigned")
        values = {
            "name": given["tenant_name"],
            "time_zone": given["time_zone"],
            "ip_policy": given["ip_policy"],
            "allowed_hosts": given["hosts"].replace(",", " ").split(),
            "accepts_unsigned_ids": given["takes_unsigned"] == "on",
        }
        try:
            await write(change_tenant, who.tenant_id, fill(TenantChanges, values), who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        forget()
        self.refusal = ""
        await self._load(who)
        return [Shell.enter, Shell.say("Saved.")]

    async def _load(self, who: SignIn) -> None:
        row = await read(get_tenant, who.tenant_id)
        self.slug, self.name, self.time_zone, self.ip_policy = row.slug, row.name, row.time_zone, row.ip_policy
        self.hosts, self.takes_unsigned, self.is_loading = "\n".join(row.allowed_hosts), row.accepts_unsigned_ids, False
