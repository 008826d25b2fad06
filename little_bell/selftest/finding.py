"""What was found of one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  # works, but somebody should look at it
    FAIL = "fail"  # doesn't work


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` says what to do; empty where nothing is to be done."""

    level: Level
    name: str
    said: str
    mend: str = ""


def ok(name: str, said: str) -> Finding:
    """It is right."""
    return Finding(Level.OK, name, said)


def warn(name: str, said: str, mend: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(Level.WARN, name, said, mend)


def fail(name: str, said: str, mend: str) -> Finding:
    """It doesn't work."""
    return Finding(Level.FAIL, name, said, mend)
