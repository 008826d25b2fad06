"""Everything known about one mail, and the links made for it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.links import register_links
from little_bell.domain.errors import NotFound
from little_bell.domain.links import why_refused
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.events import message_story
from little_bell.queries.messages import MessageRow, get_message
from little_bell.queries.series import zone_of
from little_bell.queries.suppressions import SuppressionRow, find_suppression
from little_bell.ui import checked
from little_bell.ui.live import changes, outlasting
from little_bell.ui.rows import EventLine, event_line
from little_bell.ui.session import SignIn, editor, house, member, read, write
from little_bell.ui.words import NOTHING, addressee, moment, things


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what it is."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows of a message, of one moment."""

    recipient: str
    status: str
    campaign: str
    campaign_id: int
    facts: list[Fact]
    events: list[EventLine]
    pixel: str
    suppressed: str


def view(connection: Connection, who: SignIn, message_id: int) -> View:
    """The message. Raises NotFound."""
    row = get_message(connection, who.tenant_id, message_id)
    campaign = get_campaign(connection, who.tenant_id, row.campaign_id)
    now, zone = datetime.now(UTC), zone_of(who.time_zone)
    events = [event_line(event, zone, now) for event in message_story(connection, who.tenant_id, message_id, 200)]
    pixel = house().addresses.pixel_html(row.token)
    standing = find_suppression(connection, who.tenant_id, row.recipient_email)
    return View(
        addressee(row.recipient_email),
        row.status,
        campaign.name,
        campaign.id,
        facts(row, who),
        events,
        pixel,
        suppression(row, standing, who),
    )


def suppression(row: MessageRow, standing: SuppressionRow | None, who: SignIn) -> str:
    """Whether its recipient gets mail: when it was registered, and now."""
    then = "When this message was registered its recipient was suppressed already, so it is in no rate. " if row.suppressed else ""
    if standing is None:
        return f"{then}Now the address may get mail again." if then else ""
    since = f"{moment(standing.since, zone_of(who.time_zone))} ({standing.why.replace('_', ' ')})"
    return f"{then}The address gets no more mail since {since}."


def facts(row: MessageRow, who: SignIn) -> list[Fact]:
    """What is known of the message, without what isn't."""
    zone = zone_of(who.time_zone)
    known = {
        "Subject": row.subject,
        "Registered": moment(row.created_at, zone),
        "Sent": moment(row.sent_at, zone),
        "Delivered": moment(row.delivered_at, zone),
        "First opened by a person": moment(row.human_opened_at, zone),
        "First clicked by a person": moment(row.human_clicked_at, zone),
        "Opens": f"{things(row.human_opens, 'open', 'opens')} by people, {row.opens:,} with machines" if row.opens else None,
        "Clicks": f"{things(row.human_clicks, 'click', 'clicks')} by people, {row.clicks:,} with machines" if row.clicks else None,
        "Bounced": moment(row.bounced_at, zone),
        "Why": row.bounce_reason,
        "Complained": moment(row.complained_at, zone),
        "Unsubscribed": moment(row.unsubscribed_at, zone),
        "Variant": row.variant,
        "Your id": row.external_id,
        "Provider’s id": row.provider_message_id,
        "Token": row.token,
        "Test": "yes: outside every rate" if row.is_test else None,
    }
    return [Fact(name, value) for name, value in known.items() if value and value != NOTHING]


class Message(rx.State):
    is_loading: bool = True
    is_missing: bool = False
    shown_id: int = 0
    recipient: str = ""
    status: str = ""
    campaign: str = ""
    back: str = ""
    export: str = ""
    facts: list[Fact] = []
    events: list[EventLine] = []
    pixel: str = ""
    suppressed: str = ""
    click_url: str = ""
    refusal: str = ""
    _seen: int = 0
    _campaign: int = 0

    @rx.event
    async def load(self):
        who = await member(self)
        try:
            message_id = checked.identifier(self.message_id, "message")
            fresh = await read(view, who, message_id)
        except NotFound:
            self.reset()
            self.is_missing = True
            return None
        if message_id != self.shown_id:
            self.reset()
        self.is_missing, self.shown_id, self._campaign = False, message_id, fresh.campaign_id
        self._seen = 0  # once more at the first look: what happened meanwhile can't be missed
        self._show(fresh)
        return Message.watch

    @rx.event
    async def make_link(self, form: dict[str, Any]):
        who = await editor(self)
        url = checked.form(form, "url")["url"]
        reason = why_refused(url)
        self.click_url, self.refusal = "", f"This can’t be a link: {reason}." if reason else ""
        if not reason:
            self.click_url = await write(_link, who, self.shown_id, url)

    @rx.event(background=True)
    async def watch(self):
        who, message_id = await member(self), self.shown_id
        if not message_id:
            return None

        async def follow() -> bool:
            """Show what it is now; whether to go on."""
            fresh = await read(view, await member(self), message_id)
            async with self:
                if self.shown_id == message_id:
                    self._show(fresh)
                return bool(self.shown_id)

        async for _version in changes(self, self._seen, who.tenant_id, self._campaign):
            if not await outlasting(follow):
                return Message.load  # Redis has forgotten the page: it begins anew, where it is
        return None

    def _show(self, fresh: View) -> None:
        self.recipient, self.status, self.campaign = fresh.recipient, fresh.status, fresh.campaign
        self.facts, self.events, self.pixel, self.suppressed = fresh.facts, fresh.events, fresh.pixel, fresh.suppressed
        self.back = f"/campaigns/{fresh.campaign_id}"
        self.export = f"/api/recipients/export?{urlencode({'recipient': fresh.recipient})}"
        self.is_loading = False


def _link(connection: Connection, who: SignIn, message_id: int, url: str) -> str:
    message = get_message(connection, who.tenant_id, message_id)
    register_links(connection, who.tenant_id, message.campaign_id, [url])
    return house().addresses.click_url(who.tenant_id, message.token, url)
