"""What /metrics says. No tenant's name is in it."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from little_bell.api.context import Context, Counters
from little_bell.journal.backlog import Backlog
from little_bell.queries.projection import SharedRow, database_bytes, event_totals, is_folded, projection, shared_journal
from little_bell.replica import Replica

log = logging.getLogger(__name__)

STARTED, STARTED_AT = time.monotonic(), time.time()


def make_registry(context: Context) -> CollectorRegistry:
    """Everything that is shown."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Little(context))
    ProcessCollector(registry=registry)
    return registry


def as_builtins(registry: CollectorRegistry) -> dict[str, Any]:
    """The same for JSON: by name, values with their labels."""
    return {
        metric.name: {
            "help": metric.documentation,
            "values": [{"name": sample.name, "labels": sample.labels, "value": sample.value} for sample in metric.samples],
        }
        for metric in registry.collect()
    }


class _Little(Collector):
    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("little_bell_uptime_seconds", "Seconds since the start.", time.monotonic() - STARTED)
        if self._context.counters is not None:
            yield from _of_readers(self._context.counters)
        is_full = self._context.why_full() is not None
        yield GaugeMetricFamily("little_bell_journal_full", "1 while nothing can be recorded.", float(is_full))
        figures = self._context.journal_figures()
        if figures.is_shared is not None:
            told = "1 while events go to the shared journal, 0 while they wait on this node's disk."
            yield GaugeMetricFamily("little_bell_journal_shared", told, float(figures.is_shared))
        largest = figures.largest_batch
        yield GaugeMetricFamily("little_bell_journal_largest_batch", "The most records that shared one append.", float(largest))
        if self._context.replica is not None:
            yield from _of_replica(self._context.replica)
        try:
            yield from _of_database(self._context)
        except SQLAlchemyError:
            yield GaugeMetricFamily("little_bell_database_up", "0 while the database can't be reached.", 0.0)


def _of_readers(counters: Counters) -> Iterator[Metric]:
    answers = CounterMetricFamily("little_bell_answers", "Readers answered, by event type.", labels=["type"])
    for kind, count in sorted(counters.answered.items()):
        answers.add_metric([kind], count)
    yield answers
    drops = CounterMetricFamily("little_bell_drops", "Readers answered whose event could not be recorded, by reason.", labels=["reason"])
    for reason, count in sorted(counters.drops.items()):
        drops.add_metric([reason], count)
    yield drops
    yield _latency(counters)


def _of_replica(replica: Replica) -> Iterator[Metric]:
    yield GaugeMetricFamily("little_bell_replica_up", "0 while the replica can't be read.", float(not replica.is_away))
    told = "Reads of the primary for want of the replica, by reason."
    fallbacks = CounterMetricFamily("little_bell_replica_fallbacks", told, labels=["reason"])
    for reason in ("away", "behind"):
        fallbacks.add_metric([reason], replica.fallbacks[reason])
    yield fallbacks


def _latency(counters: Counters) -> Metric:
    total, buckets = 0, []
    for bound, count in zip([*counters.latency_bounds, float("inf")], counters.latency, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
    return HistogramMetricFamily("little_bell_latency_seconds", "Time to answer a reader, synced.", buckets, counters.latency_sum)


def _of_projectors(shared: SharedRow) -> Iterator[Metric]:
    yield GaugeMetricFamily("little_bell_projectors", "Projectors that are alive and share the journal.", float(shared.projectors))
    yield GaugeMetricFamily("little_bell_partitions_unowned", "Partitions of the journal that nobody folds.", float(shared.unowned))
    yield GaugeMetricFamily("little_bell_journal_alarm", "1 while the stream isn't the one that was folded.", float(bool(shared.alarm)))


def _waiting(context: Context, shared: SharedRow | None) -> Backlog | None:
    """What of a shared journal waits, whoever wrote it; None where it can't be asked."""
    if shared is None or context.backlog is None:
        return None
    try:
        return context.backlog(shared.folded)
    except Exception as error:  # whatever it is: the other numbers are wanted all the more
        log.warning("what waits in the shared journal isn't known: %s", str(error) or type(error).__name__)
        return None


def _of_database(context: Context) -> Iterator[Metric]:
    with context.reading() as connection:
        state, size, totals = projection(connection), database_bytes(connection), event_totals(connection)
        last = context.journal_figures().last
        is_behind = last is not None and not is_folded(connection, last)
        shared = shared_journal(connection, datetime.now(UTC))
    yield GaugeMetricFamily("little_bell_database_up", "0 while the database can't be reached.", 1.0)
    if shared is not None:
        yield from _of_projectors(shared)
    yield GaugeMetricFamily("little_bell_database_bytes", "Size of the main database.", float(size))
    yield GaugeMetricFamily("little_bell_parked_records", "Hits whose token isn't known yet.", float(state.parked_records))
    yield GaugeMetricFamily("little_bell_dead_records", "Records that could not be folded.", float(state.dead_records))
    lag = time.time() - (state.folded_at.timestamp() if state.folded_at else STARTED_AT) if is_behind else 0.0
    waiting = _waiting(context, shared)
    if waiting is not None:
        lag = max(lag, waiting.seconds)
        yield GaugeMetricFamily("little_bell_projection_lag_batches", "Batches of the shared journal that wait.", float(waiting.packets))
    yield GaugeMetricFamily("little_bell_projection_lag_seconds", "For how long what waits has been waiting to be counted.", lag)
    events = GaugeMetricFamily("little_bell_events", "Counted events in the rollups, by type and whose.", labels=["type", "verdict"])
    for (kind, verdict), count in totals.items():
        events.add_metric([kind, verdict], float(count))
    yield events
    uncounted = CounterMetricFamily("little_bell_uncounted", "Events that were not counted, by reason.", labels=["reason"])
    for reason, count in sorted(state.counts.items()):
        uncounted.add_metric([reason], count)
    yield uncounted
