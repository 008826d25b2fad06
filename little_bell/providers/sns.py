"""Amazon SNS's envelope: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

Anybody can have a validly signed topic of their own send to us: so the topic is pinned, and nothing is fetched but from
SNS itself, and only for a pinned topic.
"""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from little_bell.providers.base import Fetch, Proof, Request
from little_bell.providers.proofs import is_rsa, same, unbase64
from little_bell.providers.reading import micros, text

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{1,30}):\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_HOST = re.compile(r"sns\.([a-z0-9-]{1,30})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
#: What is signed, in this order; Subject only where there is one.
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
CONFIRMATION = "SubscriptionConfirmation"
_SIGNED = {"Notification": _NOTIFICATION, CONFIRMATION: _CONFIRMATION, "UnsubscribeConfirmation": _CONFIRMATION}
#: AWS changes its certificates about once a year.
MAX_CERTIFICATES = 16
_known: dict[str, Any] = {}


def envelope(request: Request) -> dict[str, Any]:
    """The message as SNS wraps it. Raises ValueError."""
    found = orjson.loads(request.body)
    if not isinstance(found, dict) or found.get("Type") not in _SIGNED or not isinstance(found.get("MessageId"), str):
        raise ValueError("this is no message of SNS")
    return found


def verify(request: Request, secret: str) -> Proof | None:
    """Whether SNS signed it for the topic that is the secret. Raises OSError where the certificate can't be fetched."""
    try:
        message = envelope(request)
    except ValueError:
        return None
    region = _region_of(secret)
    if region is None or not same(text(message.get("TopicArn")), secret):
        return None
    url = text(message.get("SigningCertURL"))
    if not _is_certificate(url, region):
        return None
    key = _key(url, request.fetch)
    is_good = is_rsa(key, unbase64(text(message.get("Signature"))), _signed(message), is_sha1=message.get("SignatureVersion") == "1")
    at = micros(message.get("Timestamp"))
    return Proof((at or 0) / 1e6, message["MessageId"][:255]) if is_good else None


def confirm(request: Request) -> None:
    """Answer a topic's question whether its messages are wanted. Raises OSError."""
    message = envelope(request)
    if message["Type"] == CONFIRMATION:
        url = text(message.get("SubscribeURL"))
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        is_theirs = _is_host(url, _region_of(text(message.get("TopicArn")))) and parts.path == "/"
        if is_theirs and asked.get("Action") == ["ConfirmSubscription"] and asked.get("TopicArn") == [message["TopicArn"]]:
            request.fetch(url)


def is_topic(text: str) -> bool:
    """Whether it is the ARN of a topic."""
    return _TOPIC.fullmatch(text) is not None


def _region_of(topic: str) -> str | None:
    found = _TOPIC.fullmatch(topic)
    return found[1] if found else None


def _is_host(url: str, region: str | None) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = _HOST.fullmatch(parts.netloc)  # the whole of it: no port, no user
    return parts.scheme == "https" and host is not None and host[1] == region


def _is_certificate(url: str, region: str) -> bool:
    return _is_host(url, region) and _CERTIFICATE.fullmatch(url.partition("amazonaws.com")[2].removeprefix(".cn")) is not None


def _signed(message: dict[str, Any]) -> bytes:
    names = _SIGNED[message["Type"]]
    pairs = [f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None]
    return "".join(pairs).encode()


def _key(url: str, fetch: Fetch) -> Any:
    """The public key of a certificate, fetched once. Raises OSError, also for one that isn't valid now."""
    from datetime import UTC, datetime

    from cryptography.x509 import load_pem_x509_certificate

    if url not in _known:
        try:
            certificate = load_pem_x509_certificate(fetch(url))
        except ValueError as error:
            raise OSError("SNS's certificate can't be read") from error
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            raise OSError("SNS's certificate is not valid now")
        if len(_known) >= MAX_CERTIFICATES:
            _known.clear()
        _known[url] = certificate.public_key()
    return _known[url]
