"""Which journal this process writes: this machine's own, or one that is shared with others."""

from sqlalchemy import Engine

from little_bell.config import Settings
from little_bell.instance import journals_of
from little_bell.journal.base import OpenJournal
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.local import Limits, LocalJournal

#: Under the data folder: where events wait for a shared journal that can't be reached.
WAITING = "journal/waiting"


def open_journal(settings: Settings, engine: Engine) -> OpenJournal:
    """A journal as LITTLE_BELL_JOURNAL_URL says; to be closed. A shared one asks no database."""
    limits = Limits(settings.journal_max_bytes, settings.journal_min_free_percent)
    if settings.journal_url:
        root = settings.data_dir.absolute() / WAITING / settings.journal_stream
        return JetStreamJournal(settings.journal_url, settings.journal_stream, root, limits)
    return LocalJournal(journals_of(engine, settings.data_dir), limits)
