"""What a tenant's owner sets: its name, its days, what is kept and how long, where unsigned links may lead."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.tenants import TenantChanges, change_tenant
from little_bell.domain.errors import Invalid
from little_bell.domain.visitors import shorter, stricter
from little_bell.queries.tenants import get_tenant
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, forget, house, member, owner, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import things

WORDS = {"full": "the whole address", "truncate": "their network (/24, /48)", "none": "nothing"}


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be kept of an address."""

    name: str
    words: str


class TenantSettings(rx.State):
    is_loading: bool = True
    slug: str = ""
    name: str = ""
    time_zone: str = ""
    ip_policy: str = ""
    policy: str = ""
    policies: list[Policy] = []
    retention_days: int = 0
    retention: str = ""
    retention_hint: str = ""
    hosts: str = ""
    takes_unsigned: bool = False
    refusal: str = ""

    @rx.event
    async def load(self):
        await self._load(await member(self))

    @rx.event
    async def save(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "tenant_name", "time_zone", "ip_policy", "retention_days", "hosts", "takes_unsigned")
        values = {
            "name": given["tenant_name"],
            "time_zone": given["time_zone"],
            "ip_policy": given["ip_policy"],
            "retention_days": given["retention_days"] or "0",
            "allowed_hosts": given["hosts"].replace(",", " ").split(),
            "accepts_unsigned_ids": given["takes_unsigned"] == "on",
        }
        try:
            changes = fill(TenantChanges, values)
            _refuse_longer(changes.retention_days or 0, house().keeping.retention_days)
            await write(change_tenant, who.tenant_id, changes, who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        forget()
        self.refusal = ""
        await self._load(who)
        return [Shell.enter, Shell.say("Saved.")]

    async def _load(self, who: SignIn) -> None:
        row = await read(get_tenant, who.tenant_id)
        loosest = house().keeping
        self.slug, self.name, self.time_zone = row.slug, row.name, row.time_zone
        self.ip_policy = stricter(row.ip_policy, loosest.ip_policy)
        self.policy = WORDS[self.ip_policy]
        self.policies = [Policy(name, words) for name, words in WORDS.items() if stricter(name, loosest.ip_policy) == name]
        self.retention_days = shorter(row.retention_days, loosest.retention_days)
        self.retention = f"go after {things(self.retention_days, 'day', 'days')}" if self.retention_days else "stay for good"
        most = f"{loosest.retention_days:,} at most, as the installation is set" if loosest.retention_days else "0: they stay for good"
        self.retention_hint = f"{most}. What they add up to stays in any case."
        self.hosts, self.takes_unsigned, self.is_loading = "\n".join(row.allowed_hosts), row.accepts_unsigned_ids, False


def _refuse_longer(days: int, installation: int) -> None:
    if shorter(days, installation) != (days or installation):
        raise Invalid(f"single events stay {things(installation, 'day', 'days')} at most, as this installation is set", "retention_days")
