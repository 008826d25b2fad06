"""What our own pixel and links saw, beside what a provider says of the same readers: one open is not two."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from little_bell.domain.events import MINUTE
from little_bell.journal.records import Notice
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import message_events
from little_bell.projector.states import MANY, Row

#: A provider's open or click so near to one of ours is the same: the reader's client asks for both images together.
NEAR = 2 * MINUTE
OWN = frozenset({"pixel", "link"})
#: Places in store.EVENT_COLUMNS.
_MESSAGE, _TYPE, _WHEN, _SOURCE, _IS_COUNTED, _URL = 3, 4, 5, 8, 10, 17

Seen = dict[tuple[int, str], list[tuple[int, str]]]


def own_events(connection: Connection, rows: Sequence[Row], found: Iterable[tuple[Notice, int]]) -> Seen:
    """Our counted opens and clicks near the notices, by message and type: when, and where to. `rows` are those of this batch."""
    seen: Seen = defaultdict(list)
    for row in rows:
        if row[_SOURCE] in OWN and row[_IS_COUNTED]:
            seen[row[_MESSAGE], row[_TYPE]].append((row[_WHEN], row[_URL] or ""))
    asked = [(message_id, notice.stated_at or notice.received_at) for notice, message_id in found if notice.type in ("opened", "clicked")]
    if not asked:
        return seen
    ids, times, table = sorted({message_id for message_id, _ in asked}), [when for _, when in asked], message_events.c
    columns = (table.message_id, table.type, table.occurred_at, table.url)
    near = table.occurred_at.between(from_micros(min(times) - NEAR), from_micros(max(times) + NEAR))
    for start in range(0, len(ids), MANY):
        mine = (table.message_id.in_(ids[start : start + MANY]), table.source.in_(OWN), table.is_counted, near)
        for row in connection.execute(select(*columns).where(*mine)):
            seen[row.message_id, row.type].append((to_micros(row.occurred_at), row.url or ""))
    return seen


def is_seen(seen: Seen, notice: Notice, message_id: int, when: int) -> bool:
    """Whether one of ours is the same: near in time and, where both name one, of the same address."""
    ours = seen.get((message_id, notice.type), ())
    return any(abs(when - at) <= NEAR and (not notice.url or not url or url == notice.url) for at, url in ours)
