"""Which messages marks mean."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from little_bell.api.forms.mark import BulkMark
from little_bell.domain.errors import Conflict, NotFound
from little_bell.queries.messages import Named, find_named


def marked_messages(connection: Connection, tenant_id: int, marks: Sequence[BulkMark]) -> list[Named]:
    """The messages that the marks name, in their order. Raises NotFound, Conflict, which name the row."""
    wanted: dict[str, set[int | str]] = defaultdict(set)
    for mark in marks:
        column, value = mark.name
        wanted[column].add(value)
    found = {column: find_named(connection, tenant_id, column, list(values)) for column, values in wanted.items()}
    messages = []
    for place, mark in enumerate(marks):
        column, value = mark.name
        named = found[column].get(value, [])
        field = f"marks[{place}].{'tracking_token' if column == 'token' else column}"
        if not named:
            raise NotFound("there is no such message", field)
        if len(named) > 1:
            raise Conflict(f"{len(named)} messages have this {column}; name the message by its id", field)
        messages.append(named[0])
    return messages
