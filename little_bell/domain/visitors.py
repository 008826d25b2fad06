"""Readers, as far as they are told apart: network and agent. Addresses are reduced as the tenant's policy says."""

import hashlib
import ipaddress


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; "" for anything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, 48), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24), strict=False))


POLICIES = ("full", "truncate", "none")  #: from the loosest to the strictest


def stricter(one: str, other: str) -> str:
    """The stricter of two address policies: a tenant can keep less than the installation allows, never more."""
    return max(one, other, key=POLICIES.index)


def kept_address(address: str, policy: str) -> str | None:
    """What may be kept of an address under the policy truncate, full or none."""
    if policy == "none" or not address:
        return None
    return address[:45] if policy == "full" else network_of(address) or None


def visitor_of(key: bytes, address: str, agent: str) -> int:
    """A number of 63 bits for a network with an agent; keyed, so that it can't be turned back by trying all networks."""
    digest = hashlib.blake2b(f"{network_of(address)}\0{agent}".encode("utf-8", "replace"), digest_size=8, key=key).digest()
    return int.from_bytes(digest) >> 1
