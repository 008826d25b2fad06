"""A file of the messages that the list shows."""

from functools import partial

import reflex as rx

from little_bell.domain.exports import Format, What
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.export_formats import export
from little_bell.queries.message_counts import count_messages
from little_bell.ui.file_making import FileMaking, Plan, connect
from little_bell.ui.message_filters import CLICKED, OPENED, STATUSES, MessageFilters
from little_bell.ui.session import SignIn, read
from little_bell.ui.states.messages import CampaignMessages


class Exporting(FileMaking, rx.State):
    async def _words(self) -> str:
        return in_words((await self.get_state(CampaignMessages)).asked)

    async def _plan(self, who: SignIn, format_: Format) -> Plan:
        messages = await self.get_state(CampaignMessages)
        campaign_id, wanted = messages.shown_id, messages.asked.filter(messages.shown_id)

        async def total() -> int:
            await read(get_campaign, who.tenant_id, campaign_id)
            return await read(count_messages, who.tenant_id, wanted)

        pieces = partial(export, connect(), who.tenant_id, campaign_id, What.MESSAGES, format_, wanted)
        return Plan(format_, total, pieces, f"/api/campaigns/{campaign_id}/exports", wanted.words, ("message", "messages"))


def in_words(asked: MessageFilters) -> str:
    """Which messages the filters leave."""
    chosen = [words[value] for words, value in ((STATUSES, asked.status), (OPENED, asked.opened), (CLICKED, asked.clicked)) if value]
    chosen += [f"to {asked.domain}"] if asked.domain else []
    chosen += [f"with “{asked.q}” in the address"] if asked.q else []
    chosen += ["that followed the chosen link"] if asked.link else []
    recipients = asked.recipients.chosen
    chosen += [f"to recipients: {', '.join(recipients)}"] if recipients else []
    return f"The messages that the list shows: {', '.join(chosen).lower()}." if chosen else "All messages of this campaign."
