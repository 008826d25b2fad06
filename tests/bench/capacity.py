"""What an installation of a given size needs, by measured figures: `python -m tests.bench.capacity` prints the table of docs/scaling.md."""

from dataclasses import dataclass
from math import ceil

DAY = 86_400


@dataclass(frozen=True)
class Measured:
    """What one part does, by `make bench-cluster` of 22 November 2026 on two cores that all parts share, rounded to the safe side.

    Of two kinds of events: opens and clicks, and what providers tell. The latter are read by one projector of an installation and folded by
    whoever has their message, so that more projectors help little: their rate is what an installation takes.
    """

    ingest_cpu: float = 45e-6  # of CPU for a reader who is answered (part `ingest`: 40 µs)
    ingest_told_cpu: float = 25e-6  # for an event of a provider, a hundred in a signed request (part `store`: 22 to 24)
    projector_rate: float = 25_000.0  # opens a second of one projector, into PostgreSQL (parts `fold` and `store`: 27,700 to 34,900)
    primary_rate: float = 27_000.0  # of two projectors into one PostgreSQL (`store`: 27,600 to 39,000)
    told_rate: float = 5_000.0  # events of providers a second that an installation takes (`store`: 5,350 with two, 6,300 with one)
    projector_cpu: float = 32e-6  # of all projectors, for an open (`store`: 24 to 32 µs)
    projector_told_cpu: float = 140e-6  # for an event of a provider (102 to 138)
    database_cpu: float = 32e-6  # of PostgreSQL, for an open (21 to 32)
    database_told_cpu: float = 160e-6  # for an event of a provider (111 to 160)
    batch_seconds: float = 0.020  # of a batch with a single event, commit and sync included (`fold`: 6 to 19 ms)
    journal_bytes: float = 132.0  # of an open in JetStream, before its copies, in batches of 20; 48 in batches of 150
    journal_told_bytes: float = 107.0  # of an event of a provider, the request as it came among it
    event_bytes: float = 306.0  # of a stored event with its index entries, packed
    told_bytes: float = 225.0  # what providers told besides: the request as it came, and each event's outcome
    message_bytes: float = 1_100.0  # of a message with its recipient, its share of the sums and all index entries, packed (1,020 to 1,087)
    looseness: float = 1.5  # tables as they lie ÷ packed, after each message was changed several times (1.33 to 1.51)
    log_bytes: float = 1_020.0  # of write-ahead log for an open (700 to 1,000)
    log_told_bytes: float = 2_900.0  # for an event of a provider (2,540 to 2,880)
    core: float = 0.7  # how much of a core, and of a rate that was measured, may be used at the peak: chosen, not measured


@dataclass(frozen=True)
class Traffic:
    """What a mail brings along, and how a day runs: assumed. The days are those of the settings where they have a default."""

    hits_per_mail: float = 0.6  # opens and clicks, machines' included
    told_per_mail: float = 2.1  # sent, delivered, bounced and the like: by providers, a hundred in a request
    peak: float = 4.0  # the busiest hour against the day's mean
    event_days: int = 90
    told_days: int = 30  # LITTLE_BELL_WEBHOOK_KEEP_DAYS
    message_days: int = 365


@dataclass(frozen=True)
class Prices:
    """Of a month, in dollars: a middling list price of large providers, to compare sizes by and not to pay by."""

    core: float = 25.0
    gigabyte: float = 0.10


@dataclass(frozen=True)
class Plan:
    """What so many mails a day need, all installations together; `load` is how much of an installation's rate the busiest hour takes."""

    mails_per_day: float
    mean_events: float
    peak_events: float
    installations: int
    load: float
    ingest_cores: int
    projectors: int
    database_cores: int
    nats_gigabytes: float
    log_gigabytes: float
    database_terabytes: float
    dollars: float

    def cells(self) -> list[str]:
        """A row of the table."""
        return [
            f"{self.mails_per_day / 1e6:,.0f} M",
            f"{self.mean_events:,.0f}",
            f"{self.peak_events:,.0f}",
            f"{self.installations}",
            f"{self.ingest_cores}",
            f"{self.projectors}",
            f"{self.database_cores}",
            f"{self.nats_gigabytes:,.1f}",
            f"{self.log_gigabytes:,.0f}",
            f"{self.database_terabytes:,.1f}",
            f"{round(self.dollars, -2):,.0f}",
        ]


HEAD = [
    "mails a day",
    "events/s, mean",
    "at the peak",
    "installations",
    "ingest cores",
    "projectors",
    "cores of PostgreSQL primaries",
    "JetStream, GB on each of 3",
    "write-ahead log, GB a day",
    "database, TB",
    "dollars a month",
]


def mixed_rate(measured: Measured = Measured(), traffic: Traffic = Traffic()) -> float:
    """Events a second that an installation takes of such a mixture: each kind takes its part of the time."""
    both = traffic.hits_per_mail + traffic.told_per_mail
    return both / (traffic.hits_per_mail / measured.primary_rate + traffic.told_per_mail / measured.told_rate)


def plan(mails_per_day: float, measured: Measured = Measured(), traffic: Traffic = Traffic(), prices: Prices = Prices()) -> Plan:
    """Sized so that the busiest hour is counted as it comes, with a node to spare of each kind in each installation."""
    mails = mails_per_day / DAY
    hits, told = mails * traffic.hits_per_mail, mails * traffic.told_per_mail
    peak, speed = (hits + told) * traffic.peak, mixed_rate(measured, traffic)
    installations = ceil(peak / (speed * measured.core))

    def cores(of_hit: float, of_told: float) -> float:
        return (hits * of_hit + told * of_told) * traffic.peak / measured.core / installations

    ingest = installations * max(2, ceil(cores(measured.ingest_cpu, measured.ingest_told_cpu)) + 1)
    projectors = installations * max(2, ceil(cores(measured.projector_cpu, measured.projector_told_cpu)) + 1)
    database = installations * max(2, ceil(cores(measured.database_cpu, measured.database_told_cpu)))
    waiting = 6 * 3_600 * traffic.peak  # six hours of the peak: a database that is away over night
    nats = waiting * (hits * measured.journal_bytes + told * measured.journal_told_bytes) / 1e9
    log = DAY * (hits * measured.log_bytes + told * measured.log_told_bytes) / 1e9
    stored = measured.looseness * (
        DAY * (hits + told) * traffic.event_days * measured.event_bytes
        + DAY * told * traffic.told_days * measured.told_bytes
        + mails_per_day * traffic.message_days * measured.message_bytes
    )
    # A replica as large as its primary; the web nodes of an installation four cores, its NATS servers two each.
    all_cores = ingest + projectors + 2 * database + installations * (4 + 3 * 2)
    dollars = all_cores * prices.core + (3 * nats + 2 * stored / 1e9) * prices.gigabyte
    load = peak / installations / speed
    return Plan(mails_per_day, hits + told, peak, installations, load, ingest, projectors, database, nats, log, stored / 1e12, dollars)


SIZES = (1, 10, 30, 100, 300, 1_000)


def table() -> str:
    """The table in Markdown, of millions of mails a day."""
    rows = [HEAD, ["---:"] * len(HEAD), *(plan(mails * 1e6).cells() for mails in SIZES)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    print(table())
