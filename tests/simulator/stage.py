"""An installation in which a population's mail is sent and read; gives back what was made of each request.

Nobody sleeps: hours of a campaign are played in seconds. `over_http` sends every request to a real server, through a proxy that it
trusts, and changes but one thing in what the server journaled: when it was received. The benchmark plays whole populations so; the
tests write the large ones into the journal as the server does, and compare a part of each with what a server heard.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from sqlalchemy import Engine, func, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import writing
from little_bell.domain.metrics import COUNTS
from little_bell.instance import journals_of
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit, Mark, Record
from little_bell.models import from_micros
from little_bell.models.tables import campaign_stats, message_events, messages
from little_bell.projector.lease import Lease
from little_bell.projector.loop import Loop
from little_bell.projector.projection import Projection
from little_bell.projector.recount import recount
from little_bell.projector.source import LocalSource
from little_bell.projector.upkeep import Keeping, Upkeep
from tests.bench import houses
from tests.bench.houses import House
from tests.simulator.populations import Population
from tests.simulator.scene import HOUR, MINUTE, PIXEL, TRAP, Letter, Request

#: Monday morning.
START = 1_767_600_000_000_000
TENANT = 1


@dataclass(slots=True)
class Played:
    """A letter, with what the product made of it; `judged` lies beside the letter's requests, as (verdict, reasons)."""

    letter: Letter
    is_human_opened: bool = False
    is_human_clicked: bool = False
    judged: list[tuple[str, str]] = field(default_factory=list)


class Stage:
    """A house with the letters of one population."""

    def __init__(self, folder: Path, population: Population, scale: float = 1.0) -> None:
        self.house: House = houses.build(folder, 0)
        self._shuffle = random.Random(population.seed) if population.is_wild else None
        self.letters: dict[str, Letter] = {}
        self._ids: dict[str, int] = {}
        for number, letters in enumerate(population.letters(scale)):
            self._register(number, letters)

    def _register(self, number: int, letters: list[Letter]) -> None:
        with self.house.engine() as engine, writing(engine) as connection:
            campaign_id = create_campaign(connection, TENANT, NewCampaign(name=f"Campaign {number}"), "simulator")
            for start in range(0, len(letters), 5_000):
                some = {f"campaign-{number}-letter-{letter.number}": letter for letter in letters[start : start + 5_000]}
                forms = [NewMessage(campaign_id=campaign_id, recipient_email=f"{t}@example.com", tracking_token=t) for t in some]
                made = create_messages(connection, TENANT, forms, at=from_micros(START - HOUR))
                self._ids |= {token: message.id for token, message in zip(some, made, strict=True)}
                self.letters |= some
        for letter in letters:
            _make_times_unique(letter)

    def requests(self) -> list[tuple[str, Request]]:
        """Every request with its token, in the order in which they come."""
        found = [(token, request) for token, letter in self.letters.items() for request in letter.requests]
        found.sort(key=lambda pair: pair[1].at)
        return found

    def hits(self) -> list[Record]:
        """What a server journals of them."""
        return [hit_of(token, request) for token, request in self.requests()]

    def marks(self) -> list[Record]:
        """What senders and providers tell of the hand-over."""
        told = [(token, letter) for token, letter in self.letters.items() if letter.told]
        return [Mark(TENANT, self._ids[token], letter.told, START + letter.told_at, "api") for token, letter in told]

    def play(self, hits: list[Record]) -> list[Played]:
        """Journal everything in the order of its time (the wild: nearly), fold it, and read what came of it."""
        records = sorted([*hits, *self.marks()], key=self._time_of)
        with self.house.engine() as engine:
            root = journals_of(engine, self.house.data_dir)
            journal = LocalJournal(root, Limits(min_free_percent=0))
            for start in range(0, len(records), 150):
                journal.append(records[start : start + 150])
            journal.close()
            _fold(engine, root)
            with writing(engine) as connection:
                assert recount(connection).differences == []
            return list(self._outcome(engine))

    def counts(self) -> dict[str, int]:
        """What all campaigns add up to."""
        with self.house.engine() as engine, engine.connect() as connection:
            sums = select(*(func.sum(campaign_stats.c[name]) for name in COUNTS))
            return dict(zip(COUNTS, map(int, connection.execute(sums).one()), strict=True))

    def _time_of(self, record: Record) -> float:
        return record.received_at + (self._shuffle.uniform(0, 5 * MINUTE) if self._shuffle else 0)

    def _outcome(self, engine: Engine) -> Iterator[Played]:
        events, letters = message_events.c, messages.c
        with engine.connect() as connection:
            hits = select(events.message_id, events.received_at, events.verdict, events.reasons).where(events.source.in_(("pixel", "link")))
            judged = {(row.message_id, row.received_at): (row.verdict, row.reasons) for row in connection.execute(hits)}
            states = select(letters.token, letters.id, letters.human_opened_at, letters.human_clicked_at)
            for row in connection.execute(states):
                letter = self.letters[row.token]
                seen = [judged[row.id, from_micros(START + request.at)] for request in letter.requests]
                yield Played(letter, row.human_opened_at is not None, row.human_clicked_at is not None, seen)


def url_of(link: int) -> str:
    """The destination of a link."""
    return "https://shop.example.com/#lb-trap" if link == TRAP else f"https://shop.example.com/page-{link}"


def hit_of(token: str, request: Request) -> Hit:
    """A request as the server journals it."""
    purpose = ";".join(f"{name.lower()}={value}" for name, value in request.headers if "purpose" in name.lower())
    is_open = request.link == PIXEL
    kind, url = ("opened", "") if is_open else ("clicked", url_of(request.link))
    is_head = request.method == "HEAD"
    tenant_id = 0 if is_open else TENANT
    return Hit(kind, token, START + request.at, tenant_id, True, is_head, request.address, request.agent, purpose, url)


def at_its_time(hit: Hit, request: Request) -> Hit:
    """What a real server journaled of a request, as if it had come at the scenario's hour."""
    return msgspec.structs.replace(hit, received_at=START + request.at)


def _make_times_unique(letter: Letter) -> None:
    last = -(10**18)
    for place, request in enumerate(letter.requests):
        last = max(request.at, last + 1)
        letter.requests[place] = replace(request, at=last)


def _fold(engine: Engine, root: Path) -> None:
    lease = Lease(root)
    lease.take(engine)
    projection = Projection(engine, lease, b"k" * 32)
    upkeep = Upkeep(engine, lease, projection, root, Keeping(72 * 3600, 10**9))
    loop = Loop(engine, projection, LocalSource(engine, root), upkeep)
    try:
        while loop.step() or upkeep.step():
            pass
    finally:
        loop.drain()
        lease.release(engine)
