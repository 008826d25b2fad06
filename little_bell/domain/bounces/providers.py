"""Codes of their own with which large mailbox providers explain a refusal; each provider publishes what its codes mean."""

import re
from collections.abc import Callable

from little_bell.domain.bounces import vocabulary as v
from little_bell.domain.bounces.vocabulary import Cause

_ORANGE = {"104": v.TOO_MANY, "416": v.NO_SUCH_USER, "417": v.FULL, "418": v.SENDER_REFUSED, "426": v.DISABLED}
_EXCHANGE = {
    "RST.RECIPIENTSIZELIMIT": v.TOO_BIG,
    "RST.SENDSIZELIMIT": v.TOO_BIG,
    "RST.RECIPSIZELIMIT": v.TOO_BIG,
    "FWD.NOTFOUND": v.NO_SUCH_USER,
}


def _orange(match: re.Match[str]) -> Cause | None:
    """Orange, Wanadoo and La Poste: 1xx the connection, 4xx the addresses, 5xx the content."""
    named = _ORANGE.get(match[1])
    return named or {"1": v.BLOCKED, "2": v.BLOCKED, "5": v.SPAM}.get(match[1][0])


def _exchange(match: re.Match[str]) -> Cause | None:
    """Exchange's resolver: RST are restrictions of who may write to an address."""
    code = match[1].upper()
    return _EXCHANGE.get(code) or (v.SECURITY if code.startswith("RST.") else None)


_CODES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Cause | None]], ...] = (
    ("ofr", re.compile(r"ofr_?(?:\d{3}_)?(\d{3})"), _orange),
    ("lpn", re.compile(r"lpn\d{3}_(\d{3})"), _orange),
    ("[ts", re.compile(r"\[tss?\d\d\]"), lambda _: v.REPUTATION),
    # KDDI names the recipient when it is unknown, and nobody when its filter refuses the content: `550 : User unknown`.
    (": user unknown", re.compile(r"(?:^|->) ?: user unknown"), lambda _: v.REFUSED_BY_RECIPIENT),
    ("resolver.", re.compile(r"resolver\.([a-z.]{3,40})"), _exchange),
)


def cause_of_provider_code(text: str) -> Cause | None:
    """What a provider's own code in the words (lower case) means, None if there is none or it is not known."""
    for sign, pattern, meaning in _CODES:
        if sign in text and (match := pattern.search(text)) and (cause := meaning(match)):
            return cause
    return None
