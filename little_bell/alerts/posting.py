"""A POST to an address that a tenant gave: no private network, no redirects, bounded in time; signed as standardwebhooks.com has it."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from urllib.parse import urlsplit

from little_bell import __version__

#: For each step of it, and for all together: whoever answers a byte a second doesn't hold us.
TIMEOUT_SECONDS, WHOLE_SECONDS = 5.0, 15.0


class Refused(OSError):
    """The address isn't one to be asked, or it didn't answer 2xx."""


def post(url: str, headers: dict[str, str], body: bytes, *, may_be_private: bool = False) -> None:
    """Send it once. Raises OSError where it didn't arrive: Refused with the reason where that is ours to say."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("only http and https can be asked")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=TIMEOUT_SECONDS)
    connection.sock = _connected(parts.hostname, port, parts.scheme == "https", may_be_private)
    end = threading.Timer(WHOLE_SECONDS, _cut, (connection.sock,))
    end.daemon = True
    end.start()
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        about = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": f"LittleBell/{__version__}"}
        connection.request("POST", path, body, {**about, **headers})
        status = connection.getresponse().status
    except http.client.HTTPException as error:
        raise Refused("it answered something unreadable") from error
    finally:
        end.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise Refused(f"it answered {status}" + ("; a redirect isn't followed" if 300 <= status < 400 else ""))


def signed(secret: str, delivery: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers by which a receiver knows that it is ours: https://www.standardwebhooks.com, HMAC-SHA256."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def _connected(host: str, port: int, is_tls: bool, may_be_private: bool) -> socket.socket:
    """A connection to an address that was looked at: the name isn't asked a second time, when it could say something else."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Refused(f"{host} is not known") from error
    addresses = [str(address[0]) for *_, address in found]
    if not may_be_private and not all(_is_public(address) for address in addresses):
        raise Refused(f"{host} is in a private network; LITTLE_BELL_ALERT_PRIVATE_NETWORKS would allow it")
    failure: OSError = Refused(f"{host} can't be reached")
    for address in addresses:
        try:
            sock = socket.create_connection((address, port), TIMEOUT_SECONDS)
        except OSError as error:
            failure = error
            continue
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host) if is_tls else sock
    raise failure


def _is_public(text: str) -> bool:
    """Whether it is everybody's; also asked of the address that is packed into an IPv6 one."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        packed = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if packed is None and address in ipaddress.ip_network("64:ff9b::/96"):
            packed = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if packed is not None:
            return _is_public(str(packed))
    return address.is_global and not address.is_multicast


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
