"""Where providers report to the tenant that is signed in to, and what has become of what they told."""

import asyncio
import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.webhooks import EndpointForm, remove_endpoint, set_counting, set_endpoint
from little_bell.domain.errors import Invalid
from little_bell.domain.events import Role
from little_bell.providers import PROVIDERS, Refused, find_provider, fit_secret
from little_bell.providers.recording import Came, notices_again
from little_bell.queries.series import zone_of
from little_bell.queries.webhooks import DeliveryRow, EndpointRow, get_receipt, list_deliveries, list_endpoints
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, editor, house, member, owner, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import ago, moment, things

LAST = 25
KEEP = "Leave it empty to keep the present one; one that you change stays valid for a day."
MAKE = "Leave it empty, and one is made for you."
SEALED = "It is kept encrypted, and never shown again."


@dataclass(frozen=True, slots=True)
class HookLine:
    name: str
    title: str
    url: str
    is_set: bool
    counts: str
    last: str
    problem: str


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    id: int
    provider: str
    when: str
    outcome: str
    note: str
    tone: str


class Webhooks(rx.State):
    is_loading: bool = True
    hooks: list[HookLine] = []
    deliveries: list[DeliveryLine] = []
    provider: str = ""
    title: str = ""
    needs: str = ""
    hint: str = ""
    is_known: bool = False
    counts_opens: bool = True
    secret: str = ""
    refusal: str = ""

    @rx.event
    async def load(self):
        who = await member(self)
        rows = {row.provider: row for row in await read(list_endpoints, who.tenant_id)}
        self.hooks = [hook_line(who, name, rows.get(name)) for name in PROVIDERS]
        found = await read(list_deliveries, who.tenant_id, limit=LAST)
        self.deliveries = [_delivery(who, row) for row in found.rows]
        self.is_loading, self.provider, self.secret, self.refusal = False, "", "", ""

    @rx.event
    async def open_setup(self, provider: str):
        who = await owner(self)
        found = find_provider(checked.one_of(provider, "provider", PROVIDERS))
        known = next((row for row in await read(list_endpoints, who.tenant_id) if row.provider == found.name), None)
        self.provider, self.title, self.needs, self.is_known = found.name, found.title, found.secret, known is not None
        self.hint = KEEP if known is not None else MAKE if found.makes_secret else SEALED
        self.counts_opens, self.secret, self.refusal = known is None or known.counts_opens, "", ""

    @rx.event
    async def close_setup(self, _is_open: bool = False):
        self.provider, self.secret, self.refusal = "", "", ""

    @rx.event
    async def save(self, form: dict[str, Any]):
        who = await owner(self)
        given = checked.form(form, "secret", "counts")
        found = find_provider(checked.one_of(self.provider, "provider", PROVIDERS))
        known = {row.provider for row in await read(list_endpoints, who.tenant_id)}
        if not given["secret"] and found.name in known:
            await write(set_counting, who.tenant_id, found.name, given["counts"] == "on", who.email)
            await self.load()
            return Shell.say(f"{found.title} was changed.")
        try:
            kept = fit_secret(found, given["secret"])
            wanted = fill(EndpointForm, {"secret": kept, "counts_opens": given["counts"] == "on"})
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        sealing = house().sealing
        await write(set_endpoint, who.tenant_id, found.name, wanted, sealing.seal, sealing.unseal, who.email)
        await self.load()
        if kept != given["secret"].strip():  # we made it: the only time that it is seen
            self.provider, self.title, self.secret = found.name, found.title, kept
        return Shell.say(f"{found.title} is set up.")

    @rx.event
    async def remove(self):
        who = await owner(self)
        provider = checked.one_of(self.provider, "provider", PROVIDERS)
        await write(remove_endpoint, who.tenant_id, provider, who.email)
        await self.load()
        return Shell.say(f"{PROVIDERS[provider].title} is not believed any more.")

    @rx.event
    async def test(self, provider: str):
        who = await member(self)
        name = checked.one_of(provider, "provider", PROVIDERS)
        rows = await read(list_endpoints, who.tenant_id)
        hook = hook_line(who, name, next((row for row in rows if row.provider == name), None))
        await self.load()
        if hook.problem:
            return Shell.complain(f"{hook.title}: {hook.problem}")
        said = "its last webhook was taken" if hook.last else "ready; nothing has come yet, so send a test from there"
        return Shell.say(f"{hook.title}: {said}.")

    @rx.event
    async def rerun(self, receipt_id: int):
        who = await editor(self)
        row = await read(get_receipt, who.tenant_id, checked.identifier(receipt_id, "delivery"))
        shown_only = {one.provider for one in await read(list_endpoints, who.tenant_id) if not one.counts_opens}
        name = (row.external_id, row.digest)
        came = Came(who.tenant_id, row.headers, zlib.decompress(row.body), name, row.provider not in shown_only)
        try:
            records = notices_again(PROVIDERS[row.provider], came, time.time_ns() // 1_000)
        except Refused as refused:
            return Shell.complain(sentence(refused.error.message))
        if records:
            await asyncio.to_thread(house().journal.append, records)
        return Shell.say(f"{things(len(records), 'event', 'events')} read again; what was counted stays as it is.")


def hook_line(who: SignIn, name: str, row: EndpointRow | None) -> HookLine:
    """A provider and how it fares. Refusals are this process's, since its start."""
    url, title = house().addresses.webhook_url(name, who.tenant), PROVIDERS[name].title
    refusals = house().refusals(who.tenant_id, name) if row is not None else []
    last_at = row.last_at if row is not None else None
    now = datetime.now(UTC)
    problem = ""
    if refusals and (last_at is None or refusals[0].at > last_at.timestamp()):
        problem = f"refused {ago(datetime.fromtimestamp(refusals[0].at, UTC), now)}: {refusals[0].message}"
    is_owner = who.role == Role.OWNER
    counts = ("counts its opens" if row.counts_opens else "shows its opens only") if row is not None else ""
    return HookLine(name, title, url, row is not None, counts, ago(last_at, now) if last_at else "", problem if is_owner else "")


def _delivery(who: SignIn, row: DeliveryRow) -> DeliveryLine:
    """A delivery, and what has become of its events."""
    repeated = row.events - row.placed - row.waiting - row.unmatched
    told = [(row.placed, "counted"), (row.waiting, "waiting"), (row.unmatched, "without a message")]
    parts = [f"{number:,} {words}" for number, words in told if number]
    if repeated and not row.outcome:
        parts.append(f"{repeated:,} told before")
    notes = [row.outcome or "", f"came {row.deliveries} times" if row.deliveries > 1 else ""]
    tone = "warn" if row.unmatched else ""
    title, when = PROVIDERS[row.provider].title, moment(row.received_at, zone_of(who.time_zone))
    return DeliveryLine(row.id, title, when, ", ".join(parts) or "nothing to count", " · ".join(filter(None, notes)), tone)
