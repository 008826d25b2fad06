"""Mail that came back: handed in, looked at as it came, and placed by hand where no message was found."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import get_args

from sqlalchemy import Connection

from little_bell.actions.forms import fill
from little_bell.api.forms.review import ReviewForm, review_of
from little_bell.api.report_records import handed_in
from little_bell.api.shapes.report import report_row_shape, whole_report_shape
from little_bell.database.desk import Desk, File, Row, an_id
from little_bell.domain.errors import Invalid
from little_bell.files import new_file
from little_bell.queries.paging import Page
from little_bell.queries.reports import ReportRow, State, get_report, list_reports

#: Mails read in one transaction: they are as large as they came.
PAGE = 50


class Returned(Desk):
    """Reports of mail that came back."""

    def hand_in_report(self, mail: bytes) -> None:
        """A mail that came back, raw: kept as it came, read, and counted for its message. The same mail a second time changes nothing."""
        self._record([handed_in(self._tenant_id, self._source, mail, _now())])

    def get_reports(self, state: str | None = None, limit: int | None = None) -> list[Row]:
        """Mail that came back, the newest first: matched, unmatched, ignored or all; all of them where no limit is given."""
        return list(islice(self.iterate_reports(state), limit))

    def iterate_reports(self, state: str | None = None) -> Iterator[Row]:
        """The same one by one, in constant memory."""
        if state is not None and state not in get_args(State):
            raise Invalid(f"state: one of {', '.join(get_args(State))}", "state")

        def page_at(connection: Connection, cursor: str | None) -> Page[ReportRow]:
            return list_reports(connection, self._tenant_id, state, limit=PAGE, cursor=cursor)

        return map(report_row_shape, self._rows(page_at))

    def get_report(self, report_id: int) -> Row:
        """A report with everything that is read in it. Raises NotFound."""
        return whole_report_shape(self._report(report_id))

    def export_report_to_eml(self, report_id: int, output_path: File) -> None:
        """Write the mail as it came to a file, which stands there whole or not at all. Raises NotFound, OSError."""
        found = self._report(report_id)
        with new_file(output_path) as file:
            file.write(found.body)

    def review_report(self, report_id: int, message_id: int | None = None, dismiss: bool = False) -> None:
        """Say which message a report is about, or that it is nothing; without either it is read once more.

        Raises NotFound, Conflict for a report that was counted already, Invalid where nothing is read in it that could be said of a
        message.
        """
        form = fill(ReviewForm, {"message_id": message_id, "dismiss": dismiss})
        with self._here.reading() as connection:
            made = review_of(connection, self._tenant_id, an_id(report_id), form, _now())
        self._record([made])

    def _report(self, report_id: int) -> ReportRow:
        with self._here.reading() as connection:
            return get_report(connection, self._tenant_id, an_id(report_id))


def _now() -> int:
    return time.time_ns() // 1_000
