"""Readers, as far as they are told apart: network and agent. Addresses are reduced as the tenant's policy says."""

import hashlib
import ipaddress

from little_bell.domain.verdicts.networks import Networks, number_of, parse_networks


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; "" for anything else."""
    if ":" not in address:  # nearly all: ipaddress would take five times as long
        return f"{address.rpartition('.')[0]}.0/24" if number_of(address) >= 0 else ""
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


def shorter(days: int, others: int) -> int:
    """The shorter of two retention times in days, of which 0 is for good: a tenant can keep less than the installation, never more."""
    return min(filter(None, (days, others)), default=0)


def kept_address(address: str, policy: str) -> str | None:
    """What may be kept of an address under the policy truncate, full or none."""
    if policy == "none" or not address:
        return None
    return address[:45] if policy == "full" else network_of(address) or None


def visitor_of(key: bytes, address: str, agent: str) -> int:
    """A number of 63 bits: 31 for the network, 32 for the network with the agent.

    Keyed, so that it can't be turned back by trying all networks. The network is 0 where the address is no public one: behind
    a proxy that isn't trusted, everybody has the same.
    """
    network = network_of(address)
    reader = _number(key, f"{network}\0{agent}")
    return (_number(key, network) >> 1) << 32 | reader if network and is_public(address) else reader


def network_number(visitor: int) -> int:
    """The number of a visitor's network; 0 if it isn't known."""
    return visitor >> 32


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, not of a house or a machine."""
    return _INTERNET.label_of(address) == "public"


#: RFC 6890, and what has been given out of IPv6.
_INTERNET = Networks(
    parse_networks(
        """
        public 0.0.0.0/0 2000::/3
        own 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
        own 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3
        """
    )
)


def _number(key: bytes, text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4, key=key).digest())
