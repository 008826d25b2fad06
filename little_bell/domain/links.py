"""URLs in mail: what may be a destination, how a link is signed, what a reader's mail client asks for."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import TypeVar
from urllib.parse import quote, unquote_to_bytes, urlsplit

from little_bell.domain.bounce_address import bounce_address
from little_bell.domain.tokens import KeyRing, is_email_token

T = TypeVar("T", str, bytes)
R = TypeVar("R")

MAX_URL = 8192
#: Links further down in a mail have no place of their own in its figures.
MAX_POSITION = 250
#: Longer texts aren't remembered, so that nobody can fill the memory with them.
REMEMBERED_LENGTH = 1000
LINK = "link"
UNSUBSCRIBE = "unsubscribe"
PIXEL = "pixel"
#: Bytes a Location header may hold as they are (RFC 3986 reserved and unreserved, and % of what is encoded already).
_LOCATION_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BAD_CHARACTERS = re.compile(r"[\x00-\x1f\\\x7f]")
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
#: Letters of IDNA 2008 and UTS 46, and so of browsers, that Python's older codec takes for others: faß.de isn't fass.de.
_DEVIATING = re.compile("[^.\u3002\uff0e\uff61]*[ßς][^.\u3002\uff0e\uff61]*")
#: Joiners, which only some browsers drop, and the capital ß, which some read as ss.
_UNSETTLED = re.compile("[\u200c\u200d\u1e9e]")


def _remembered(find: Callable[[T], R]) -> Callable[[T], R]:
    """The same function, which knows its last answers for short texts: a campaign's readers follow the same few links."""
    known = lru_cache(maxsize=1024)(find)

    @wraps(find)
    def ask(text: T) -> R:
        return known(text) if len(text) <= REMEMBERED_LENGTH else find(text)

    return ask


@_remembered
def why_refused(url: str) -> str | None:
    """The reason why a URL can't be a destination, in words for its sender; None if it can."""
    if len(url.encode("utf-8", "surrogateescape")) > MAX_URL:
        return "it is longer than 8 kB"
    if not _SCHEME.match(url):
        return "only http and https links can be followed"
    if _BAD_CHARACTERS.search(url):
        return "it has a backslash or a control character in it"
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for one that isn't a port
    except ValueError:
        return "its host or port can't be read"
    if "@" in parts.netloc:
        return "it carries a user name, which hides where it leads"
    host = host_of(url)
    if not host or not _HOST.fullmatch(host):
        return "it has no host, or one that can't be read"
    return None


def host_of(url: str) -> str | None:
    """The host in its ASCII (punycode) form, lower case, as browsers read it; None if it has none."""
    try:
        parts = urlsplit(url)
        if not parts.hostname or _UNSETTLED.search(parts.netloc):
            return None
    except ValueError:
        return None
    return ascii_host(parts.hostname)


def ascii_host(name: str) -> str | None:
    """A host's name in its ASCII (punycode) form, lower case; None for what can't be one."""
    try:
        return _DEVIATING.sub(_punycode, name.rstrip(".")).encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return None


def _punycode(label: re.Match[str]) -> str:
    return "xn--" + unicodedata.normalize("NFC", label[0]).encode("punycode").decode()


def url_hash(url: str) -> str:
    """What a link is looked up by: SHA-256 of its URL, in hex."""
    return hashlib.sha256(url.encode()).hexdigest()


@_remembered
def location(url: str) -> str:
    """The URL as a Location header: only bytes that may not stand in a URL are encoded, so `a[0]=`, `&` and fragments survive."""
    return quote(url.encode("utf-8", "surrogateescape"), safe=_LOCATION_SAFE)


def with_position(click_url: str, position: int) -> str:
    """A click URL that tells where in the mail it stands: 1 is the first link. It isn't signed: nothing but a figure depends on it."""
    return f"{click_url}&p={position}" if 1 <= position <= MAX_POSITION else click_url


def position_in(query: Mapping[str, str]) -> int:
    """The place that a click URL's parameters tell; 0 where they tell none."""
    told = query.get("p", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 3 and int(told) <= MAX_POSITION else 0


def parse_query(query: bytes) -> dict[str, str]:
    """The first value of each parameter, percent-decoded. A `+` stays a `+`: URLs in mail mean it so."""
    found: dict[str, str] = {}
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        found.setdefault(_decode(name), _decode(value))
    return found


def _decode(raw: bytes) -> str:
    return _unquoted(raw) if b"%" in raw else raw.decode("utf-8", "surrogateescape")


@_remembered
def _unquoted(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode("utf-8", "surrogateescape")


def sign(ring: KeyRing, purpose: str, tenant_id: int, token: str, url: str = "") -> str:
    """The `s` parameter: the tenant's id and the MAC over tenant id, token and destination."""
    return f"{tenant_id}.{ring.sign(purpose, _signed(tenant_id, token, url))}"


def signer(ring: KeyRing, purpose: str, signature: str, token: str, url: str = "") -> int | None:
    """The id of the tenant that signed, or None if the signature isn't one of ours for exactly this token and URL."""
    tenant, _, mac = signature.partition(".")
    if not (tenant.isascii() and tenant.isdigit() and len(tenant) <= 19) or str(int(tenant)) != tenant:
        return None
    return int(tenant) if ring.verify(purpose, _signed(int(tenant), token, url), mac) else None


def _signed(tenant_id: int, token: str, url: str) -> bytes:
    # NUL can't be in a token, and the URL comes last: no two triples give the same bytes.
    return b"%d\0%s\0%s" % (tenant_id, token.encode("utf-8", "surrogateescape"), url.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class Tracking:
    """What goes into one mail. `click_url` makes a signed link of a destination; `own` is what every tracking link begins with."""

    own: str
    pixel_url: str
    pixel_html: str
    headers: Mapping[str, str]
    click_url: Callable[[str], str]


class Addresses:
    """Makes the URLs that go into a mail."""

    def __init__(self, base_url: str, ring: KeyRing, bounce_domain: str = "") -> None:
        self._base = base_url.rstrip("/")
        self._bounce_domain = bounce_domain
        self._ring = ring

    def page(self, path: str) -> str:
        """The address of a page."""
        return f"{self._base}{path}"

    def pixel_url(self, token: str) -> str:
        """The address of a message's pixel; signed where the token can be guessed."""
        url = f"{self._base}/track/pixel/{token}.gif"
        return f"{url}?s={self._sign_pixel(token)}" if is_email_token(token) else url

    def pixel_html(self, token: str) -> str:
        """The pixel as an image tag for the mail's HTML."""
        return f'<img src="{self.pixel_url(token)}" width="1" height="1" alt="" style="display:block;border:0">'

    def click_url(self, tenant_id: int, token: str, url: str) -> str:
        """The signed link that records the click and leads to `url`."""
        return f"{self._base}/track/redirect/{token}?url={quote(url, safe='')}&s={sign(self._ring, LINK, tenant_id, token, url)}"

    def email_pixel_url(self, slug: str, email_id: int, token: str) -> str:
        """The address of the pixel of a tenant's e-mail; `token` is its email_token."""
        return f"{self._base}/{slug}/pixel/{email_id}.gif?s={self._sign_pixel(token)}"

    def email_click_url(self, slug: str, email_id: int, tenant_id: int, token: str, url: str) -> str:
        """The signed link of a tenant's e-mail that leads to `url`."""
        return f"{self._base}/{slug}/click/{email_id}?url={quote(url, safe='')}&s={sign(self._ring, LINK, tenant_id, token, url)}"

    def _sign_pixel(self, token: str) -> str:
        return sign(self._ring, PIXEL, int(token.partition("/")[0]), token)

    def unsubscribe_url(self, tenant_id: int, token: str) -> str:
        """The address for List-Unsubscribe (RFC 8058)."""
        return f"{self._base}/track/unsubscribe/{token}?s={sign(self._ring, UNSUBSCRIBE, tenant_id, token)}"

    def headers(self, tenant_id: int, token: str) -> dict[str, str]:
        """The header fields to send the message with (RFC 2369, RFC 8058, RFC 5322, and ours, which comes back in bounces).

        Return-Path names the envelope sender to use, where there is a domain that bounces go to.
        """
        bounces_to = bounce_address(token, self._bounce_domain) if self._bounce_domain else None
        return ({"Return-Path": f"<{bounces_to}>"} if bounces_to else {}) | {
            "Message-ID": self._message_id(token),
            "List-Unsubscribe": f"<{self.unsubscribe_url(tenant_id, token)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "X-Little-Bell-Token": token,
        }

    def webhook_url(self, provider: str, slug: str) -> str:
        """Where a provider reports to a tenant."""
        return f"{self._base}/webhooks/{provider}/{slug}"

    @property
    def own(self) -> str:
        """What every tracking link begins with."""
        return f"{self._base}/track/"

    def tracking(self, tenant_id: int, token: str) -> Tracking:
        """All that goes into a message's mail."""
        return Tracking(
            self.own,
            self.pixel_url(token),
            self.pixel_html(token),
            self.headers(tenant_id, token),
            lambda url: self.click_url(tenant_id, token, url),
        )

    def _message_id(self, token: str) -> str:
        # A sender's token can have dots where an identifier can't (RFC 5322, dot-atom); = is in no token.
        left = token if all(token.split(".")) else token.replace(".", "=2E")
        host = host_of(self._base) or "localhost"
        return f"<{left}@{host if ':' not in host else f'[IPv6:{host}]'}>"
