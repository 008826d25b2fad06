"""Numbers over all campaigns, bounces, and the stream of events."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from little_bell.actions.forms import Period, fill
from little_bell.actions.kept_sets import drop_numbers, keep_numbers
from little_bell.api.shapes import bounce_count_shape, bounce_shape, stream_shape, summary_shape
from little_bell.database.desk import PAGE, Desk, File, Row
from little_bell.files import new_file
from little_bell.queries.bounces import BounceFilter, BounceRow, bounce_conditions, bounces_by_reason, list_bounces
from little_bell.queries.events import events_after
from little_bell.queries.exports import bounces_csv
from little_bell.queries.kept import get_set, list_sets, pinned
from little_bell.queries.overview import summary
from little_bell.queries.paging import Page


class Reports(Desk):
    """What all of it adds up to."""

    def get_summary(self, start: datetime | None = None, end: datetime | None = None, set_name: str | None = None) -> Row:
        """Totals and rates over all campaigns: of messages whose sent_at (else created_at) lies in [start, end), else of all.

        `set_name`: as they were kept under that name. Raises NotFound where there is no such set.
        """
        period = fill(Period, {"start": start, "end": end})
        with self._here.reading() as connection, pinned(connection, self._tenant_id, set_name):
            found = summary(connection, self._tenant_id, period.start, period.end)
        return summary_shape(found) | {"start": period.start, "end": period.end}

    def get_sets(self) -> list[Row]:
        """The sets of numbers that were kept under a name, the newest first."""
        with self._here.reading() as connection:
            return [asdict(row) for row in list_sets(connection, self._tenant_id)]

    def keep_set(self, name: str) -> Row:
        """Keep the present numbers of the tenant under a name. Raises Invalid; Conflict for a name that is taken."""
        with self._here.writing() as connection:
            kept = keep_numbers(connection, self._tenant_id, name, self._here.actor)
            return asdict(get_set(connection, self._tenant_id, kept))

    def drop_set(self, name: str) -> None:
        """Let go of a set of the tenant's own. Raises NotFound."""
        with self._here.writing() as connection:
            drop_numbers(connection, self._tenant_id, name, self._here.actor)

    def get_bounces(self, campaign_id: int | None = None, limit: int | None = None) -> list[Row]:
        """Bounces as they were reported, the newest first; all of them where no limit is given."""
        return list(islice(self.iterate_bounces(campaign_id), limit))

    def iterate_bounces(self, campaign_id: int | None = None) -> Iterator[Row]:
        """The same one by one, in constant memory."""
        if campaign_id is not None:
            self._check_campaign(campaign_id)

        def page_at(connection: Connection, cursor: str | None) -> Page[BounceRow]:
            return list_bounces(connection, self._tenant_id, BounceFilter(campaign_id), limit=PAGE, cursor=cursor)

        return map(bounce_shape, self._rows(page_at))

    def get_bounce_reasons(self, campaign_id: int | None = None, limit: int = 1_000) -> list[Row]:
        """How many messages bounced for which reason, the most frequent first."""
        if campaign_id is not None:
            self._check_campaign(campaign_id)
        with self._here.reading() as connection:
            return [bounce_count_shape(row) for row in bounces_by_reason(connection, self._tenant_id, campaign_id, limit)]

    def export_bounces_to_csv(self, output_path: File, campaign_id: int | None = None) -> None:
        """Write the bounces to a file, which stands there whole or not at all. Raises OSError."""
        if campaign_id is not None:
            self._check_campaign(campaign_id)
        with new_file(output_path) as file:
            conditions = bounce_conditions(self._tenant_id, BounceFilter(campaign_id))
            file.writelines(piece.encode() for piece in bounces_csv(self._here.reading, self._tenant_id, conditions))

    def get_events(self, after: int = 0, limit: int = 1_000) -> list[Row]:
        """Events of all messages behind the id `after`, in the order they were recorded; the last one's id is the next `after`."""
        with self._here.reading() as connection:
            return [stream_shape(row) for row in events_after(connection, self._tenant_id, after, limit)]
