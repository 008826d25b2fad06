"""Reading one's own writes: an answer says where its fact stands in the journal, and a later read can wait for that."""

import time

from fastapi import Request

from little_bell.api.context import Context
from little_bell.domain.errors import Invalid
from little_bell.journal.base import Position
from little_bell.queries.projection import is_folded

POLL_SECONDS = 0.01
#: How long the answer to a mark waits for its own projection.
WRITE_SECONDS = 0.25
#: How long a read waits that names a position.
READ_SECONDS = 2.0


def read_after(request: Request, context: Context) -> None:
    """Wait for what X-Read-After names; the answer says X-Stale: true if it isn't there in time.

    Raises Invalid for a text that isn't a position of ours.
    """
    asked = request.headers.get("x-read-after")
    if asked is None:
        return
    position = Position.parse(asked)
    if position is None:
        raise Invalid("this is not an X-Journal-Position that an answer gave", "X-Read-After")
    if not wait_until_folded(context, position, READ_SECONDS):
        request.state.headers.append((b"x-stale", b"true"))


def wait_until_folded(context: Context, position: Position, seconds: float) -> bool:
    """Whether the position was folded within that time."""
    deadline = time.monotonic() + seconds
    while True:
        with context.reading() as connection:
            if is_folded(connection, position):
                context.wrote()
                return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
