"""Reading what providers send: times in their many forms, tokens in their metadata, failures in their words."""

import email.parser
import email.policy
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from little_bell.domain.bounces import Reason, judge
from little_bell.domain.events import BounceFacts
from little_bell.domain.links import parse_query
from little_bell.domain.tokens import is_token
from little_bell.providers.base import LONGEST_TEXT, Request

#: The names under which a sender puts our token into a provider's metadata, as compared: lower case, _ for -.
TOKEN_NAMES = ("lb_token", "x_little_bell_token", "tracking_token")
_LENGTHS = frozenset(map(len, TOKEN_NAMES))
#: Beyond these a number is no time of a mail: 2001 to 2096, in seconds.
EARLIEST, LATEST = 1_000_000_000, 4_000_000_000
#: Seven digits of a second are more than datetime takes (Postmark).
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_TRACKED = re.compile(r"/track/redirect/([A-Za-z0-9._~-]{8,128})$")


def objects(request: Request) -> list[dict[str, Any]]:
    """The JSON objects of a body: one, or an array of them. Raises ValueError."""
    found = orjson.loads(request.body)
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in several):
        raise ValueError("objects are wanted")
    return several


def form(request: Request) -> dict[str, str]:
    """The fields of a form, urlencoded or multipart; of several with one name the last, which is the provider's own."""
    if request.kind != "multipart/form-data":
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=1_000))
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(head + request.body)
    fields: dict[str, str] = {}
    for part in parts.get_payload() if parts.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        if isinstance(name, str) and isinstance(content, bytes):
            fields[name] = content.decode()
    return fields


def micros(value: Any, unit: int = 1) -> int | None:
    """A time as microseconds since 1970: a number of seconds (of `unit` a second), the same as text, or ISO 8601."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return _iso(value)
    try:
        seconds = float(value) / unit
    except (TypeError, ValueError):
        return None
    return round(seconds * 1_000_000) if EARLIEST < seconds < LATEST else None


def _iso(value: str) -> int | None:
    try:
        when = datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", value.strip()))
    except ValueError:
        return None
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def text(value: Any) -> str:
    """A value as text that can be stored; empty for what is none."""
    if isinstance(value, str):
        return value.strip().replace("\0", "")[:LONGEST_TEXT]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def table(value: Any) -> Mapping[str, Any]:
    """An object within an object; empty where there is none."""
    return value if isinstance(value, dict) else {}


def tokens(*places: Any) -> list[str]:
    """Our token, wherever it stands: an object with one of TOKEN_NAMES, JSON of one, `lb_token: …`, or the bare token."""
    return list(dict.fromkeys(token for place in places for token in _tokens(place) if is_token(token)))


def _tokens(place: Any) -> Iterator[str]:
    if isinstance(place, dict):
        for name, value in place.items():
            if len(name) in _LENGTHS and name.lower().replace("-", "_") in TOKEN_NAMES:
                yield text(value[0] if isinstance(value, list) and value else value)
    elif isinstance(place, str):
        stripped = place.strip()
        if stripped.startswith("{"):
            try:
                yield from _tokens(orjson.loads(stripped))
            except ValueError:
                return
        else:
            name, _, value = stripped.partition(":")
            yield value.strip() if name.strip().lower().replace("-", "_") in TOKEN_NAMES else stripped


def message_id_token(value: Any) -> str:
    """The token in a Message-ID that we made (domain.links.Addresses), or what may be one; empty for anything else."""
    left = text(value).strip("<> ").partition("@")[0].replace("=2E", ".")
    return left if is_token(left) else ""


def message_ids(*values: Any) -> list[str]:
    """The ids under which a sender may have stored the message: each as it is, and without its angle brackets."""
    found: list[str] = []
    for value in values:
        if known := text(value)[:300]:
            found += [known, bare] if (bare := known.strip("<>")) != known else [known]
    return list(dict.fromkeys(found))


def destination(url: Any) -> tuple[str, str]:
    """Where a link leads, and the token of the message, if it is one of our own tracked links that the provider wrapped."""
    given = text(url)
    try:
        parts = urlsplit(given)
    except ValueError:
        return given, ""
    ours = _TRACKED.search(unquote(parts.path))
    inner = parse_query(parts.query.encode("utf-8", "replace")).get("url", "") if ours else ""
    return (inner, ours[1]) if ours and inner else (given, "")


def failure(
    said: Any,
    *,
    status: Any = None,
    is_permanent: bool | None = None,
    category: Reason | None = None,
    subtype: Any = None,
) -> BounceFacts:
    """What a failure means: the server's words decide, then the provider's own classification where they say nothing."""
    words = text(said)
    judged = judge(words, text(status) or None, command="rcpt")
    reason = category if category is not None and judged.reason is Reason.UNKNOWN else judged.reason
    permanent = judged.permanent if is_permanent is None else is_permanent
    kind = "permanent" if permanent else "temporary"
    return BounceFacts(kind, str(reason), words or "unknown", text(subtype)[:64] or None, text(status) or None)
