"""Segments of 1,000,000 recipients: rows as ten campaigns of a year leave them, written as the projector writes them; and the messages
of a campaign that went to them all, by segments of their recipients.
"""

import random
from collections.abc import Callable, Iterator
from itertools import islice

from sqlalchemy import Connection, Engine, insert, text

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.domain.number_forms import Include
from little_bell.domain.readings import MessageSort, Reading
from little_bell.domain.recipients import FOREVER, Mail, standing_of
from little_bell.domain.segments import Ever, RecipientSort, Segment
from little_bell.models import now, to_micros
from little_bell.models.tables import recipients
from little_bell.projector.recipient_counts import Counts
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.segments import count_recipients, count_segments, list_recipients
from tests.bench.bench import Bench

RECIPIENTS, TOGETHER, CAMPAIGNS, PASTS = 1_000_000, 20_000, 10, 20_000
DAY = 86_400 * 1_000_000
DOMAINS = ["gmail.com"] * 1_000 + ["yahoo.com"] * 300 + [f"company-{number}.example" for number in range(2_000)]


def _page(wanted: Segment, sort: RecipientSort, pages: int = 1) -> Callable[[Connection], object]:
    def ask(connection: Connection) -> object:
        cursor = None
        for _ in range(pages):
            page = list_recipients(connection, 1, wanted, sort=sort, cursor=cursor)
            cursor = page.next_cursor
        return page

    return ask


def _count(wanted: Segment) -> Callable[[Connection], object]:
    return lambda connection: count_recipients(connection, 1, wanted)


NOT_OPENED, CLICKED = Segment(unopened=5), Segment(clicked_within=30)
RARE = Segment(unopened=3, clicked_within=90, domain="company-7.example")
BOTH = Segment(opened_within=30, not_clicked_within=90, suppressed=False)
EVERY = [Segment(unopened=run, include=include) for run in range(1, 21) for include in Include]
EVERY += [Segment(clicked_within=days) for days in (7, 30, 90)]
EVERY += [Segment(opened_within=30), Segment(clicked=Ever.NEVER), Segment(not_sent_within=90)]
#: As the marketer asks, each by itself.
QUERIES: dict[str, Callable[[Connection], object]] = {
    "never opened in 5 campaigns: count": _count(NOT_OPENED),
    "never opened in 5 campaigns: page": _page(NOT_OPENED, RecipientSort.UNOPENED),
    "never opened in 5 campaigns, by address: page": _page(NOT_OPENED, RecipientSort.ADDRESS),
    "clicked in the last 30 days: count": _count(CLICKED),
    "clicked in the last 30 days: page": _page(CLICKED, RecipientSort.CLICKED),
    "clicked in the last 30 days, by address: page": _page(CLICKED, RecipientSort.ADDRESS),
    "all ready segments: counts": lambda connection: count_segments(connection, 1, EVERY),
    "three conditions, few fit: count": _count(RARE),
    "three conditions, few fit: page": _page(RARE, RecipientSort.SENT),
    "three conditions, many fit: count": _count(BOTH),
    "three conditions, many fit: page": _page(BOTH, RecipientSort.OPENED),
    "nobody fits: page": _page(Segment(unopened=9, opened_within=30), RecipientSort.ADDRESS),
    "not suppressed, never clicked: page": _page(Segment(clicked=Ever.NEVER, suppressed=False), RecipientSort.SENT_BACK),
    "how an address begins: page": _page(Segment(search="reader-0077"), RecipientSort.SENT),
    "everybody at a domain: page": _page(Segment(domain="gmail.com"), RecipientSort.CLICKED),
}


#: A campaign's messages: of the first, whose recipients are others, and of the one to everybody.
TO_NOBODY, TO_ALL = 1, "To everybody"
_CAMPAIGN = text("SELECT id FROM campaigns WHERE name = :name")
_SENT = text(
    "INSERT INTO messages (tenant_id, campaign_id, token, recipient_email, is_test, is_tracked, created_at, updated_at, sent_at, status, "
    "human_opened_at) SELECT 1, :campaign_id, 'segments-' || address, address, :no, :yes, last_sent_at, last_sent_at, last_sent_at, "
    "CASE WHEN human_unopened = 0 THEN 'opened' ELSE 'sent' END, CASE WHEN human_unopened = 0 THEN last_human_opened_at END "
    "FROM recipients ORDER BY CAST(substr(address, 8, 7) AS BIGINT) * 7919 % 1000003"
)


def _messages(
    wanted: Segment, sort: MessageSort = MessageSort.NEWEST, campaign: int | str = TO_ALL, **asked: Reading
) -> Callable[[Connection], object]:
    def ask(connection: Connection) -> object:
        campaign_id = connection.execute(_CAMPAIGN, {"name": campaign}).scalar_one() if isinstance(campaign, str) else campaign
        return list_messages(connection, 1, MessageFilter(campaign_id, recipients=wanted, **asked), sort=sort)

    return ask


QUERIES |= {
    "messages to who never opened in 5: page": _messages(NOT_OPENED),
    "messages to who never opened in 5, by recipient: page": _messages(NOT_OPENED, MessageSort.RECIPIENT),
    "opened messages to who clicked in 30 days, opened last: page": _messages(CLICKED, MessageSort.OPENED, opened=Reading.HUMAN),
    "messages to few of three conditions: page": _messages(RARE),
    "messages to few, opened last: page": _messages(RARE, MessageSort.OPENED),
    "messages to 2,000 of three conditions: page": _messages(Segment(unopened=8, opened_within=330, suppressed=True)),
    "messages to nobody of many: page": _messages(Segment(unopened=9, opened_within=30)),
    "messages of another campaign to them: page": _messages(NOT_OPENED, campaign=TO_NOBODY),
}


def fill(bench: Bench, engine: Engine) -> int:
    """Write the rows; how many. The indexes are made after them: a projector takes hours for what is wanted here in a minute."""
    count = bench.scaled(RECIPIENTS)
    rows = _rows(count)
    with engine.begin() as connection:
        for index in recipients.indexes:
            index.drop(connection)
        counts = Counts()
        while some := list(islice(rows, TOGETHER)):
            connection.execute(insert(recipients), some)
            counts.change(1, some, 1)
        counts.write(connection)
        for index in recipients.indexes:
            index.create(connection)
        campaign_id = create_campaign(connection, 1, NewCampaign(name=TO_ALL), "bench")
        connection.execute(_SENT, {"campaign_id": campaign_id, "no": False, "yes": True})
    return count


def _rows(count: int) -> Iterator[dict[str, object]]:
    rng, moment = random.Random(5), to_micros(now())
    pasts = [_past(rng, moment) for _ in range(min(count, PASTS))]
    for number in range(count):
        domain, until = rng.choice(DOMAINS), FOREVER if rng.random() < 0.03 else None
        own = {"tenant_id": 1, "address": f"reader-{number:07}@{domain}", "domain": domain, "spellings": None, "suppressed_until": until}
        yield own | rng.choice(pasts)


def _past(rng: random.Random, moment: int) -> dict[str, int]:
    sent = [moment - 5 * DAY - 365 * DAY // CAMPAIGNS * before for before in reversed(range(CAMPAIGNS))]
    keen = rng.random() ** 3
    mails = [_mail(rng, campaign, at, keen) for campaign, at in enumerate(sent)]
    standing = standing_of(mails[rng.randrange(CAMPAIGNS) :])
    assert standing is not None
    return standing._asdict()


def _mail(rng: random.Random, campaign_id: int, sent_at: int, keen: float) -> Mail:
    at = sent_at + int(rng.expovariate(1 / (8 * 3600e6)))
    is_human, is_clicked = rng.random() < keen, rng.random() < keen / 8
    opened_at = at if is_human or is_clicked or rng.random() < 0.2 else None
    human_at, clicked_at = (at if is_human or is_clicked else None), at + 60_000_000 if is_clicked else None
    return Mail(campaign_id, sent_at, sent_at, sent_at, None, None, opened_at, human_at, clicked_at, clicked_at)
