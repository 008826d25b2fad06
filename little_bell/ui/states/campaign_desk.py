"""What is done with a campaign, on its page or in the list: made, changed, put away, deleted."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.campaigns import create_campaign, hide_campaign, update_campaign
from little_bell.actions.forms import CampaignChanges, NewCampaign, Utm, fill
from little_bell.domain.errors import Invalid
from little_bell.domain.times import to_micros
from little_bell.journal.records import CampaignDeletion
from little_bell.queries.campaigns import get_campaign
from little_bell.ui import checked, routes
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, editor, house, read, write
from little_bell.ui.shell import Shell, offer_undo
from little_bell.ui.states.campaign import Campaign
from little_bell.ui.states.campaigns import Campaigns
from little_bell.ui.undo import undoes

FIELDS = ("name", "subject", "tags")
UTM = tuple(Utm.model_fields)
EMPTY = dict.fromkeys((*FIELDS, *(f"utm_{name}" for name in UTM)), "")


class CampaignDesk(rx.State):
    is_open: bool = False
    #: 0 for a new one.
    edited_id: int = 0
    values: dict[str, str] = EMPTY
    refusal: str = ""
    doomed_id: int = 0
    doomed: str = ""

    @rx.event
    async def set_open(self, is_open: bool):
        """Open the form of a new campaign, or close the one that is open."""
        self.is_open, self.edited_id, self.refusal, self.values = is_open is True, 0, "", EMPTY

    @rx.event
    async def ask_edit(self, campaign_id: int):
        who = await editor(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign_id, "campaign"))
        utm = {f"utm_{name}": value for name, value in (row.utm or {}).items()}
        self.values = {**EMPTY, "name": row.name, "subject": row.subject or "", "tags": ", ".join(row.tags), **utm}
        self.is_open, self.edited_id, self.refusal = True, row.id, ""

    @rx.event
    async def save(self, form: dict[str, Any]):
        """Create the campaign, or change the one that the form was opened for."""
        who = await editor(self)
        given = read_form(form)
        try:
            if self.edited_id:
                await write(update_campaign, who.tenant_id, self.edited_id, fill(CampaignChanges, given), who.email)
            else:
                campaign_id = await write(create_campaign, who.tenant_id, fill(NewCampaign, given), who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        is_new, self.is_open, self.edited_id = not self.edited_id, False, 0
        if is_new:
            return rx.redirect(f"{routes.CAMPAIGNS}/{campaign_id}")
        return [_shown(self), Shell.say("Saved.")]

    @rx.event
    async def archive(self, campaign_id: int):
        """Put a campaign away, or take it back where it is."""
        who = await editor(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign_id, "campaign"))
        await _archive(who, row.id, row.archived_at is None)
        done = "was archived" if row.archived_at is None else "is back in the list"
        await offer_undo(self, f"“{row.name[:80]}” {done}.", "archive", f"{row.id} {'back' if row.archived_at is None else 'away'}")
        return _shown(self)

    @rx.event
    async def ask_delete(self, campaign_id: int):
        who = await editor(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign_id, "campaign"))
        self.doomed_id, self.doomed = row.id, row.name

    @rx.event
    async def close_delete(self, _is_open: bool = False):
        self.doomed_id, self.doomed = 0, ""

    @rx.event
    async def delete(self):
        who = await editor(self)
        name = self.doomed
        await delete_campaign(who, checked.identifier(self.doomed_id, "campaign"))
        self.doomed_id, self.doomed = 0, ""
        return [Campaigns.load, Shell.say(f"“{name[:80]}” was deleted.")]


def read_form(form: Any) -> dict[str, Any]:
    """What a campaign's form says, for actions.forms; what is left empty is nothing. Raises Invalid."""
    given = checked.form(form, *FIELDS, *(f"utm_{name}" for name in UTM))
    tags = list(dict.fromkeys(tag.strip() for tag in given["tags"].split(",") if tag.strip()))
    utm = {name: given[f"utm_{name}"] or None for name in UTM}
    return {"name": given["name"], "subject": given["subject"] or None, "tags": tags, "utm": utm if any(utm.values()) else None}


async def delete_campaign(who: SignIn, campaign_id: int) -> None:
    """Hide it and journal its deletion, both or neither. Raises NotFound, JournalFull."""

    def both(connection: Connection) -> None:
        hide_campaign(connection, who.tenant_id, campaign_id, who.email)
        house().journal.append([CampaignDeletion(who.tenant_id, campaign_id, to_micros(datetime.now(UTC)))])

    await write(both)


@undoes("archive")
async def put_back(state: rx.State, what: str) -> Any:
    """Take a campaign back from the archive, or put it there again."""
    who = await editor(state)
    campaign_id, _, where = what.partition(" ")
    await _archive(who, checked.identifier(campaign_id, "campaign"), where == "away")
    return _shown(state)


async def _archive(who: SignIn, campaign_id: int, is_away: bool) -> None:
    await write(update_campaign, who.tenant_id, campaign_id, fill(CampaignChanges, {"archived": is_away}), who.email)


def _shown(state: rx.State) -> Any:
    """What shows the change: the list, or the campaign's own page."""
    return Campaigns.load if state.router.url.path.rstrip("/") == routes.CAMPAIGNS else Campaign.refresh
