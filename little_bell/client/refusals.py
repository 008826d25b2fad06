"""What answers say, and refusals as the errors that they were at the server."""

from typing import Any

import httpx
import orjson

from little_bell.domain.errors import STATUS, BellError, TooMany, Unavailable

_KINDS = {status: kind for kind, status in STATUS.items()}
_RETRY_AFTER = 5


def refusal(response: httpx.Response) -> BellError:
    """The error that was answered, with its code and field."""
    try:
        told = response.json()["error"]
        message, code, field = str(told["message"]), str(told["code"]), told["field"]
    except (ValueError, KeyError, TypeError):
        return strange(response)
    kind = _KINDS.get(response.status_code, BellError)
    if not issubclass(kind, TooMany | Unavailable):
        return kind(message, field, code)
    said = response.headers.get("retry-after", "")
    error = kind(message, int(said) if said.isdigit() else _RETRY_AFTER)
    error.code, error.field = code, field
    return error


#: The media types of what can be downloaded.
_FILES = ("text/csv", "message/rfc822", "application/x-ndjson", "application/vnd.openxmlformats", "application/vnd.apache.parquet")


def content_of(response: httpx.Response) -> Any:
    """The answer's JSON. Raises BellError where it holds none."""
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise strange(response) from None


def is_a_file(response: httpx.Response) -> bool:
    """Whether the answer is a file."""
    return response.is_success and response.headers.get("content-type", "").startswith(_FILES)


def unreachable(request: httpx.Request, error: httpx.TransportError) -> Unavailable:
    """Nobody answered."""
    return Unavailable(f"{request.url.scheme}://{request.url.netloc.decode()} can't be reached: {error or type(error).__name__}")


def strange(response: httpx.Response) -> BellError:
    """The error of an answer that isn't Little Bell's, but a proxy's or another program's."""
    address = str(response.request.url)
    if response.is_redirect:
        return BellError(f"{address} leads on to {response.headers['location']}: use the address it leads to", "url", "wrong_address")
    message = f"{address} answered {response.status_code} {response.reason_phrase}, and not as Little Bell does: is the address right?"
    return Unavailable(message) if response.status_code in (429, 502, 503, 504) else BellError(message, "url", "wrong_address")
