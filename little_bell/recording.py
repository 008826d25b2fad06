"""Events from a process that is no server: journaled like all others, then folded here, unless a server's projector is at it."""

import logging
import time

from little_bell import recorder
from little_bell.domain.errors import Unavailable
from little_bell.installation import Installation
from little_bell.journal.base import JournalFull, OpenJournal, Position
from little_bell.journal.records import Record
from little_bell.projector.projector import Projector
from little_bell.projector.rights import LeaseTaken
from little_bell.queries.projection import is_folded

FOLD_SECONDS = 30.0
POLL_SECONDS = 0.02

log = logging.getLogger(__name__)


def wait_until_counted(here: Installation, position: Position) -> None:
    """Returns once it is counted; says so in the log where that takes longer than FOLD_SECONDS."""
    if not fold_up_to(here, position, FOLD_SECONDS):
        log.warning("It is recorded, and will be counted once the projector has caught up.")


def open_journal(here: Installation) -> OpenJournal:
    """A journal of this process's own, beside those of servers; to be closed."""
    return recorder.open_journal(here.settings, here.engine)


def append(journal: OpenJournal, records: list[Record]) -> Position:
    """Where the records stand now, synced. Raises Unavailable."""
    try:
        return journal.append(records)
    except JournalFull as full:
        raise Unavailable(f"it can't be recorded just now: {full}") from full


def fold_up_to(here: Installation, position: Position, seconds: float) -> bool:
    """Whether everything up to the position was counted in time, by whoever holds the lease."""
    deadline = time.monotonic() + seconds
    while not _is_folded(here, position):
        if time.monotonic() > deadline:
            return False
        if not here.settings.journal_url:  # of a shared journal, projectors have it
            _fold_here(here)
        if not _is_folded(here, position):
            time.sleep(POLL_SECONDS)
    return True


def _fold_here(here: Installation) -> None:
    try:
        Projector(here.engine, here.settings).run_once()
    except LeaseTaken:
        log.debug("somebody else folds")


def _is_folded(here: Installation, position: Position) -> bool:
    with here.reading() as connection:
        return is_folded(connection, position)
