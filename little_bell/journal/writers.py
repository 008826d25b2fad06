"""Writers' names in a shared journal. Each tells when it was taken, so that projectors need not remember all there ever were."""

import os
import time
from datetime import UTC, datetime, timedelta

#: A writer takes a new name each day; a projector knows one so long after it last heard of it, and longer than any is believed.
NAMED_FOR = timedelta(days=1)
BELIEVED_FOR, KNOWN_FOR = timedelta(days=89), timedelta(days=90)
#: UUIDs of version 7 (RFC 9562, section 5.7) begin with milliseconds since 1970. Names of version 4, of older versions of ours, don't.
_VERSION, _PLACE = "7", 12
#: Names that tell their time, as SQL's LIKE takes it.
TIMED = "_" * _PLACE + _VERSION + "%"


def new_name() -> str:
    """A name that nobody else has, in 32 hex digits."""
    digits = (time.time_ns() // 1_000_000).to_bytes(6, "big").hex() + os.urandom(10).hex()
    return f"{digits[:12]}{_VERSION}{digits[13:16]}8{digits[17:]}"


def taken_at(name: str) -> datetime | None:
    """When the name was taken; None for one that doesn't tell."""
    if name[_PLACE : _PLACE + 1] != _VERSION:
        return None
    return datetime.fromtimestamp(int(name[:12], 16) / 1_000, UTC) if int(name[:12], 16) < 1 << 44 else None


def is_worn(name: str) -> bool:
    """Whether it is time for another name; so it is when the clock was set."""
    taken = taken_at(name)
    return taken is None or abs(datetime.now(UTC) - taken) > NAMED_FOR


def may_be_forgotten(name: str) -> bool:
    """Whether projectors that don't know the name may have known it once: then nobody can say what of it was counted."""
    taken = taken_at(name)
    return taken is not None and datetime.now(UTC) - taken > BELIEVED_FOR
