"""Exports that are made into a file first, for somebody who watches how far it is: kept for an hour, for their tenant alone."""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlencode

from little_bell.domain.errors import BellError, NotFound
from little_bell.domain.exports import Format
from little_bell.files import new_file

KEEP_SECONDS = 3_600.0
_TICKET = re.compile(r"[0-9a-f]{32}")


class Cancelled(BellError):
    """Whoever asked for the file doesn't want it any more."""


#: Gives a file in pieces, and tells how many rows it read.
Pieces = Callable[[Callable[[int], None]], Iterator[bytes]]


def make(pieces: Pieces, folder: Path, tenant_id: int, format_: Format, advance: Callable[[int], None], stop: Event) -> str:
    """The ticket of a file with what `pieces` gives, which is the tenant's.

    `advance` is told how many rows were read. Raises Cancelled soon after `stop` was set, OSError; then there is no file.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            old.unlink(missing_ok=True)

    def told(rows: int) -> None:
        if stop.is_set():
            raise Cancelled("the export was cancelled")
        advance(rows)

    ticket = secrets.token_hex(16)
    with new_file(folder / f"{tenant_id}-{ticket}.{format_}") as file:
        file.writelines(pieces(told))
    return ticket


def made(folder: Path, tenant_id: int, ticket: str, format_: Format) -> Path | None:
    """Where the file is; None where it isn't here (another node's or tenant's, or of hours ago). Raises NotFound for what is no ticket."""
    if not _TICKET.fullmatch(ticket):
        raise NotFound("there is no such file: export it again", "ticket")
    path = folder / f"{tenant_id}-{ticket}.{format_}"
    return path if path.exists() else None


def asked_for(wanted: Mapping[str, Any], format_: Format) -> str:
    """What a file holds, by the names that the API's filters have, as an address's query: so that any node can make it."""
    said = {name: value for name, value in wanted.items() if value not in (None, "")}
    words = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in said.items()}
    return urlencode({"format": str(format_), **words})
