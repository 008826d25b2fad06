"""Who opened in which minute: the same reader again is a repeat, stored but no further open."""

from little_bell.domain.events import MINUTE

#: More readers of one message than this in one minute are a flood, and bound the state that is kept.
MAX_VISITS_A_MINUTE = 256


def visit(when: int, visitor: int, is_human: bool) -> int:
    """Who opened in which minute, as one integer: minute, 32 bits of the visitor, human or not."""
    return when // MINUTE << 33 | (visitor & 0xFFFFFFFF) << 1 | is_human


def see(visits: set[int], seen: int) -> tuple[bool, bool]:
    """Add a visit; whether it is a further open, and whether a further human one. A reader who was human once stands there as such.

    The same reader again in one minute is a repeat: it is stored, but is no further open.
    """
    if not visits:  # nearly always
        visits.add(seen)
        return True, bool(seen & 1)
    as_machine, as_human = seen & ~1, seen | 1
    if as_human in visits:
        return False, False
    room, human_room = _room(visits, seen) if len(visits) >= MAX_VISITS_A_MINUTE else (True, True)
    is_new = room and as_machine not in visits
    is_new_human = human_room and seen == as_human
    if is_new_human:
        visits.discard(as_machine)
        visits.add(as_human)
    elif is_new:
        visits.add(as_machine)
    return is_new, is_new_human


def _room(visits: set[int], seen: int) -> tuple[bool, bool]:
    """Whether the minute may take one more reader, and one more human one."""
    readers = [v & 1 for v in visits if v >> 33 == seen >> 33]
    return len(readers) < MAX_VISITS_A_MINUTE, sum(readers) < MAX_VISITS_A_MINUTE


def minute_of(visit: int) -> int:
    """The minute (since 1970) of a visit."""
    return visit >> 33


def newest_visits(visits: set[int]) -> set[int]:
    """The visits of the newest minute: all that later events of a live message need."""
    if len(visits) == 1:  # nearly always
        return visits
    newest = minute_of(max(visits, default=0))
    return {v for v in visits if v >> 33 == newest}
