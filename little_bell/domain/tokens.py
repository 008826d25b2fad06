"""Tokens, keys and signatures. Everything secret is compared in constant time."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence

#: What a sender may choose as a token; ours fit it too.
TOKEN_PATTERN = re.compile(r"[A-Za-z0-9._~-]{8,128}")
EMAIL_PATTERN = re.compile(r"([1-9][0-9]{0,18})/([1-9][0-9]{0,18})")
OLD_TOKEN_PATTERN = re.compile(r"[!-.0-~]{1,128}")
MAC_BYTES = 16
KEY_PREFIX = "lb_"


def new_token() -> str:
    """A token of 128 random bits, 22 URL-safe characters. None begins with "-": in a spreadsheet that would be a formula."""
    while (token := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return token


def is_token(text: str) -> bool:
    """Whether a sender may use it: 8-128 of A-Z a-z 0-9 . _ ~ - and not ending in .gif, which the pixel route cuts off."""
    return TOKEN_PATTERN.fullmatch(text) is not None and not text.endswith(".gif")


def is_old_token(text: str) -> bool:
    """Whether an address in mail that an older system sent can have it: 1-128 printable ASCII characters, no slash, not ending in .gif."""
    return OLD_TOKEN_PATTERN.fullmatch(text) is not None and not text.endswith(".gif")


def email_token(tenant_id: int, email_id: int) -> str:
    """The token of a message that POST /{tenant}/emails made. Nobody can choose it, and as it can be guessed its pixel is signed."""
    return f"{tenant_id}/{email_id}"


def is_email_token(text: str) -> bool:
    """Whether email_token makes such."""
    return EMAIL_PATTERN.fullmatch(text) is not None


def is_trackable(text: str) -> bool:
    """Whether it can be any message's token."""
    return is_token(text) or is_email_token(text)


def new_key() -> str:
    """An API key: the prefix and 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a key or a session secret: SHA-256 in hex. They have 256 bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class KeyRing:
    """The installation's secrets, newest first: the newest signs, all verify.

    Each purpose has keys of its own (HMAC of the secret over the purpose), so that a signature made for one is worth
    nothing for another.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys or any(len(key) < 16 for key in secret_keys):
            raise ValueError("a secret key needs at least 16 characters")
        self._secrets = [key.encode() for key in secret_keys]
        self._derived: dict[str, list[bytes]] = {}
        self._started: dict[str, list[hmac.HMAC]] = {}

    def _keys(self, purpose: str) -> list[bytes]:
        keys = self._derived.get(purpose)
        if keys is None:
            keys = self._derived[purpose] = [hmac.digest(secret, b"little-bell/" + purpose.encode(), "sha256") for secret in self._secrets]
        return keys

    def _macs(self, purpose: str) -> list[hmac.HMAC]:
        """HMACs that have taken in their keys, which is half of the work: to be copied."""
        macs = self._started.get(purpose)
        if macs is None:
            macs = self._started[purpose] = [hmac.new(key, digestmod="sha256") for key in self._keys(purpose)]
        return macs

    def derive(self, purpose: str) -> bytes:
        """The newest secret's key for a purpose, 32 bytes."""
        return self._keys(purpose)[0]

    def derive_all(self, purpose: str) -> list[bytes]:
        """Every secret's key for a purpose, the newest first."""
        return list(self._keys(purpose))

    def sign(self, purpose: str, data: bytes) -> str:
        """The MAC of `data`: 128 bits of HMAC-SHA256, base64url without padding (22 characters)."""
        return _mac_of(self._macs(purpose)[0], data)

    def verify(self, purpose: str, data: bytes, mac: str) -> bool:
        """Whether one of the ring's keys made this MAC."""
        if not mac.isascii():  # compare_digest takes ASCII text only
            return False
        return any(hmac.compare_digest(_mac_of(started, data), mac) for started in self._macs(purpose))


def _mac_of(started: hmac.HMAC, data: bytes) -> str:
    mac = started.copy()
    mac.update(data)
    return _encode(mac.digest())


def _encode(mac: bytes) -> str:
    return urlsafe_b64encode(mac[:MAC_BYTES]).rstrip(b"=").decode()
