"""The facts of a request that are worth keeping: who asked, with what agent, and whether it speaks of prefetch."""

import ipaddress
from collections.abc import Iterable
from typing import Any, NamedTuple

MAX_AGENT = 1024
MAX_PURPOSE = 200
_PURPOSE = frozenset({b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Scope = dict[str, Any]


class Facts(NamedTuple):
    """What a request says of its sender."""

    address: str
    agent: str
    purpose: str
    wants_json: bool


def read_facts(scope: Scope, trusted: tuple[Network, ...]) -> Facts:
    """The facts of an HTTP request. X-Forwarded-For is believed only from the trusted networks."""
    agent = purpose = ""
    forwarded: list[bytes] = []
    wants_json = False
    for name, value in scope["headers"]:
        if name == b"user-agent":
            agent = value[:MAX_AGENT].decode("latin-1")
        elif name == b"accept":
            wants_json = b"application/json" in value
        elif name == b"x-forwarded-for":
            forwarded.append(value)
        elif name in _PURPOSE:
            purpose = f"{purpose};{name.decode()}={value.decode('latin-1')}"[:MAX_PURPOSE]
    client = scope.get("client")
    address = client[0] if client else ""
    if forwarded and trusted:
        address = forwarded_address(address, b",".join(forwarded), trusted)
    return Facts(address, agent, purpose.lstrip(";"), wants_json)


def forwarded_address(peer: str, forwarded: bytes, trusted: Iterable[Network]) -> str:
    """The address the outermost trusted proxy saw: the last in X-Forwarded-For that is no trusted proxy itself."""
    if not _is_trusted(peer, trusted):
        return peer
    address = peer
    for hop in reversed(forwarded.decode("latin-1").split(",")):
        candidate = hop.strip()
        if not _is_address(candidate):
            break
        address = candidate
        if not _is_trusted(candidate, trusted):
            break
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, trusted: Iterable[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:  # as a socket for both kinds names its peers
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in trusted)
