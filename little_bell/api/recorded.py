"""Events over HTTP: journaled before they are answered, and usually counted by then."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from little_bell.actions.idempotency import Answer
from little_bell.api.answers import Json, to_json
from little_bell.api.callers import Caller
from little_bell.api.context import Context
from little_bell.api.freshness import WRITE_SECONDS, wait_until_folded
from little_bell.api.once import journal_once
from little_bell.journal.base import Position
from little_bell.journal.records import Record


def record(context: Context, caller: Caller, request: Request, body: bytes, records: Sequence[Record], answer: dict[str, Any]) -> Json:
    """The answer, once the records are journaled, and counted if that takes no longer than WRITE_SECONDS. Raises JournalFull."""

    def work() -> tuple[Answer, Position]:
        position = context.journal.append(list(records))
        wait_until_folded(context, position, WRITE_SECONDS)
        return Answer(200, to_json(answer)), position

    return journal_once(context, caller, request, body, work)
