"""One bounce: what it means, what was said, and what reported it, as it came."""

from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.bounces.meanings import MEANINGS, provider_of
from little_bell.domain.errors import NotFound
from little_bell.queries.bounce_reports import raw_of_bounce
from little_bell.queries.bounces import BounceRow, get_bounce
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.series import zone_of
from little_bell.queries.suppressions import find_suppression
from little_bell.ui import checked, routes
from little_bell.ui.bounce_rows import words
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.states.message import Fact
from little_bell.ui.words import exact, moment

SOURCES = {"api": "your API call", "page": "somebody, on a page", "cli": "a command", "python": "your program", "dsn": "a mail, by HTTP"}
SOURCES |= {"smtp": "a mail to the bounce address", "mailbox": "a mail in the mailbox", "import": "an imported mail", "gmail": "Gmail"}


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows."""

    recipient: str
    kind: str
    category: str
    meaning: str
    said: str
    message_href: str
    facts: list[Fact]
    suppressed: str
    raw: str
    raw_title: str
    raw_href: str


def view(connection: Connection, who: SignIn, bounce_id: int) -> View:
    """The bounce. Raises NotFound."""
    row = get_bounce(connection, who.tenant_id, bounce_id)
    campaign = get_campaign(connection, who.tenant_id, row.campaign_id)
    standing = find_suppression(connection, who.tenant_id, row.recipient_email)
    raw = raw_of_bounce(connection, who.tenant_id, row)
    zone = zone_of(who.time_zone)
    since = f"Suppressed since {moment(standing.since, zone)}: {words(standing.why)}." if standing else ""
    return View(
        row.recipient_email,
        "hard" if row.is_hard else "soft",
        words(row.category),
        MEANINGS.get(row.category, ""),
        row.diagnostic_code or row.reason,
        f"/messages/{row.message_id}",
        facts(row, campaign.name, who),
        since,
        raw.text if raw else "",
        "" if raw is None else "The mail that reported it" if raw.is_mail else f"What {raw.provider} sent",
        routes.REPORT_RAW.format(raw.id) if raw and raw.is_mail else "",
    )


def facts(row: BounceRow, campaign: str, who: SignIn) -> list[Fact]:
    """What is known of the bounce, without what isn't."""
    provider = provider_of(row.domain)
    known = {
        "Kind": "hard: the address is dead" if row.is_hard else "soft: the address may live",
        "Type": f"{row.bounce_type}: {'refused for good' if row.bounce_type == 'permanent' else 'may succeed later'}",
        "Category": words(row.category),
        "Enhanced status": row.bounce_subtype,
        "Mailbox": f"{row.domain} ({provider})" if provider else row.domain,
        "Campaign": campaign,
        "When": exact(row.occurred_at, zone_of(who.time_zone)),
        "Reported by": SOURCES.get(row.source, row.source),
    }
    return [Fact(name, value) for name, value in known.items() if value]


class BouncePage(rx.State):
    is_loading: bool = True
    is_missing: bool = False
    recipient: str = ""
    kind: str = ""
    category: str = ""
    meaning: str = ""
    said: str = ""
    message_href: str = ""
    facts: list[Fact] = []
    suppressed: str = ""
    raw: str = ""
    raw_title: str = ""
    raw_href: str = ""

    @rx.event
    async def load(self):
        who = await member(self)
        try:
            fresh = await read(view, who, checked.identifier(self.bounce_id, "bounce"))
        except NotFound:
            self.reset()
            self.is_missing = True
            return
        self.is_missing, self.is_loading = False, False
        self.recipient, self.kind, self.category, self.meaning = fresh.recipient, fresh.kind, fresh.category, fresh.meaning
        self.said, self.message_href, self.facts, self.suppressed = fresh.said, fresh.message_href, fresh.facts, fresh.suppressed
        self.raw, self.raw_title, self.raw_href = fresh.raw, fresh.raw_title, fresh.raw_href
