"""A journal that is shared: whether it takes events, and whether somebody folds all of it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing

from little_bell.config import Settings
from little_bell.journal.backlog import backlog
from little_bell.journal.link import Link
from little_bell.journal.stream import StreamMismatch, StreamMissing, find_stream
from little_bell.queries.projection import SharedRow
from little_bell.selftest.finding import Finding, fail, ok, warn

WAIT_SECONDS = 4.0
SAFE_REPLICAS = 3
#: A webhook has four megabytes at most, and mail that came back ten, which are packed.
LARGEST_PACKET = 8_000_000
#: What waits no longer than that is being folded.
USUAL_SECONDS = 5.0


def stream_finding(settings: Settings) -> Finding:
    """What the servers say. Whether they sync before they acknowledge can't be asked: `sync_interval` is their own configuration."""
    name = "shared journal"
    with closing(Link(settings.journal_url)) as link:
        _wait_for(link)
        try:
            facts, most = link.call(find_stream(link.client, settings.journal_stream), WAIT_SECONDS), link.client.max_payload
        except StreamMissing:
            return warn(name, f"there is no stream {settings.journal_stream} yet", "the first little-bell serve --role projector makes it")
        except StreamMismatch as wrong:
            return fail(name, str(wrong), "choose another name with LITTLE_BELL_JOURNAL_STREAM")
        except Exception as error:
            said = str(error) or type(error).__name__
            return fail(name, f"NATS can't be asked: {said}", "start it, or put LITTLE_BELL_JOURNAL_URL right; events wait on this disk")
    said = f"{facts.bytes // 1_000_000:,} of {facts.max_bytes // 1_000_000:,} MB, {facts.replicas} replicas"
    if facts.partitions != settings.journal_partitions:
        told = f"it has {facts.partitions} partitions, and {settings.journal_partitions} are set"
        return fail(name, told, f"LITTLE_BELL_JOURNAL_PARTITIONS={facts.partitions}")
    if facts.replicas < SAFE_REPLICAS:
        return warn(
            name, f"{said}: one server that dies may keep events from being stored", "three servers, LITTLE_BELL_JOURNAL_REPLICAS=3"
        )
    if most < LARGEST_PACKET:
        told = f"{said}; larger mails and webhooks than {most:,} bytes wait on this disk"
        return warn(name, told, "max_payload: 8MB in the servers' configuration")
    return ok(name, f"{said}; the servers need sync_interval: always")


def backlog_finding(settings: Settings, folded: Mapping[int, int], usual_seconds: float = USUAL_SECONDS) -> Finding:
    """What waits in it to be folded."""
    name = "projectors"
    with closing(Link(settings.journal_url)) as link:
        try:
            _wait_for(link)
            waiting = link.call(backlog(link.client, settings.journal_stream, folded), WAIT_SECONDS)
        except Exception as error:
            return warn(name, f"what waits to be counted isn't known: {str(error) or type(error).__name__}", "see the shared journal above")
    if waiting.seconds < usual_seconds:
        return ok(name, "everything in the shared journal is counted")
    said = f"{waiting.packets:,} batches wait to be counted, the oldest for {waiting.seconds:,.0f} s"
    return warn(name, said, "look at the projectors' logs; more of them share the work")


def _wait_for(link: Link) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not link.is_up and time.monotonic() < deadline:
        time.sleep(0.02)


def projectors_findings(shared: SharedRow) -> Iterator[Finding]:
    """Who folds it."""
    if shared.alarm:
        yield fail("stream", shared.alarm, "restore the stream, or go on with the new one: little-bell db adopt-stream")
    if shared.unowned:
        said = f"nobody folds {shared.unowned} of {shared.partitions + 1} partitions"
        yield fail("partitions", said, "little-bell serve --role projector")
    else:
        yield ok("partitions", f"{shared.partitions + 1}, folded by {shared.projectors} projectors")
