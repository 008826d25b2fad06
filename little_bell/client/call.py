"""One call of the API as a value: what to send, and what to make of the answer. Sending it is another's business."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import index
from os import PathLike
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
File = str | PathLike[str]
Time = datetime | str | None
Advance = Callable[[int], None]
#: Fields that hold what the sender or an event brought along: nothing in them is ours to read.
_OTHERS = frozenset({"metadata", "details", "headers"})
_TIMES = ("_at", "start", "end")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request, and how its answer's JSON becomes a `T`; `absent` gives what stands for a thing that isn't there.

    A body of bytes is sent as it is, of any other its JSON.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str = "application/json"
    absent: Callable[[], T] | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """A list that comes page by page, `most` rows on each: JSON arrays, until one has no X-Next-Cursor."""

    path: str
    query: Mapping[str, Any]
    limit: int | None = None
    offset: int = 0
    most: int = 1_000


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that goes into a file as it comes."""

    path: str
    query: Mapping[str, Any]
    output_path: File
    advance: Advance | None = None


def one(place: str, id_: int) -> str:
    """The path of one thing. Raises TypeError for what is no number."""
    return f"{place}/{index(id_)}"


def rows(content: Sequence[Any]) -> list[Row]:
    """An array of rows with times as aware datetimes."""
    return [row(each) for each in content]


def row(content: Mapping[str, Any]) -> Row:
    """An object with times as aware datetimes, in what it holds too."""
    return {name: value if name in _OTHERS else _value(name, value) for name, value in content.items()}


def nothing(_content: Any = None) -> None:
    """Of an answer that says no more than that it is done, or that there is no such thing."""


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if name.endswith(_TIMES) else value
    if isinstance(value, dict):
        return row(value)
    if isinstance(value, list):
        return [row(each) if isinstance(each, dict) else each for each in value]
    return value
