"""What a page reads: the plan names an index for each table that grows, and no sort of a whole table, on SQLite and on PostgreSQL."""

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from little_bell.actions.suppressions import suppressed_among
from little_bell.db import make_engine, reading, writing
from little_bell.domain.errors import NotFound
from little_bell.domain.readings import MessageSort, Reading
from little_bell.migrations import migrate
from little_bell.queries.analytics import clients, countries, link_positions, mailbox_providers, send_curve, week_heat
from little_bell.queries.bounce_breakdown import bounce_breakdown
from little_bell.queries.bounces import BounceFilter, bounces_by_reason, get_bounce, list_bounces
from little_bell.queries.campaigns import get_campaign, list_campaigns
from little_bell.queries.events import events_after, message_story, recent_events
from little_bell.queries.links import campaign_links, message_links
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.messages import get_message, get_message_by_token
from little_bell.queries.overview import summary
from little_bell.queries.reports import count_unmatched
from little_bell.queries.suppressions import SuppressionFilter, count_suppressions, find_suppression, list_suppressions
from tests.queries.filled import fill

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
GROWING = (
    *("messages", "message_events", "bounces", "link_clicks", "campaign_stats", "message_quarters", "event_quarters", "links"),
    *("delay_stats", "mailbox_stats", "trait_stats"),
    *("suppressions", "webhook_receipts"),
)
#: On PostgreSQL a table of some pages is read whole, and rightly: these are those that have millions of rows.
LARGE = ("messages", "message_events", "link_clicks")
FILTERED = {
    "all": MessageFilter(1),
    "status": MessageFilter(1, "queued"),
    "readers": MessageFilter(1, opened=Reading.HUMAN, clicked=Reading.NONE),
    "domain and text": MessageFilter(1, search="x", domain="y.example"),
    "link": MessageFilter(1, link_id=1),
}
PAGES: dict[str, Any] = {
    "campaigns": lambda c: list_campaigns(c, 1, limit=50),
    "messages of a campaign": lambda c: list_messages(c, 1, MessageFilter(campaign_id=1), cursor=None),
    "messages by status": lambda c: list_messages(c, 1, MessageFilter(campaign_id=1, status="opened"), sort=MessageSort.NEWEST),
    "a search": lambda c: list_messages(c, 1, MessageFilter(campaign_id=1, search="x")),
    "messages of a tenant": lambda c: list_messages(c, 1, MessageFilter(), sort=MessageSort.NEWEST),
    **{
        f"messages by {sort}, {name}": lambda c, sort=sort, wanted=wanted: list_messages(c, 1, wanted, sort=sort)
        for sort in MessageSort
        for name, wanted in FILTERED.items()
    },
    "a look-up": lambda c: list_messages(c, 1, MessageFilter(external_id="x")),
    "a look-up by provider": lambda c: list_messages(c, 1, MessageFilter(provider_message_id="x")),
    "a look-up by address": lambda c: list_messages(c, 1, MessageFilter(recipient="x@example.com")),
    "a token": lambda c: get_message_by_token(c, 1, "x"),
    "a message": lambda c: get_message(c, 1, 1),
    "a story": lambda c: message_story(c, 1, 1),
    "followed links": lambda c: message_links(c, 1, 1),
    "links": lambda c: campaign_links(c, 1, 1),
    "the stream": lambda c: events_after(c, 1, 5),
    "activity": lambda c: recent_events(c, 1),
    "bounces": lambda c: list_bounces(c, 1, BounceFilter()),
    "bounces of a campaign": lambda c: list_bounces(c, 1, BounceFilter(campaign_id=1, reason="x")),
    "bounces by recipient": lambda c: list_bounces(c, 1, BounceFilter(search="x"), sort="recipient"),
    "a bounce": lambda c: get_bounce(c, 1, 1),
    "what bounces have in common": lambda c: bounce_breakdown(c, 1, START, END),
    "suppressions": lambda c: list_suppressions(c, 1, SuppressionFilter()),
    "suppressions for a reason": lambda c: list_suppressions(c, 1, SuppressionFilter("x", "manual")),
    "a suppressed address": lambda c: find_suppression(c, 1, "a@b.c"),
    "how many are suppressed": lambda c: count_suppressions(c, 1),
    "a check": lambda c: suppressed_among(c, 1, ["a@b.c"]),
    "reports that wait": lambda c: count_unmatched(c, 1),
    "reasons": lambda c: bounces_by_reason(c, 1, 1),
    "overview": lambda c: summary(c, 1),
    "a campaign": lambda c: get_campaign(c, 1, 1),
    "the curve": lambda c: send_curve(c, 1, 1),
    "the week": lambda c: week_heat(c, 1, 1, "Europe/Berlin"),
    "links by place": lambda c: link_positions(c, 1, 1),
    "mailbox providers": lambda c: mailbox_providers(c, 1, 1),
    "clients": lambda c: clients(c, 1, 1),
    "countries": lambda c: countries(c, 1, 1),
}


@pytest.fixture
def plans(sqlite_database: str) -> Any:
    """Runs a query and returns the plan of each of its statements."""
    engine: Engine = make_engine(sqlite_database)
    statements: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, parameters, *_: statements.append((sql, parameters)))

    def run(query: Any) -> list[str]:
        with reading(engine) as connection:
            statements.clear()
            with contextlib.suppress(NotFound):
                query(connection)
            seen = list(statements)
            return [
                row[3]
                for sql, values in seen
                if sql.startswith("SELECT")
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            ]

    yield run
    engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_by_index(plans: Any, page: str) -> None:
    plan = plans(PAGES[page])
    assert plan
    whole = [step for step in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b(?! USING (COVERING )?INDEX)", step)]
    assert whole == []


@pytest.fixture(scope="module")
def filled_url(postgres_url: str) -> str:
    """A database in which a plan that is wrong at millions of rows is wrong already."""
    url = make_url(postgres_url)
    with psycopg.connect(f"host={url.query['host']} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bell_filled")
    filled = url.set(database="bell_filled").render_as_string(hide_password=False)
    migrate(filled)
    engine = make_engine(filled)
    with writing(engine) as connection:
        fill(connection, 30_000)
    engine.dispose()
    return filled


@pytest.fixture
def postgres_plans(filled_url: str) -> Iterator[Any]:
    """The same on PostgreSQL, with the database filled."""
    engine = make_engine(filled_url, pool_size=1)
    statements: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, sql, parameters, *_: statements.append((sql, parameters)))

    def run(query: Any) -> list[str]:
        with reading(engine) as connection:
            statements.clear()
            with contextlib.suppress(NotFound):
                query(connection)
            seen = [(sql, values) for sql, values in statements if sql.startswith(("SELECT", "WITH"))]
            return [str(row[0]) for sql, values in seen for row in connection.exec_driver_sql(f"EXPLAIN {sql}", values)]

    yield run
    engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_by_index_on_postgres_too(postgres_plans: Any, page: str) -> None:
    plan = postgres_plans(PAGES[page])
    assert plan
    whole = re.compile(rf"Seq Scan on ({'|'.join(LARGE)})(_\w+)? (?!.*cost=0.00..0.00)")  # that is an empty partition
    assert [step for step in plan if whole.search(step)] == []
