"""What all of a Database's methods work with: the installation, the tenant, and a journal of its own."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from operator import index
from os import PathLike, fspath
from threading import Lock
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection

from little_bell.actions.forms import MAX_ID
from little_bell.config import Settings, load_settings
from little_bell.domain.errors import NotFound
from little_bell.installation import Installation, ready_engine
from little_bell.journal.base import OpenJournal
from little_bell.journal.records import Record
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.paging import Page
from little_bell.recording import append, open_journal, wait_until_counted

Row = dict[str, Any]
File = str | PathLike[str]
Advance = Callable[[int], None]
Time = datetime | str | None
#: Rows read in one transaction.
PAGE = 1_000


class Desk:
    """Open from the start until close()."""

    def __init__(self, db_path: File | None = None, *, tenant: str | None = None) -> None:
        settings = load_settings() if db_path is None else Settings(database=fspath(db_path))
        self._begin(Installation(settings, ready_engine(settings), tenant or settings.tenant, "python"), "python")

    @classmethod
    def over(cls, here: Installation, source: str) -> Self:
        """One over what is open already; `source` is what its events say of where they come from."""
        desk = cls.__new__(cls)
        desk._begin(here, source)
        return desk

    def _begin(self, here: Installation, source: str) -> None:
        self._here = here
        self._source = source
        self._journal: OpenJournal | None = None
        self._opening = Lock()
        try:
            self._tenant_id = here.tenant_id
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the database and of the journal."""
        with self._opening:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
        self._here.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _own_journal(self) -> OpenJournal:
        """Opened with the first event: whoever only reads or registers leaves no journal behind."""
        with self._opening:
            if self._journal is None:
                self._journal = open_journal(self._here)
            return self._journal

    def _record(self, records: Sequence[Record]) -> None:
        wait_until_counted(self._here, append(self._own_journal(), list(records)))

    def _found(self, query: Callable[[Connection, int, int], Row], id_: int) -> Row | None:
        try:
            with self._here.reading() as connection:
                return query(connection, self._tenant_id, an_id(id_))
        except NotFound:
            return None

    def _check_campaign(self, campaign_id: int) -> None:
        with self._here.reading() as connection:
            get_campaign(connection, self._tenant_id, an_id(campaign_id))

    def _rows(self, page_at: Callable[[Connection, str | None], Page[Any]]) -> Iterator[Any]:
        """The rows of all pages, each read in a transaction of its own: nobody's snapshot stays open meanwhile."""
        cursor = None
        while True:
            with self._here.reading() as connection:
                page = page_at(connection, cursor)
            yield from page.rows
            cursor = page.next_cursor
            if cursor is None:
                return


def an_id(value: int) -> int:
    """The id, where it can be one. Raises NotFound for a number that no database holds, TypeError for no number."""
    number = index(value)
    if not 0 < number <= MAX_ID:
        raise NotFound("there is nothing with this id")
    return number
