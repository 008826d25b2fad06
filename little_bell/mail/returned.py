"""The mail that came back inside a report: to whom it went, its Message-ID, and our token, wherever it survived."""

import re
from dataclasses import dataclass

from little_bell.mail.addresses import ADDRESS
from little_bell.mail.mime import Part, parse_headers

_HEADER_KINDS = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
    "text/rfc822",
)
_TOKEN = r"([A-Za-z0-9._~\-]{8,128})"
_TOKENS = re.compile(rf"(?:^X-Little-Bell-Token:\s*|/track/(?:pixel|redirect|unsubscribe)/){_TOKEN}", re.IGNORECASE | re.MULTILINE)
_VERP_TOKEN = re.compile(rf"bounces?\+{_TOKEN}@", re.IGNORECASE)
MOST_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of it. `recipients`: its To, Cc and Bcc, as far as they stand in it."""

    recipients: tuple[str, ...] = ()
    message_id: str | None = None
    subject: str = ""


def is_returned(part: Part) -> bool:
    """Whether a part holds the returned mail or its headers."""
    return part.kind.startswith(_HEADER_KINDS)


def returned_of(parts: list[Part], tail: str) -> Returned:
    """Its facts from the part that holds it, else from the text behind the notice."""
    holder = next((part.content() for part in parts if is_returned(part)), "")
    headers = parse_headers((holder or tail).lstrip("\n").partition("\n\n")[0])
    if not headers and tail:
        headers = parse_headers(tail[:16_000])
    to = " ".join(value for name in ("to", "cc", "bcc") for value in headers.get(name, ()))[:8_000]
    recipients = tuple(dict.fromkeys(match[1] for match in ADDRESS.finditer(to)))
    identity = (headers.get("message-id") or [""])[0].strip("<> ")
    return Returned(recipients, identity or None, (headers.get("subject") or [""])[0])


def tokens_of(mail: Part) -> tuple[str, ...]:
    """Our tokens: in a bounce address (VERP), in our header, and in the links of the returned mail."""
    addressed = " ".join(value for name in ("to", "delivered-to", "x-original-to", "envelope-to") for value in mail.headers.get(name, ()))
    body = mail.body.replace("=\n", "").replace("=2E", ".") if "=\n" in mail.body else mail.body
    found = [*_VERP_TOKEN.findall(addressed[:8_000]), *_TOKENS.findall(body)]
    return tuple(dict.fromkeys(token.removesuffix(".gif") for token in found))[:MOST_TOKENS]
