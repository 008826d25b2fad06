"""JSON out: times in UTC with a Z, and the one shape of every error."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response

from little_bell.domain.errors import STATUS, BellError, TooMany, Unauthorized, Unavailable


def to_json(content: Any) -> bytes:
    """The content as JSON."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


class Json(Response):
    """A JSON answer; bytes are JSON already."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else to_json(content)


def failure(error: BellError) -> Json:
    """The answer to an error of ours."""
    headers = {}
    if isinstance(error, TooMany | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(STATUS[type(error)], error.code, error.message, error.field, headers)


def problem(status: int, code: str, message: str, field: str | None = None, headers: Mapping[str, str] | None = None) -> Json:
    """`{"error": {"code", "message", "field"}}`."""
    return Json({"error": {"code": code, "message": message, "field": field}}, status, dict(headers or {}))
