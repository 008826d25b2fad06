"""What the pages' tables and lists show: small frozen rows of text. A row of a query never reaches the browser whole."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from little_bell.domain.events import HUMAN_VERDICTS
from little_bell.domain.overrides import OVERRULED_TYPES, Said
from little_bell.domain.verdicts.reasons import REASONS, decide
from little_bell.providers import PROVIDERS
from little_bell.queries.bounces import BounceCount
from little_bell.queries.campaigns import CampaignRow
from little_bell.queries.events import EventRow, Overruled
from little_bell.queries.messages import MessageRow
from little_bell.queries.series import SeriesRow
from little_bell.queries.webhooks import ProviderCounts
from little_bell.ui.pinning import pinned_href
from little_bell.ui.words import NOTHING, addressee, ago, count, day, exact, moment, parts_of, percent

#: Whose cause is in question; the others are somebody's report.
JUDGED = ("opened", "clicked", "unsubscribed")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    id: int
    href: str
    name: str
    subject: str
    created: str
    total: str
    sent: str
    opened: str
    clicked: str
    bounced: str
    opened_by_all: str
    clicked_by_all: str
    tags: list[str]
    is_archived: bool


@dataclass(frozen=True, slots=True)
class MessageLine:
    href: str
    recipient: list[str]
    status: str
    sent: str
    opened: str
    clicked: str
    opens: str
    clicks: str
    note: str


@dataclass(frozen=True, slots=True)
class EventLine:
    id: int
    href: str
    type: str
    verdict: str
    reasons: str
    meanings: list[str]
    judged: str
    said: str
    when: str
    ago: str
    recipient: str
    url: str
    agent: str
    source: str
    place: str
    is_counted: bool
    is_human: bool
    can_overrule: bool


def campaign_line(row: CampaignRow, zone: ZoneInfo, set_name: str = "") -> CampaignLine:
    """A campaign with its rates, those of people and those of all; its page is pinned to the set, if there is one."""
    numbers = row.metrics
    rates = (percent(numbers[name]) for name in ("human_open_rate", "human_click_rate", "bounce_rate", "open_rate", "click_rate"))
    total, sent = count(numbers["total"]), count(numbers["sent"])
    named = (row.id, pinned_href(f"/campaigns/{row.id}", set_name), row.name, row.subject or "", day(row.created_at, zone))
    return CampaignLine(*named, total, sent, *rates, row.tags, row.archived_at is not None)


def message_line(row: MessageRow, zone: ZoneInfo) -> MessageLine:
    """A message; its first open and click are those of a person, its opens and clicks those of people, with all in brackets."""
    times = (moment(when, zone) for when in (row.sent_at, row.human_opened_at, row.human_clicked_at))
    seen = (f"{row.human_opens:,} ({row.opens:,})", f"{row.human_clicks:,} ({row.clicks:,})")
    note = "suppressed" if row.suppressed else row.bounce_reason or ("test message" if row.is_test else "")
    return MessageLine(f"/messages/{row.id}", parts_of(addressee(row.recipient_email)), row.status, *times, *seen, note)


def event_line(row: EventRow, zone: ZoneInfo, now: datetime) -> EventLine:
    """An event with its verdict and why."""
    is_judged = row.type in JUDGED
    reasons = ", ".join(reason.replace("_", " ") for reason in row.reasons) if is_judged else ""
    sure = decide(",".join(row.reasons)).confidence
    return EventLine(
        row.id,
        f"/messages/{row.message_id}",
        row.type,
        row.verdict if is_judged else "",
        reasons,
        [REASONS[name].meaning for name in row.reasons if name in REASONS] if is_judged else [],
        f"{100 * sure:.0f} % sure, by version {row.rules} of the rules." if is_judged else "",
        said(row.overruled, zone),
        exact(row.occurred_at, zone),
        ago(row.occurred_at, now),
        addressee(row.recipient_email),
        row.url or "",
        row.agent or "",
        row.source,
        "".join(f" · {part}" for part in (row.country, f"AS{row.asn}" if row.asn else "") if part),
        row.is_counted,
        row.verdict in HUMAN_VERDICTS,
        row.is_counted and row.type in OVERRULED_TYPES,
    )


def said(overruled: Overruled | None, zone: ZoneInfo) -> str:
    """Who said of an event what it was, and why; "" where nobody did."""
    if overruled is None:
        return ""
    was = "a person" if overruled.verdict == Said.HUMAN else "a machine"
    note = f": {overruled.note}" if overruled.note else "."
    return f"{overruled.by} said it was {was}, {moment(overruled.at, zone)}{note}"


def point(row: SeriesRow, is_hour: bool) -> dict[str, str | int]:
    """A point of the chart."""
    label = f"{row.at:%a %H:%M}" if is_hour else f"{row.at.day} {row.at:%b}"
    names = ("human_opens", "opens", "human_clicks", "clicks", "bounces")
    return {"label": label, **{name: getattr(row, name) for name in names}}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    reason: str
    category: str
    type: str
    bounced: str
    width: str


def reason_lines(rows: list[BounceCount]) -> list[ReasonLine]:
    """Reasons of bounces, with a bar as long as their share of the most frequent one."""
    most = max((row.bounced for row in rows), default=0) or 1
    return [
        ReasonLine(
            row.reason or NOTHING, row.category.replace("_", " "), row.bounce_type, count(row.bounced), f"{100 * row.bounced // most}%"
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class ToldLine:
    provider: str
    opens: str
    merged_opens: str
    clicks: str
    merged_clicks: str


def told_lines(rows: list[ProviderCounts]) -> list[ToldLine]:
    """What providers told of opens and clicks, and how much of it we had seen."""
    return [
        ToldLine(PROVIDERS[row.provider].title, *map(count, (row.opens, row.merged_opens, row.clicks, row.merged_clicks))) for row in rows
    ]
