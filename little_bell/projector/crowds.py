"""Which networks followed single links of many messages: kept between folds, so that the fifth tells what the first was."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, select, tuple_

from little_bell.domain.verdicts.behaviour import CROWD, DENSE_CROWD, FILTERS_LOOK
from little_bell.models import now, to_micros
from little_bell.models.tables import crowd_clicks, rejudge_waiting
from little_bell.projector.dictionaries import insert_new
from little_bell.projector.states import MANY

#: Tenant, network, ten minutes.
Key = tuple[int, int, int]
#: The crowds of a message, and whether it only listens.
Mine = Mapping[Key, bool]

#: After so long a crowd is forgotten; what it showed stays.
KEPT = 7 * 24 * 3600 * 1_000_000
#: Crowds forgotten in a step.
STEP = 5_000

#: Of PostgreSQL's locks with a number, for a transaction each.
LOCK = 0x4C42_0001

_key = (crowd_clicks.c.tenant_id, crowd_clicks.c.network, crowd_clicks.c.slot)


def oldest_slot() -> int:
    """Crowds before this are forgotten, or will be soon."""
    return (to_micros(now()) - KEPT) // FILTERS_LOOK


@dataclass(slots=True)
class Crowds:
    """What a batch changes in the crowds, their sizes after it, and the messages for whom that changes something."""

    gone: set[tuple[Key, int]] = field(default_factory=set)
    come: dict[tuple[Key, int], bool] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)


def settle_crowds(connection: Connection, crowds: Mapping[int, Mine]) -> Crowds:
    """Compare the crowds of judged messages (by id) with those that are stored."""
    settled = Crowds()
    stored = _stored(connection, crowds)
    keys = {key for mine in (*crowds.values(), *stored.values()) for key in mine}
    if not keys:
        return settled
    settled.sizes = before = _sizes(connection, keys)
    settled.sizes = dict(before)
    for message_id, mine in crowds.items():
        _compare(settled, message_id, stored.get(message_id, {}), mine)
    crossed = [key for key in keys if _tier(before.get(key, 0)) != _tier(settled.sizes.get(key, 0))]
    settled.waiting = _members(connection, crossed) - crowds.keys()
    return settled


def _compare(settled: Crowds, message_id: int, before: Mine, after: Mine) -> None:
    for key in before.keys() | after.keys():
        was, is_ = before.get(key), after.get(key)
        if was == is_:
            continue
        if was is not None:
            settled.gone.add((key, message_id))
        if is_ is not None:
            settled.come[key, message_id] = is_
        settled.sizes[key] = settled.sizes.get(key, 0) + (is_ is False) - (was is False)


def _tier(size: int) -> int:
    return (size >= CROWD) + (size >= DENSE_CROWD)


def _stored(connection: Connection, message_ids: Collection[int]) -> dict[int, dict[Key, bool]]:
    found: dict[int, dict[Key, bool]] = {}
    ids = sorted(message_ids)
    for start in range(0, len(ids), MANY):
        mine = crowd_clicks.c.message_id.in_(ids[start : start + MANY])
        for row in connection.execute(select(crowd_clicks).where(mine)):
            found.setdefault(row.message_id, {})[row.tenant_id, row.network, row.slot] = bool(row.is_private)
    return found


def _sizes(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    counts = select(*_key, func.count().label("n")).where(~crowd_clicks.c.is_private).group_by(*_key)
    return {
        (row.tenant_id, row.network, row.slot): row.n
        for some in _pieces(keys)
        for row in connection.execute(counts.where(tuple_(*_key).in_(some)))
    }


def _members(connection: Connection, keys: Iterable[Key]) -> set[int]:
    members = select(crowd_clicks.c.message_id)
    return {message_id for some in _pieces(keys) for message_id in connection.execute(members.where(tuple_(*_key).in_(some))).scalars()}


def _pieces(keys: Iterable[Key]) -> Iterable[list[Key]]:
    ordered = sorted(keys)
    return (ordered[start : start + MANY // 3] for start in range(0, len(ordered), MANY // 3))


def write_crowds(connection: Connection, settled: Crowds) -> None:
    """Store what has changed, and who waits for it."""
    for some in _pieces_of_rows(settled.gone):
        connection.execute(delete(crowd_clicks).where(tuple_(*_key, crowd_clicks.c.message_id).in_(some)))
    names = ("tenant_id", "network", "slot")
    rows = [
        dict(zip(names, key, strict=True)) | {"message_id": message_id, "is_private": is_private}
        for (key, message_id), is_private in sorted(settled.come.items())
    ]
    if rows:
        connection.execute(crowd_clicks.insert(), rows)


def lock_crowds(connection: Connection) -> None:
    """From here to the end of the transaction no other projector says who is to be judged again. On SQLite there is no other."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def outgrown(connection: Connection, settled: Crowds) -> set[int]:
    """The members of crowds that are of another size than this batch knew, because others wrote at the same time."""
    if connection.dialect.name == "sqlite" or not settled.sizes:
        return set()
    sizes = _sizes(connection, settled.sizes)
    return _members(connection, [key for key, size in settled.sizes.items() if _tier(size) != _tier(sizes.get(key, 0))])


def _pieces_of_rows(gone: Iterable[tuple[Key, int]]) -> Iterable[list[Any]]:
    rows: list[Any] = [(*key, message_id) for key, message_id in sorted(gone)]
    return (rows[start : start + MANY // 4] for start in range(0, len(rows), MANY // 4))


def wait(connection: Connection, message_ids: Iterable[int]) -> None:
    """Have messages judged again as soon as there is time."""
    rows = [{"message_id": message_id} for message_id in sorted(message_ids)]
    if rows:
        connection.execute(insert_new(connection, rejudge_waiting), rows)


def forget_crowds(connection: Connection) -> int:
    """Let go of some crowds that are long past; how many clicks that were."""
    old = select(*_key, crowd_clicks.c.message_id).where(crowd_clicks.c.slot < oldest_slot()).limit(STEP)
    whole = tuple_(*_key, crowd_clicks.c.message_id)
    rows = [tuple(row) for row in connection.execute(old)]
    for start in range(0, len(rows), MANY // 4):
        connection.execute(delete(crowd_clicks).where(whole.in_(rows[start : start + MANY // 4])))
    return len(rows)
