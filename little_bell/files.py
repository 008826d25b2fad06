"""Files that are whole or not there."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO


@contextmanager
def new_file(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """What is written to it stands at `path` once the block ends well; else nothing has changed there. Raises OSError."""
    place = Path(path).resolve()
    if place.exists() and not place.is_file():  # /dev/stdout; a folder raises
        with place.open("wb") as file:
            yield file
        return
    draft = place.with_name(f".{place.name[:200]}.{token_hex(4)}")
    try:
        with draft.open("xb") as file:
            yield file
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
