"""Proofs that several providers share, all in constant time: passwords in a header, HMAC, RSA and ECDSA signatures."""

import binascii
import hashlib
import hmac
from base64 import b64decode
from functools import lru_cache
from typing import Any

from little_bell.providers.base import Proof, Request, Verify


def by_password(*headers: str) -> Verify:
    """Basic or bearer authorisation, or one of these headers. The secret is `user:password`, or a
    password alone; without a user it is the password that counts."""

    def verify(request: Request, secret: str) -> Proof | None:
        password = secret.partition(":")[2] or secret
        is_good = any(same(request.headers.get(name, ""), password) for name in headers)
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            given = unbase64(rest).decode("utf-8", "replace")
            is_good |= same(given if ":" in secret else given.partition(":")[2], secret)
        elif scheme.lower() == "bearer":
            is_good |= same(rest.strip(), password)
        return Proof() if is_good else None

    return verify


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in constant time; nothing is the same as nothing."""
    return bool(other) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def unbase64(value: str) -> bytes:
    """The bytes, or none for what isn't base64."""
    try:
        return b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def by_standard_webhook(prefix: str) -> Verify:
    """https://www.standardwebhooks.com, which Svix made: HMAC-SHA256 over id, timestamp and body, in `{prefix}-signature`.

    The secret is base64 behind `whsec_`, or any other text as it is.
    """

    def verify(request: Request, secret: str) -> Proof | None:
        known = [request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")]
        webhook_id, timestamp, signatures = known
        at = seconds(timestamp)
        if not webhook_id or at is None:
            return None
        key = unbase64(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
        signed = f"{webhook_id}.{timestamp}.".encode() + request.body
        expected = hmac.digest(key, signed, hashlib.sha256)
        given = [unbase64(one.removeprefix("v1,")) for one in signatures.split(" ") if one.startswith("v1,")]
        is_good = bool(key) and any(hmac.compare_digest(one, expected) for one in given)
        return Proof(at, webhook_id[:255]) if is_good else None

    return verify


def seconds(value: Any) -> float | None:
    """A time in seconds since 1970, written as a number; None for anything else."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if 0 < found < 1e11 else None  # NaN is no more than 0 either


@lru_cache(maxsize=64)
def public_key(text: str) -> Any:
    """The public key in PEM, in bare base64 (SPKI), or in a DKIM record's `p=`; None for anything else."""
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    try:
        if "-----BEGIN" in text:
            return load_pem_public_key(text.encode())
        in_record = next((part.strip()[2:] for part in text.split(";") if part.strip().startswith("p=")), text)
        return load_der_public_key(unbase64("".join(in_record.split())))
    except ValueError:
        return None


def is_ecdsa(key: Any, signature: bytes, data: bytes) -> bool:
    """Whether ECDSA with SHA-256 made the DER signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    if not isinstance(key, EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, data, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def is_rsa(key: Any, signature: bytes, data: bytes, is_sha1: bool = False) -> bool:
    """Whether RSA (PKCS #1 v1.5) with SHA-256, or with SHA-1, made the signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, data, PKCS1v15(), SHA1() if is_sha1 else SHA256())
    except InvalidSignature:
        return False
    return True


def is_rsa_key(text: str) -> bool:
    """Whether it is a public key of RSA."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    return isinstance(public_key(text), RSAPublicKey)


def is_ec_key(text: str) -> bool:
    """Whether it is a public key of an elliptic curve."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    return isinstance(public_key(text), EllipticCurvePublicKey)


def is_password(text: str) -> bool:
    """Whether it is `user:password`, or a password, that a URL can carry as it is."""
    user, _, password = text.rpartition(":")
    return len(password) >= 8 and text.isascii() and text.isprintable() and not set(user + password) & set("@/?# ")


def is_svix_secret(text: str) -> bool:
    """Whether it is a signing secret of Svix."""
    return text.startswith("whsec_") and bool(unbase64(text.removeprefix("whsec_")))
