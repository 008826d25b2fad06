"""Setting up sending: a key, a campaign, a way to send, and the code for them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, fill
from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.events import Role
from little_bell.queries.campaigns import get_campaign, list_campaigns
from little_bell.queries.keys import list_keys
from little_bell.queries.webhooks import list_endpoints
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.sending import WAYS, Place, code_for
from little_bell.ui.session import SignIn, editor, house, member, owner, read, write
from little_bell.ui.states.webhooks import HookLine, hook_line

#: Of how many campaigns, the newest, one can be chosen.
OFFERED = 100
KEY_NAME = "Sending code"
NO_KEY = "lb_"


@dataclass(frozen=True, slots=True)
class CampaignChoice:
    """A campaign that can be chosen."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is already: campaigns, keys (for owners), the webhook of the chosen way's provider."""

    campaigns: list[CampaignChoice]
    keys: list[tuple[str, str]]
    hook: HookLine | None


def ground(connection: Connection, who: SignIn, provider: str) -> Ground:
    """What the page stands on."""
    campaigns = [CampaignChoice(str(row.id), row.name) for row in list_campaigns(connection, who.tenant_id, limit=OFFERED).rows]
    keys = [(key.name, key.prefix) for key in list_keys(connection, who.tenant_id)] if who.role == Role.OWNER else []
    rows = {row.provider: row for row in list_endpoints(connection, who.tenant_id)}
    return Ground(campaigns, keys, hook_line(who, provider, rows.get(provider)) if provider else None)


class Setup(rx.State):
    is_loading: bool = True
    campaigns: list[CampaignChoice] = []
    campaign: str = ""
    way: str = "python"
    title: str = ""
    hint: str = ""
    file: str = ""
    code: str = ""
    pixel: str = ""
    key: str = ""
    key_name: str = ""
    secret: str = ""
    refusal: str = ""
    hook_url: str = ""
    hook_state: str = ""
    is_hooked: bool = False

    @rx.event
    async def load(self):
        who = await member(self)
        self.secret, self.refusal = "", ""
        await self._load(who)

    @rx.event
    async def make_key(self):
        who = await owner(self)
        made = await write(create_key, who.tenant_id, NewKeyForm(name=KEY_NAME), who.email)
        self.secret = made.secret
        await self._load(who)

    @rx.event
    async def make_campaign(self, form: dict[str, Any]):
        who = await editor(self)
        try:
            new = fill(NewCampaign, {"name": checked.form(form, "campaign_name")["campaign_name"]})
        except Invalid as error:
            self.refusal = sentence(error.message)
            return
        self.campaign, self.refusal = str(await write(create_campaign, who.tenant_id, new, who.email)), ""
        await self._load(who)

    @rx.event
    async def choose_way(self, way: str):
        who = await member(self)
        self.way = checked.one_of(way, "way", WAYS)
        await self._load(who)

    @rx.event
    async def choose_campaign(self, campaign: str):
        who = await member(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign, "campaign"))
        self.campaign = str(row.id)
        await self._load(who)

    async def _load(self, who: SignIn) -> None:
        way = WAYS[self.way]
        found = await read(ground, who, way.provider)
        self.campaigns = found.campaigns
        if self.campaign not in {one.id for one in found.campaigns}:
            self.campaign = found.campaigns[0].id if found.campaigns else ""
        self.key_name, self.key = found.keys[0] if found.keys else ("", NO_KEY)
        addresses = house().addresses
        place = Place(addresses.page(""), self.key, int(self.campaign or 1))
        self.title, self.hint, self.file, self.code = way.title, way.hint, way.file, code_for(way, place)
        self.pixel = addresses.pixel_html("{{token}}")
        self._show_hook(found.hook)
        self.is_loading = False

    def _show_hook(self, hook: HookLine | None) -> None:
        if hook is None:
            self.hook_url, self.hook_state, self.is_hooked = "", "", False
            return
        self.hook_url, self.is_hooked = hook.url, hook.is_set and not hook.problem
        heard = f"set up; last heard of {hook.last}" if hook.last else "set up; nothing has come yet"
        self.hook_state = hook.problem or (heard if hook.is_set else "no secret yet: nothing is taken")


def campaign_of(connection: Connection, who: SignIn, campaign: str) -> int:
    """The id of a campaign of theirs. Raises NotFound."""
    if not campaign:
        raise NotFound("there is no campaign yet: make one first")
    return get_campaign(connection, who.tenant_id, checked.identifier(campaign, "campaign")).id
