"""A mail tracked by hand: pasted, made trackable for a preview or for one message, and shown beside itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.forms import NewMessage, fill
from little_bell.actions.links import register_links
from little_bell.actions.messages import create_messages
from little_bell.domain.errors import BellError, TooLarge
from little_bell.mail.destinations import UTM
from little_bell.mail.instrument import MOST_LINKS, Draft, Instrumented
from little_bell.queries.campaigns import get_campaign_utm
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, editor, house, member, read, write
from little_bell.ui.states.setup import CampaignChoice, campaign_of, ground
from little_bell.ui.words import things

#: Characters of a mail; Gmail cuts at a third of it.
LONGEST = 300_000
#: No message has a token this short: signed links lead on, and nothing is recorded.
NOBODYS = "preview"
#: In front of a mail that is shown: nothing in it runs, loads or leads anywhere. The frame's sandbox and the page's policy say so, too.
SHIELD = (
    "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    '<meta name="referrer" content="no-referrer"><base target="_blank">'
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A link of the mail: where it leads, and how it is tracked, or why it isn't."""

    url: str
    click_url: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A header to send the mail with."""

    name: str
    value: str


class Builder(rx.State):
    is_loading: bool = True
    campaigns: list[CampaignChoice] = []
    campaign: str = ""
    refusal: str = ""
    before: str = ""
    after: str = ""
    tracked: str = ""
    told: str = ""
    message: str = ""
    links: list[Rewritten] = []
    headers: list[HeaderLine] = []
    _recipient: str = ""
    _token: str = ""

    @rx.event
    async def load(self):
        who = await member(self)
        self.reset()
        found = await read(ground, who, "")
        self.campaigns, self.is_loading = found.campaigns, False
        self.campaign = found.campaigns[0].id if found.campaigns else ""

    @rx.event
    async def choose_campaign(self, campaign: str):
        who = await member(self)
        self.campaign = str(await read(campaign_of, who, checked.text(campaign, "campaign", 20)))
        self._token = ""

    @rx.event
    async def build(self, form: dict[str, Any]):
        """Without a recipient a preview that changes nothing; else for a message, which is registered once."""
        try:
            html, recipient = _entered(form)
            who = await (editor(self) if recipient else member(self))
            draft = Draft(html, None, house().addresses.own)
            if len(draft.destinations) > MOST_LINKS:
                raise TooLarge(f"it has {len(draft.destinations):,} different links; {MOST_LINKS:,} is the most", "html")
            if recipient != self._recipient:
                self._token = ""
            mail = await (self._for_message(who, draft, recipient) if recipient else self._for_nobody(who, draft))
        except BellError as error:
            self.refusal = sentence(error.message)
            return
        self.refusal, self._recipient = "", recipient
        self._show(html, mail)

    async def _for_nobody(self, who: SignIn, draft: Draft) -> Instrumented:
        self.message = ""
        utm = await read(_utm, who, self.campaign) if self.campaign else {}
        return draft.tagged(utm).finish(house().addresses.tracking(who.tenant_id, NOBODYS))

    async def _for_message(self, who: SignIn, draft: Draft, recipient: str) -> Instrumented:
        message, token, draft = await write(_register, who, self.campaign, recipient, self._token, draft)
        self._token = token
        self.message = message or self.message
        return draft.finish(house().addresses.tracking(who.tenant_id, token))

    def _show(self, html: str, mail: Instrumented) -> None:
        self.before, self.after, self.tracked = SHIELD + html, SHIELD + mail.html, mail.html
        rewritten = [Rewritten(url, click_url, "") for url, click_url in mail.links.items()]
        left = [Rewritten(url, "", reason) for url, reason in mail.left_alone.items()]
        self.links = [*rewritten, *left]
        self.headers = [HeaderLine(name, value) for name, value in mail.headers.items()] if self.message else []
        self.told = f"{things(len(rewritten), 'link', 'links')} tracked, {len(left):,} left as given; the pixel stands at the end."


def _entered(form: Any) -> tuple[str, str]:
    """The mail and its recipient. Raises Invalid."""
    recipient = checked.form({"recipient": form.get("recipient")} if isinstance(form, dict) else form, "recipient")["recipient"]
    return checked.text(form.get("html"), "the mail", LONGEST), recipient


def _utm(connection: Connection, who: SignIn, campaign: str) -> Mapping[str, str]:
    utm = get_campaign_utm(connection, who.tenant_id, campaign_of(connection, who, campaign))
    return {name: utm[name] for name in UTM if utm.get(name) is not None}


def _register(connection: Connection, who: SignIn, campaign: str, recipient: str, token: str, draft: Draft) -> tuple[str, str, Draft]:
    """The page of a message that was made for it (else ""), its token, and the mail with the campaign's UTM parameters."""
    campaign_id, address = campaign_of(connection, who, campaign), ""
    draft = draft.tagged(_utm(connection, who, campaign))
    if not token:
        new = fill(NewMessage, {"campaign_id": campaign_id, "recipient_email": recipient})
        [made] = create_messages(connection, who.tenant_id, [new])
        address, token = f"/messages/{made.id}", made.token
    register_links(connection, who.tenant_id, campaign_id, draft.destinations)
    return address, token, draft
