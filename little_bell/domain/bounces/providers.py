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


_FACEBOOK = {"rcp": v.NO_SUCH_USER, "pol": v.BLOCKED, "dns": v.SENDER_REFUSED, "con": v.TOO_MANY, "msg": v.FORM}
_FACEBOOK_SINGLE = {
    "rcp-p2": v.REFUSED_BY_RECIPIENT,
    "rcp-p3": v.REFUSED_BY_RECIPIENT,
    "rcp-t4": v.DISABLED,
    "pol-p6": v.VIRUS,
    "pol-p7": v.NOT_AUTHENTICATED,
    "msg-p1": v.TOO_BIG,
    "msg-p3": v.NOT_STANDARD,
    "dns-p3": v.NO_REVERSE_NAME,
}
_COX = {"cxdns": v.NO_REVERSE_NAME, "cxthrt": v.TOO_FAST, "cxmxrt": v.TOO_FAST, "cxsndr": v.SENDER_REFUSED}
_GODADDY = {"401": v.SENDER_REFUSED, "607": v.TOO_MANY, "705": v.VIRUS}
_NETEASE = {"hl": v.BLOCKED, "rp": v.TOO_FAST, "mi": v.BLOCKED, "dt": v.SPAM}
_NETEASE_SINGLE = {"mi:spf": v.NOT_AUTHENTICATED, "dt:rbl": v.BLOCKED, "hl:icc": v.TOO_MANY}


def _facebook(match: re.Match[str]) -> Cause | None:
    """Facebook: RCP the recipient, POL its policy, DNS the sender's names, CON connections, MSG the message; P for good, T for now."""
    return _FACEBOOK_SINGLE.get(match[0]) or _FACEBOOK.get(match[1])


def _godaddy(match: re.Match[str]) -> Cause | None:
    """GoDaddy (secureserver.net): 1xx the connection, 2xx and 5xx the content."""
    return _GODADDY.get(match[1]) or {"1": v.BLOCKED, "2": v.SPAM, "5": v.SPAM}.get(match[1][0])


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
    ("error code: cx", re.compile(r"error code: (cx[a-z]{2,6})"), lambda match: _COX.get(match[1], v.BLOCKED)),
    ("bizsmtp", re.compile(r"\bib(\d{3})\b"), _godaddy),
    ("-", re.compile(r"\b(rcp|pol|dns|con|msg)-[pt]\d{1,2}\b"), _facebook),
    # NetEase (163.com, 126.com): HL the connecting address, RP and MI the rate and the sender, DT the content.
    (":", re.compile(r"(?:^|\s)(hl|rp|mi|dt):[a-z]{3}\b"), lambda match: _NETEASE_SINGLE.get(match[0].strip()) or _NETEASE[match[1]]),
    ("resolver.", re.compile(r"resolver\.([a-z.]{3,40})"), _exchange),
)


def cause_of_provider_code(text: str) -> Cause | None:
    """What a provider's own code in the words (lower case) means, None if there is none or it is not known."""
    for sign, pattern, meaning in _CODES:
        if sign in text and (match := pattern.search(text)) and (cause := meaning(match)):
            return cause
    return None
