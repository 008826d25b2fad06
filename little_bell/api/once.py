"""Idempotency-Key on a POST: what was answered under it is answered again."""

import hashlib
from collections.abc import Callable

from fastapi import Request
from sqlalchemy import Connection

from little_bell.actions.idempotency import Answer, Once, claim, release, settle
from little_bell.api.answers import Json
from little_bell.api.callers import Caller
from little_bell.api.context import Context
from little_bell.domain.errors import Invalid
from little_bell.journal.base import Position

REPLAYED = {"Idempotent-Replay": "true"}


#: Writes, and returns what will make the answer.
Work = Callable[[Connection], Callable[[], Answer]]


def write_once(context: Context, caller: Caller, request: Request, body: bytes, work: Work) -> Json:
    """The answer to `work`. Under a key it is committed together with what `work` wrote."""
    once = _once(caller, request, body)
    if once is None:
        with context.writing() as connection:
            make = work(connection)
        answer = make()  # the lock is given back first: the answer to a batch takes longer than its rows
        return Json(answer.body, answer.status)
    with context.writing() as connection:
        known = claim(connection, once)
        answer = known or work(connection)()
        if known is None:
            settle(connection, once, answer)
    return Json(answer.body, answer.status, REPLAYED if known else None)


def journal_once(context: Context, caller: Caller, request: Request, body: bytes, work: Callable[[], tuple[Answer, Position]]) -> Json:
    """The answer of `work`, which journals: the key is taken before, and given back if nothing was journaled."""
    once = _once(caller, request, body)
    if once:
        with context.writing() as connection:
            known = claim(connection, once)
        if known:
            return Json(known.body, known.status, REPLAYED)
    try:
        answer, position = work()
    except BaseException:
        if once:
            with context.writing() as connection:
                release(connection, once)
        raise
    if once:
        with context.writing() as connection:
            settle(connection, once, answer)
    return Json(answer.body, answer.status, {"X-Journal-Position": str(position)})


def _once(caller: Caller, request: Request, body: bytes) -> Once | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Invalid("an Idempotency-Key has 1 to 255 printable characters", "Idempotency-Key")
    route = f"{request.method} {request.url.path}"[:200]
    return Once(caller.tenant_id, caller.key_id, route, key, hashlib.sha256(body).hexdigest())
