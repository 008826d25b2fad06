"""Enhanced status codes (RFC 3463 and its registry at IANA) and SMTP reply codes (RFC 5321), and what they mean."""

import re

from little_bell.domain.bounces import vocabulary as v
from little_bell.domain.bounces.vocabulary import Cause

_STATUS = re.compile(r"(?<![\d.\-/])([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
#: A status that stands right behind a reply code is the one the server gave; others may be quoted or commented on.
_AFTER_REPLY = re.compile(r"(?<![\d.])[245]\d\d[ \-#:('<]{1,3}([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
#: Amazon SES puts the last words of the other server into angles behind its own: `4.4.7 Message expired: …<421 4.4.2 …>`.
_QUOTED = re.compile(r"[.:]\s?<[245]\d\d ([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")
_UNDOTTED = re.compile(r"\s*([245])(\d)(\d)(?!\d)")  # some write a reply code into the Status field
_REPLY = re.compile(r"(?:^|[\s:;(\[<>\"',=])([245][0-5]\d)(?=$|[\s\-:;,.<'\"#)\]])(?!\.\d)")

#: Causes by subject and detail; the class only says for how long.
_MEANINGS: dict[tuple[int, int], Cause] = {
    (1, 0): v.NO_SUCH_USER,
    (1, 1): v.NO_SUCH_USER,
    (1, 2): v.NO_SUCH_HOST,
    (1, 3): v.NO_SUCH_USER,
    (1, 4): v.REFUSED_BY_RECIPIENT,
    (1, 6): v.MOVED,
    (1, 7): v.SENDER_REFUSED,
    (1, 8): v.SENDER_REFUSED,
    (1, 10): v.TAKES_NO_MAIL,
    (1, 351): v.NO_SUCH_USER,
    (2, 0): v.REFUSED_BY_RECIPIENT,
    (2, 1): v.DISABLED,
    (2, 2): v.FULL,
    (2, 3): v.OVER_LIMIT,
    (2, 4): v.REFUSED_BY_RECIPIENT,
    (3, 0): v.BROKEN,
    (3, 1): v.SYSTEM_FULL,
    (3, 2): Cause(v.Reason.SERVER, 932),
    (3, 3): v.BROKEN,
    (3, 4): v.TOO_BIG,
    (3, 5): v.BROKEN,
    (4, 0): v.UNREACHABLE,
    (4, 1): v.TIMED_OUT,
    (4, 2): v.TIMED_OUT,
    (4, 3): v.BROKEN,
    (4, 4): v.NO_SUCH_HOST,
    (4, 5): v.UNREACHABLE,
    (4, 6): v.UNREACHABLE,
    (4, 7): v.TIMED_OUT,
    (4, 14): v.UNREACHABLE,
    (4, 310): v.NO_SUCH_HOST,
    (4, 312): v.UNREACHABLE,
    (4, 316): v.TIMED_OUT,
    (4, 317): v.NO_TLS,
    (5, 3): v.TOO_MANY,
    (6, 7): v.SENDER_REFUSED,
    (7, 0): v.SECURITY,
    (7, 3): v.NOT_AUTHENTICATED,
    (7, 4): v.NO_TLS,
    (7, 8): v.NOT_AUTHENTICATED,
    (7, 10): v.NO_TLS,
    (7, 13): v.DISABLED,
    (7, 17): v.MOVED,
    (7, 25): v.NO_REVERSE_NAME,
    (7, 28): v.TOO_FAST,
    (7, 57): v.NOT_AUTHENTICATED,
    (7, 509): v.NOT_AUTHENTICATED,
    (7, 511): v.BLOCKED,
    (7, 27): Cause(v.Reason.SERVER, 932, is_dead=True),
}
_SUBJECTS: dict[int, Cause] = {5: v.SYNTAX, 6: v.FORM, 7: v.SECURITY}
_REPLIES: dict[int, Cause] = {
    421: v.BLOCKED,
    452: v.FULL,
    503: v.SYNTAX,
    530: v.NOT_AUTHENTICATED,
    535: v.NOT_AUTHENTICATED,
    542: v.NO_SUCH_USER,
    551: v.MOVED,
    552: v.FULL,
}


def find_status(text: str) -> str | None:
    """The most telling enhanced status in a server's words: a specific one before X.0.0, one behind a reply code before others."""
    found = [*_QUOTED.finditer(text), *_AFTER_REPLY.finditer(text), *_STATUS.finditer(text)]
    statuses = [f"{match[1]}.{int(match[2])}.{int(match[3])}" for match in found]
    return next((status for status in statuses if is_specific(status)), statuses[0] if statuses else None)


def clean_status(field: str) -> str | None:
    """The status in a Status field, which some systems follow with words: `5.0.0 (permanent failure)`."""
    match = _STATUS.search(field) or _UNDOTTED.match(field)
    return f"{match[1]}.{int(match[2])}.{int(match[3])}" if match else None


def find_reply(text: str) -> int | None:
    """The first SMTP reply code in a server's words."""
    match = _REPLY.search(text)
    return int(match[1]) if match else None


def is_specific(status: str) -> bool:
    """Whether a status says more than its class."""
    return not status.endswith(".0.0")


def is_microsofts(status: str | None) -> bool:
    """Whether it is one of Exchange Online's for the way to the next host, which are more exact than the words beside them."""
    return status is not None and re.fullmatch(r"[45]\.4\.3\d\d", status) is not None


def cause_of_status(status: str) -> Cause | None:
    """What a status means by itself, None where it says nothing."""
    grade, subject, detail = (int(number) for number in status.split("."))
    if grade == 4 and subject == 7 and (detail <= 1 or detail >= 500):
        return v.BLOCKED  # nobody's security policy is temporary; greylists and reputation are
    if subject == 7 and 20 <= detail <= 29:
        return _MEANINGS.get((7, detail), v.NOT_AUTHENTICATED)  # RFC 7372: DKIM, SPF, DMARC
    if subject == 7 and detail >= 500 and detail not in {509, 511}:
        return v.SECURITY if detail < 600 else v.BLOCKED  # Microsoft's: 5.7.5xx are rules, 5.7.6xx and 5.7.7xx block lists
    return _MEANINGS.get((subject, detail)) or (_SUBJECTS.get(subject) if grade == 5 else None)


def cause_of_reply(reply: int) -> Cause | None:
    """What a reply code means by itself, None where it says nothing."""
    return _REPLIES.get(reply)
