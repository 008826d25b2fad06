"""What an installation of a given size needs, by measured figures: `python -m tests.bench.capacity` prints the table of docs/scaling.md."""

from dataclasses import dataclass
from math import ceil

DAY = 86_400


@dataclass(frozen=True)
class Measured:
    """What one part does: by the benchmarks, rounded to the safe side, or by the design's limit where it says so (docs/scaling.md)."""

    ingest_cpu: float = 55e-6  # CPU seconds for a reader who is answered, journal on JetStream: 47 µs were measured
    projector_rate: float = 30_000.0  # events a second of one projector process, into PostgreSQL
    batch_seconds: float = 0.020  # of a batch with a single event, commit and sync included: 19 ms were measured, on a busy machine
    primary_rate: float = 56_000.0  # events a second that one PostgreSQL takes from several projectors
    journal_bytes: float = 100.0  # of an event in JetStream, before its copies: 48 were measured in batches of 150 with twenty agents
    event_bytes: float = 243.0  # of a stored event with its index entries
    message_bytes: float = 571.0  # of a message with its index entries
    core: float = 0.7  # how much of a core may be busy at the peak


@dataclass(frozen=True)
class Traffic:
    """What a mail brings along, and how a day runs."""

    hits_per_mail: float = 0.6  # opens and clicks, machines' included
    told_per_mail: float = 2.1  # sent, delivered, bounced and the like: by providers, a hundred in a request
    peak: float = 4.0  # the busiest hour against the day's mean
    event_days: int = 90
    message_days: int = 365


@dataclass(frozen=True)
class Prices:
    """Of a month, in dollars: a middling list price of large providers, to compare sizes by and not to pay by."""

    core: float = 25.0
    gigabyte: float = 0.10


@dataclass(frozen=True)
class Plan:
    """What so many mails a day need."""

    mails_per_day: float
    mean_events: float
    peak_events: float
    ingest_cores: int
    projectors: int
    partitions: int
    primaries: int
    nats_gigabytes: float
    database_terabytes: float
    dollars: float

    def cells(self) -> list[str]:
        """A row of the table."""
        return [
            f"{self.mails_per_day / 1e6:,.0f} M",
            f"{self.mean_events:,.0f}",
            f"{self.peak_events:,.0f}",
            f"{self.ingest_cores}",
            f"{self.projectors} of {self.partitions}",
            f"{self.primaries}",
            f"{self.nats_gigabytes:,.1f}",
            f"{self.database_terabytes:,.1f}",
            f"{round(self.dollars, -2):,.0f}",
        ]


HEAD = [
    "mails a day",
    "events/s, mean",
    "at the peak",
    "ingest cores",
    "projectors of partitions",
    "PostgreSQL primaries",
    "JetStream, GB on each of 3",
    "database, TB",
    "dollars a month",
]


def plan(mails_per_day: float, measured: Measured = Measured(), traffic: Traffic = Traffic(), prices: Prices = Prices()) -> Plan:
    """Sized so that the busiest hour is counted as it comes, with a node to spare of each kind."""
    mails = mails_per_day / DAY
    mean = mails * (traffic.hits_per_mail + traffic.told_per_mail)
    peak = mean * traffic.peak
    ingest = max(2, ceil(mails * traffic.hits_per_mail * traffic.peak * measured.ingest_cpu / measured.core) + 1)
    projectors = max(2, ceil(peak / (measured.projector_rate * measured.core)) + 1)
    primaries = ceil(peak / (measured.primary_rate * measured.core))
    nats = peak * 3_600 * 6 * measured.journal_bytes / 1e9  # six hours of the peak: a database that is away over night
    database = mails_per_day * (
        traffic.event_days * (traffic.hits_per_mail + traffic.told_per_mail) * measured.event_bytes
        + traffic.message_days * measured.message_bytes
    )
    # A primary and its replica have two cores for each projector that writes to them; the web nodes four, NATS two each.
    cores = ingest + projectors * 3 + primaries * 2 * 2 + 4 + 3 * 2
    dollars = cores * prices.core + (3 * nats + 2 * database / 1e9) * prices.gigabyte
    partitions = max(8, min(47, projectors * 2))
    return Plan(mails_per_day, mean, peak, ingest, projectors, partitions, primaries, nats, database / 1e12, dollars)


def table() -> str:
    """The table in Markdown."""
    rows = [HEAD, ["---:"] * len(HEAD), *(plan(mails * 1e6).cells() for mails in (1, 10, 100, 300, 1_000))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    print(table())
