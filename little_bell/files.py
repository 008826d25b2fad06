"""Files that are whole or not there."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO


class _Told(io.BufferedWriter):
    """A file that says how much is written to it."""

    def __init__(self, raw: io.FileIO, advance: Callable[[int], None] | None) -> None:
        super().__init__(raw)
        self._advance = advance

    def write(self, data: Any) -> int:
        if self._advance is not None:
            self._advance(len(data))
        return super().write(data)


@contextmanager
def new_file(path: str | PathLike[str], advance: Callable[[int], None] | None = None) -> Iterator[BinaryIO]:
    """What is written to it stands at `path` once the block ends well; else nothing has changed there. Raises OSError.

    `advance` is told how many bytes each write had.
    """
    place = Path(path).resolve()
    if place.exists() and not place.is_file():  # /dev/stdout; a folder raises
        with _Told(io.FileIO(place, "wb"), advance) as file:
            yield file
        return
    draft = place.with_name(f".{place.name[:200]}.{token_hex(4)}")
    try:
        with _Told(io.FileIO(draft, "xb"), advance) as file:
            yield file
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
