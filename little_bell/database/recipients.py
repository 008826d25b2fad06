"""Whom messages go to: segments of them; and one's data, shown whole or erased."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from little_bell.api.known import erasures_of, whole_recipient
from little_bell.api.shapes.segment import recipient_shape, segments_shape
from little_bell.database.desk import PAGE, Advance, Desk, File, Row
from little_bell.domain.exports import export_words
from little_bell.domain.readings import one_word
from little_bell.domain.segments import RecipientSort, segment_of
from little_bell.files import new_file
from little_bell.projector.recipients_turn import settle_all
from little_bell.queries.paging import Page
from little_bell.queries.segment_files import export_recipients
from little_bell.queries.segments import RecipientRow, count_recipients, list_recipients

#: What was counted a moment ago is taken into the recipients' rows first, for so long at most.
SETTLE_SECONDS = 10.0


class Recipients(Desk):
    """Whom messages go to.

    Segments are asked for by unopened, opened, opened_within, not_opened_within, clicked, clicked_within, not_clicked_within,
    sent_within, not_sent_within, new_within, suppressed, domain, search and include (docs/segments.md).
    """

    def get_recipients(self, limit: int | None = None, *, sort: str = "address", **segment: Any) -> list[Row]:
        """Everybody mail went to, one row an address, or a segment of them; all where no limit is given. Raises Invalid."""
        return list(islice(self.iterate_recipients(sort=sort, **segment), limit))

    def iterate_recipients(self, *, sort: str = "address", **segment: Any) -> Iterator[Row]:
        """The same one by one, in constant memory."""
        wanted, order = segment_of(**segment), one_word(RecipientSort, sort, "sort")
        form = wanted.include if segment.get("include") else None
        self._settle()

        def page_at(connection: Connection, cursor: str | None) -> Page[RecipientRow]:
            return list_recipients(connection, self._tenant_id, wanted, sort=order, limit=PAGE, cursor=cursor)

        return (recipient_shape(row, form) for row in self._rows(page_at))

    def count_recipients(self, **segment: Any) -> int:
        """How many are in a segment; several conditions that many fit take a second or two for a million. Raises Invalid."""
        wanted = segment_of(**segment)
        self._settle()
        with self._here.reading() as connection:
            return count_recipients(connection, self._tenant_id, wanted, is_whole=True) or 0

    def get_segments(self) -> list[Row]:
        """The segments that everybody asks for, each with its `name`, its `query`, and how many are in it: `human` and `all`."""
        self._settle()
        with self._here.reading() as connection:
            return list(segments_shape(connection, self._tenant_id)["segments"])

    def export_recipients(self, output_path: File, format: str = "csv", advance: Advance | None = None, **segment: Any) -> None:
        """Write a segment to a file (csv, jsonl, xlsx, parquet), which stands there whole or not at all. Raises Invalid, OSError.

        `advance` is told how many bytes each step wrote.
        """
        wanted, (_, kind) = segment_of(**segment), export_words("messages", format)
        self._settle()
        with new_file(output_path, advance) as file:
            file.writelines(export_recipients(self._here.reading, self._tenant_id, wanted, kind))

    def _settle(self) -> None:
        settle_all(self._here.engine, SETTLE_SECONDS)

    def export_recipient(self, recipient: str) -> Row:
        """Everything that is stored of one recipient: `messages` with their events, and `receipts` as they came. Raises NotFound."""
        with self._here.reading() as connection:
            return whole_recipient(connection, self._tenant_id, recipient)

    def erase_recipient(self, recipient: str) -> int:
        """Forget one recipient, while every counter stays as it is; how many messages went to them. Raises NotFound."""
        with self._here.writing() as connection:
            records, count = erasures_of(connection, self._tenant_id, recipient, self._here.actor)
        self._record(records)
        return count
