"""Every way to fail, in the one shape. What nobody foresaw is the envelope's to log and to answer."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from little_bell.actions.forms import field_name
from little_bell.api.answers import Json, failure, problem
from little_bell.domain.errors import BellError, Invalid, NotFound, Unavailable
from little_bell.journal.base import JournalFull

log = logging.getLogger(__name__)

_WORDS = {
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this method does nothing here"),
}


def install(app: FastAPI) -> None:
    """Make all errors of `app` ours."""
    app.add_exception_handler(BellError, _ours)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _starlettes)
    app.add_exception_handler(JournalFull, _full)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PoolTimeout, _database)


async def _ours(_request: Request, error: Any) -> Json:
    return failure(error)


async def _unfit(_request: Request, error: Any) -> Json:
    """A path or query parameter that doesn't fit: ids in a path are integers, anything else is not there."""
    first = error.errors()[0]
    place, *name = first["loc"]
    if place == "path":
        return failure(NotFound("there is nothing at this address"))
    field = field_name(tuple(name))
    message = "there is no such parameter" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    return failure(Invalid(f"{field}: {message[:1].lower()}{message[1:]}", field))


async def _starlettes(_request: Request, error: Any) -> Json:
    code, message = _WORDS.get(error.status_code, ("error", str(error.detail)))
    return problem(error.status_code, code, message, headers=error.headers)


async def _full(_request: Request, error: Any) -> Json:
    return failure(Unavailable(f"nothing can be recorded just now ({error})", retry_after=10))


async def _unstorable(_request: Request, error: Any) -> Json:
    """PostgreSQL takes no NUL in a text."""
    log.info("a value was refused by the database: %s", error.orig)
    return failure(Invalid("a value holds characters that can't be stored"))


async def _database(request: Request, error: Any) -> Json:
    log.error("the database failed at %s %s: %s", request.method, request.url.path, error)
    return failure(Unavailable("the database can't be reached just now"))
