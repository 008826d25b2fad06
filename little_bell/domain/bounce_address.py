"""The address of its own that each message has for what comes back (VERP): `bounces+<token>@example.com`."""

import re

#: Of the part before the @ (RFC 5321, 4.5.3.1.1); mail systems refuse a longer one.
LONGEST_LOCAL_PART = 64
PREFIX = "bounces+"
_ADDRESS = re.compile(r"bounces\+([A-Za-z0-9._~-]{8,128})@([A-Za-z0-9.\-]{1,255}|\[[A-Za-z0-9.:]{1,64}\])", re.IGNORECASE)


def bounce_address(token: str, domain: str) -> str | None:
    """The address for a message, None for a token of the sender's that can't stand in one."""
    local = PREFIX + token
    return f"{local}@{domain}" if len(local) <= LONGEST_LOCAL_PART and all(local.split(".")) else None


def token_in(address: str, domain: str = "") -> str | None:
    """The token in a bounce address of this domain (of any, where none is given); None for any other address."""
    match = _ADDRESS.fullmatch(address)
    return match[1] if match and (not domain or match[2].lower() == domain.lower()) else None
