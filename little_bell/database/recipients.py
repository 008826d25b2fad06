"""One recipient's data: shown whole, or erased."""

from little_bell.api.known import erasures_of, whole_recipient
from little_bell.database.desk import Desk, Row


class Recipients(Desk):
    """Whom messages go to."""

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
