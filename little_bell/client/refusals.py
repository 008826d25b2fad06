"""Answers that are refusals, as the errors that they were at the server."""

import httpx

from little_bell.domain.errors import STATUS, BellError, TooMany, Unavailable

_KINDS = {status: kind for kind, status in STATUS.items()}
_RETRY_AFTER = 5


def refusal(response: httpx.Response) -> BellError:
    """The error that was answered, with its code and field."""
    try:
        told = response.json()["error"]
        message, code, field = str(told["message"]), str(told["code"]), told["field"]
    except (ValueError, KeyError, TypeError):
        return _strange(response)
    kind = _KINDS.get(response.status_code, BellError)
    if not issubclass(kind, TooMany | Unavailable):
        return kind(message, field, code)
    said = response.headers.get("retry-after", "")
    error = kind(message, int(said) if said.isdigit() else _RETRY_AFTER)
    error.code, error.field = code, field
    return error


def unreachable(request: httpx.Request, error: httpx.TransportError) -> Unavailable:
    """Nobody answered."""
    return Unavailable(f"{request.url.scheme}://{request.url.netloc.decode()} can't be reached: {error or type(error).__name__}")


def _strange(response: httpx.Response) -> BellError:
    """Whoever answered isn't Little Bell: a proxy, or another program."""
    address = str(response.request.url)
    if response.is_redirect:
        return BellError(f"{address} leads on to {response.headers['location']}: use the address it leads to", "url", "wrong_address")
    message = f"{address} answered {response.status_code} {response.reason_phrase}, and not as Little Bell does: is the address right?"
    return Unavailable(message) if response.status_code in (429, 502, 503, 504) else BellError(message, "url", "wrong_address")
