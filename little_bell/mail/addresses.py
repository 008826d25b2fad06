"""Addresses in the fields and lines of reports."""

import re

#: Not anchored, and tried once a word only, so that long lines cost no more than their length.
ADDRESS = re.compile(
    r"(?<![^\s<>()\[\]:;,\"'=])(?:smtp=|SMTP=)?"
    r"((?:\"[^\"\n@]{1,64}\"|[^\s<>()\[\]:;,\"'@\\=][^\s<>()\[\]:;,\"@\\]{0,63})@[A-Za-z0-9](?:[\w.\-]{0,252}[A-Za-z0-9])?)"
)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_VERP = re.compile(r"^[^@\s]*?[+\-]([^@\s+=]{1,64})=([A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252})\.[A-Za-z]{2,24})@")


def first_address(value: str) -> str | None:
    """The first address in a text, without anything around it."""
    if "@" not in value:
        return None
    match = ADDRESS.search(value[:2_000])
    return match[1] if match else None


def recipient_of(field: str) -> str | None:
    """The address in a recipient field of RFC 3464: `rfc822; <user@example.com>`; None if it holds no address."""
    kind, semicolon, value = field.partition(";")
    address = value if semicolon else kind
    if "+" in address and kind.strip().lower() == "rfc822" and "+3D" in address.upper():
        address = _XTEXT.sub(lambda match: chr(int(match[1], 16)), address)  # RFC 3461 xtext
    return first_address(address)


def from_verp(address: str) -> str | None:
    """The recipient written into a variable envelope return path: `list-bounces+user=example.com@example.org`."""
    match = _VERP.match(address)
    return f"{match[1]}@{match[2]}" if match else None
