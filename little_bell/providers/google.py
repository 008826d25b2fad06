"""Pub/Sub's push token: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions

A JWT that Google signed for the address it pushes to. Its keys come from Google's pinned address and from nowhere else.
"""

import time
from base64 import urlsafe_b64decode
from typing import Any

import orjson

from little_bell.providers.base import SKEW_SECONDS, Fetch, Proof, Request
from little_bell.providers.proofs import is_rsa, same, seconds

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
#: Google changes its keys every few days; an unknown one is asked for again no sooner than this.
ASK_AGAIN_SECONDS = 60.0
_known: dict[str, Any] = {}
_asked_at = [-ASK_AGAIN_SECONDS]


def verify(request: Request, secret: str) -> Proof | None:
    """Whether Google signed it for us, for the service account that is the secret. Raises OSError where its keys can't be fetched."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        head, claims = (orjson.loads(_decode(part)) for part in parts[:2])
        signature = _decode(parts[2])
    except ValueError:
        return None
    if not isinstance(head, dict) or not isinstance(claims, dict) or head.get("alg") != "RS256":
        return None
    if not is_rsa(_key(str(head.get("kid")), request.fetch), signature, f"{parts[0]}.{parts[1]}".encode()):
        return None
    return Proof(seconds(claims.get("iat"))) if _is_for_us(claims, request.url, secret) else None


def _is_for_us(claims: dict[str, Any], url: str, account: str) -> bool:
    now, expires = time.time(), seconds(claims.get("exp"))
    return (
        claims.get("iss") in ISSUERS
        and claims.get("aud") == url
        and same(str(claims.get("email")), account)
        and claims.get("email_verified") is True
        and expires is not None
        and now < expires + SKEW_SECONDS
    )


def _decode(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _key(name: str, fetch: Fetch) -> Any:
    """Google's key of that name, or None. Raises OSError."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    if name not in _known and time.monotonic() - _asked_at[0] >= ASK_AGAIN_SECONDS:
        _asked_at[0] = time.monotonic()
        try:
            found = orjson.loads(fetch(KEYS_URL))["keys"]
            numbers = {one["kid"]: [int.from_bytes(_decode(one[name])) for name in ("e", "n")] for one in found if one.get("kty") == "RSA"}
            keys = {kid: RSAPublicNumbers(e, n).public_key() for kid, (e, n) in numbers.items()}
        except (ValueError, KeyError, TypeError) as error:
            raise OSError("Google's keys can't be read") from error
        _known.clear()
        _known.update(keys)
    return _known.get(name)


def is_service_account(text: str) -> bool:
    """Whether it looks like the address of one."""
    return text.count("@") == 1 and text.isascii() and text.isprintable() and " " not in text
