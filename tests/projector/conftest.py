"""A campaign in a database, a journal to write to, and a projector that is stepped by hand."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.links import register_links
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.domain.events import MINUTE, QUARTER
from little_bell.domain.overrides import mark_of
from little_bell.domain.visitors import visitor_of
from little_bell.journal.base import Position
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit, Mark, Override, Record
from little_bell.models import from_micros
from little_bell.models.tables import campaign_stats, message_events, messages, projector_counts
from little_bell.projector.lease import Lease
from little_bell.projector.loop import Loop
from little_bell.projector.places import Places
from little_bell.projector.projection import Projection
from little_bell.projector.recount import Recount, recount
from little_bell.projector.source import LocalSource
from little_bell.projector.upkeep import Keeping, Upkeep
from tests.fixtures.nats import Nats, nats_servers
from tests.fixtures.people import Person

if TYPE_CHECKING:
    from tests.projector.audience import Audience
    from tests.projector.shared_post import SharedPost

#: The start of a quarter-hour some days ago: messages are registered then, and read in the hours after.
START = (time.time_ns() // 1_000 - 3 * 24 * 60 * MINUTE) // QUARTER * QUARTER


def open_of(token: str, minute: float = 60, reader: int = 1, **facts: Any) -> Hit:
    """One of many readers fetches the pixel, so many minutes after START."""
    return Hit("opened", token, START + int(minute * MINUTE), 0, True, address=f"203.0.{reader}.7", agent="Mail/1.0", **facts)


def click_of(token: str, url: str, minute: float = 60, tenant_id: int = 0, *, is_signed: bool = True) -> Hit:
    """A reader follows a link."""
    return Hit("clicked", token, START + int(minute * MINUTE), tenant_id, is_signed, address="203.0.1.7", agent="Mail/1.0", url=url)


def override_of(hit: Hit, message_id: int, verdict: str, at: int, tenant_id: int, **facts: Any) -> Override:
    """Somebody says who caused a hit."""
    visitor = visitor_of(b"k" * 32, hit.address, hit.agent)
    mark = mark_of(hit.type, hit.received_at, None, "pixel" if hit.type == "opened" else "link", visitor, hit.url)
    return Override(tenant_id, message_id, hit.received_at, mark, verdict, at, "api", "ann@example.com", **facts)


class Running:
    """A projector that holds the lease and works when it is told to."""

    def __init__(
        self,
        engine: Engine,
        journals: Path,
        lease: Lease,
        ip_policy: str = "full",
        event_days: int = 0,
        lists_folder: str = "",
        places: Places | None = None,
    ) -> None:
        self.lease = lease
        self.projection = Projection(engine, lease, b"k" * 32, ip_policy, lists_folder, places)
        self.upkeep = Upkeep(engine, lease, self.projection, journals, Keeping(72 * 3600, 10**9, event_days))
        self.source = LocalSource(engine, journals)
        self.loop = Loop(engine, self.projection, self.source, self.upkeep)

    def fold(self) -> None:
        """Fold all that is there."""
        while self.loop.step():
            pass

    def keep_house(self) -> None:
        """Do all the upkeep that waits."""
        self.upkeep._next_at = 0.0  # it rests for a moment after a round that found nothing
        while self.upkeep.step():
            pass

    def keep_rare_house(self) -> None:
        """The same with what is done every few seconds, or once a minute, now."""
        self.upkeep._trimmed_at = self.upkeep._cleared_at = self.upkeep._prolonged_at = self.upkeep._retained_at = -1e9
        self.keep_house()
        self.keep_house()


class Post:
    """Alice's campaign, its messages, and the journal through which they hear of their readers."""

    def __init__(self, engine: Engine, alice: Person, folder: Path) -> None:
        self.engine, self.tenant_id, self.journals = engine, alice.tenant_id, folder
        self.journal = LocalJournal(folder, Limits(min_free_percent=0))
        self.campaign_id = self.new_campaign()

    def new_campaign(self, tenant_id: int | None = None) -> int:
        with writing(self.engine) as connection:
            return create_campaign(connection, tenant_id or self.tenant_id, NewCampaign(name="Newsletter"), "tests")

    def register(self, *tokens: str, campaign_id: int | None = None, tenant_id: int | None = None, test: bool = False) -> list[int]:
        """Messages with these tokens, registered at START; their ids."""
        campaign_id, tenant_id = campaign_id or self.campaign_id, tenant_id or self.tenant_id
        new = [NewMessage(campaign_id=campaign_id, recipient_email=f"{t}@example.com", tracking_token=t, test=test) for t in tokens]
        with writing(self.engine) as connection:
            return [made.id for made in create_messages(connection, tenant_id, new, at=from_micros(START))]

    def link(self, *urls: str, campaign_id: int | None = None) -> None:
        with writing(self.engine) as connection:
            register_links(connection, self.tenant_id, campaign_id or self.campaign_id, urls)

    def mark(self, message_id: int, kind: str, minute: float = 30, **facts: Any) -> Mark:
        return Mark(self.tenant_id, message_id, kind, START + int(minute * MINUTE), "api", **facts)

    def write(self, *records: Record) -> Position:
        return self.journal.append(list(records))

    @contextmanager
    def projecting(self, **options: Any) -> Iterator[Running]:
        """A projector process of its own, from taking the lease to its end."""
        lease = Lease(self.journals)
        lease.take(self.engine)
        running = Running(self.engine, self.journals, lease, **options)
        try:
            yield running
        finally:
            running.source.forget()
            running.source._alarm.close()
            lease.release(self.engine)

    def project(self) -> None:
        """A projector starts, folds all that is there, and ends."""
        with self.projecting() as running:
            running.fold()

    def recount(self, *, mend: bool = False) -> Recount:
        with writing(self.engine) as connection:
            return recount(connection, mend=mend)

    def rows(self, statement: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def events(self) -> list[Any]:
        return self.rows(select(message_events.c.type, message_events.c.message_id).order_by(message_events.c.id))

    def counts(self) -> dict[str, int]:
        """Why events weren't counted."""
        return {name: events for name, events in self.rows(select(projector_counts.c.name, projector_counts.c.events)) if events}

    def stats(self, *names: str, campaign_id: int | None = None) -> tuple[int, ...]:
        """Sums of the campaign."""
        columns = [campaign_stats.c[name] for name in names]
        found = self.rows(select(*columns).where(campaign_stats.c.campaign_id == (campaign_id or self.campaign_id)))
        return tuple(found[0]) if found else (0,) * len(names)

    def message(self, token: str) -> Any:
        with reading(self.engine) as connection:
            return connection.execute(select(messages).where(messages.c.token == token)).one()


@pytest.fixture
def post(engine: Engine, alice: Person, tmp_path: Path) -> Iterator[Post]:
    post = Post(engine, alice, tmp_path / "journals")
    yield post
    post.journal.close()


@pytest.fixture
def audience(engine: Engine, alice: Person, tmp_path: Path) -> Iterator["Audience"]:
    """Alice's campaign with a journal of its own, and messages to people."""
    from tests.projector.audience import Audience

    audience = Audience(engine, alice, tmp_path / "journals")
    yield audience
    audience.journal.close()


Make = Callable[..., Post]


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """One NATS server for all tests; each has a stream of its own."""
    with nats_servers(tmp_path_factory.mktemp("nats")) as servers:
        yield servers


@pytest.fixture
def shared(engine: Engine, alice: Person, tmp_path: Path, nats: Nats) -> Iterator["SharedPost"]:
    """Alice's campaign with a journal that is shared."""
    from tests.projector.shared_post import SharedPost

    post = SharedPost(engine, alice, tmp_path, nats)
    yield post
    post.close()
