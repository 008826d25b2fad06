"""How many recipients are in each bucket that segments are counted by: what changed rows take away and add."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sqlalchemy import Connection, Table

from little_bell.domain.recipients import KINDS, Standing, buckets_of
from little_bell.models.tables import recipient_counts
from little_bell.projector.write import upsert

_KEY = ("tenant_id", "kind", "is_suppressed", "bucket")


class Counts:
    """Changes of one transaction, written together."""

    table: ClassVar[Table] = recipient_counts

    def __init__(self) -> None:
        self._changes: Counter[tuple[int, str, bool, int]] = Counter()

    def change(self, tenant_id: int, rows: Iterable[Mapping[str, Any]], by: int) -> None:
        """Rows of recipients come (1) or go (-1)."""
        for row in rows:
            standing = Standing(*(row[name] for name in Standing._fields))
            is_suppressed = row["suppressed_until"] is not None
            for kind, bucket in zip(KINDS, buckets_of(standing), strict=True):
                self._changes[tenant_id, kind, is_suppressed, bucket] += by

    def write(self, connection: Connection) -> None:
        """In the order of the table's key."""
        rows = [{**dict(zip(_KEY, key, strict=True)), "recipients": change} for key, change in sorted(self._changes.items()) if change]
        upsert(connection, self.table, rows, add=["recipients"])
