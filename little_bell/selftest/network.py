"""The way to the server: the address itself, its name, its certificate."""

import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass

from little_bell.selftest.asking import SECONDS, Asking
from little_bell.selftest.finding import Finding, fail, ok, warn

LOCAL = ("localhost", "127.0.0.1", "::1")
#: Certificates that renew themselves do so 30 days before their end: below this it was tried and has failed.
FEW_DAYS = 14
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What a handshake told: the protocol, and when the certificate ends (seconds since 1970)."""

    protocol: str
    ends_at: float


def place(asking: Asking) -> Finding:
    """Whether the base URL is one that a reader's mail program can use at all."""
    name = "Address"
    if asking.host in LOCAL:
        mend = "set LITTLE_BELL_BASE_URL to what readers of mail can reach"
        return warn(name, f"{asking.base_url} works on this machine alone", mend)
    if asking.parts.scheme != "https":
        mend = "put a proxy with a certificate in front, and begin LITTLE_BELL_BASE_URL with https://"
        return warn(name, f"{asking.base_url} isn't encrypted: mail programs warn of such links, or hide such images", mend)
    return ok(name, f"{asking.base_url} is encrypted")


def resolved(asking: Asking) -> Finding:
    """What the host's name leads to."""
    try:
        found = socket.getaddrinfo(asking.host, asking.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return fail("DNS", f"{asking.host} isn't known: {error}", f"make a DNS entry for {asking.host}, or put LITTLE_BELL_BASE_URL right")
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    said = f"{asking.host} is {', '.join(addresses[:4])}"
    inside = [address for address in addresses if not ipaddress.ip_address(address.partition("%")[0]).is_global]
    if inside and asking.host not in LOCAL:
        return warn("DNS", f"{said}, of which {inside[0]} is reached from inside of your network alone", "give the host a public address")
    return ok("DNS", said)


def certificate(asking: Asking, now: float | None = None) -> Finding | None:
    """Whether the certificate is good, and for how long; None where nothing is encrypted."""
    if asking.parts.scheme != "https":
        return None
    try:
        facts = handshake(asking.host, asking.port)
    except ssl.SSLCertVerificationError as error:
        return fail("TLS", f"the certificate isn't good: {error.verify_message}", "let your proxy renew it, with its whole chain")
    except OSError as error:
        return fail("TLS", f"no encrypted connection: {error}", "look at your proxy, and whether the port is open from outside")
    days = int((facts.ends_at - (time.time() if now is None else now)) / DAY_SECONDS)
    said = f"{facts.protocol}, the certificate is good for {days} more days"
    return ok("TLS", said) if days >= FEW_DAYS else warn("TLS", said, "it should have been renewed by now: look at what renews it")


def handshake(host: str, port: int) -> TlsFacts:
    """Raises OSError, of which ssl.SSLCertVerificationError says that the certificate isn't good."""
    context = ssl.create_default_context()
    with socket.create_connection((host, port), timeout=SECONDS) as plain, context.wrap_socket(plain, server_hostname=host) as secured:
        told = secured.getpeercert() or {}
        return TlsFacts(secured.version() or "TLS", ssl.cert_time_to_seconds(str(told["notAfter"])))
