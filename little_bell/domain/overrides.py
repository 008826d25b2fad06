"""What somebody says of an event: a person or a machine, whatever the rules made of it. The last word counts."""

import hashlib
from enum import StrEnum


class Said(StrEnum):
    """Who caused an event, as somebody says who knows better."""

    HUMAN = "human"
    MACHINE = "machine"


#: Where what was said of an event is taken back.
TAKEN_BACK = ""
#: Of whose events it can be said.
OVERRULED_TYPES = ("opened", "clicked")


def mark_of(type_: str, received_at: int, stated_at: int | None, source: str, visitor: int, url: str | None) -> int:
    """A number of 63 bits that names an event within its message.

    Its id can be another once events are folded anew after a restore; what it is made of can't. Times are microseconds since 1970.
    """
    text = "\0".join(map(str, (type_, received_at, stated_at, source, visitor, url or "")))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) >> 1
