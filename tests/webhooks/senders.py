"""Every provider as it sends: payloads after its documentation, signed by code that shares nothing with ours."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:999999999999:mail-events"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem"
SUBSCRIBE_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"

EC_KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
RSA_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


def spki(key: Any) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def certificate(key: rsa.RSAPrivateKey) -> bytes:
    """What lies at CERTIFICATE_URL."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    today = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    builder = builder.not_valid_before(today - dt.timedelta(days=1)).not_valid_after(today + dt.timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True)
class Wire:
    """A request, ready to be sent."""

    headers: dict[str, str]
    body: bytes


Sign = Callable[[bytes, int], dict[str, str]]


@dataclass(frozen=True)
class Sender:
    """One provider. `secrets`: ours, the one after it, another tenant's. `event` is one event on the wire, `wrap` a request's body.

    `sign` gives the headers for a body under a secret, by its place. `told` are the words of a final failure and of nothing we know.
    """

    name: str
    secrets: tuple[str, str, str]
    event: Callable[..., dict[str, Any]]
    wrap: Callable[[list[dict[str, Any]], int], bytes]
    sign: Sign
    bounce: str
    unknown: str
    kind: str = "application/json"
    batches: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, *events: dict[str, Any], secret: int = 0) -> Wire:
        body = self.wrap(list(events), secret)
        return self.signed(body, secret)

    def signed(self, body: bytes, secret: int = 0) -> Wire:
        return Wire({"content-type": self.kind, "content-length": str(len(body)), **self.sign(body, secret)}, body)


def array(events: list[dict[str, Any]], _secret: int) -> bytes:
    return json.dumps(events).encode()


def single(events: list[dict[str, Any]], _secret: int) -> bytes:
    return json.dumps(events[0]).encode()


def when(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


PASSWORDS = ("bell:a-long-password-of-ours", "bell:the-password-after-it", "bell:another-tenants-password")


def basic(_body: bytes, secret: int) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(PASSWORDS[secret].encode()).decode()}


# SendGrid --------------------------------------------------------------------------------------------------------------


def sendgrid_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event = {
        "email": email,
        "timestamp": int(at or time.time() - 60),
        "smtp-id": f"<14c5d75ce93.dfd.{number}@ismtpd-555>",
        "event": word,
        "category": ["newsletter"],
        "sg_event_id": f"ZGVsaXZlcmVkLTAtMTIzNDU2Nzg5LX{number}",
        "sg_message_id": f"14c5d75ce93dfd{number}.filterdrecv-5645d9c87f-78xpm-20-6567D8F5-5.0",
    }
    if word == "bounce":
        event |= {
            "reason": "550 5.1.1 The email account that you tried to reach does not exist.",
            "status": "5.1.1",
            "type": "bounce",
            "bounce_classification": "Invalid Address",
        }
    return event | ({"lb_token": token} if token else {}) | more


def sendgrid_sign(body: bytes, secret: int) -> dict[str, str]:
    timestamp = str(int(time.time()))
    signature = EC_KEYS[secret].sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }


# Amazon SES ------------------------------------------------------------------------------------------------------------


def ses_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    moment = when(at or time.time() - 60)
    mail = {
        "timestamp": moment,
        "messageId": f"00000137860315fd-34208509-5b74-41f3-95c5-22c1edc3c924-{number:06d}",
        "source": "news@sender.example",
        "destination": [email],
        "tags": {"ses:configuration-set": ["mail"], **({"lb_token": [token]} if token else {})},
    }
    details: dict[str, Any] = {"timestamp": moment}
    if word == "Bounce":
        details |= {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "feedbackId": f"0100017{number}-feedback",
            "bouncedRecipients": [
                {"emailAddress": email, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
            ],
        }
    name = {"Bounce": "bounce", "Open": "open", "Click": "click", "Delivery": "delivery"}.get(word, word.lower())
    return {"eventType": word, "mail": mail, name: details | more}


def ses_wrap(events: list[dict[str, Any]], secret: int) -> bytes:
    return sns_message({"Type": "Notification", "Message": json.dumps(events[0]), "TopicArn": (TOPIC, TOPIC, OTHER_TOPIC)[secret]})


def sns_message(message: dict[str, Any], key: rsa.RSAPrivateKey = RSA_KEYS[0], version: str = "2", **changed: Any) -> bytes:
    """An SNS message, signed as AWS documents it; `changed` is put in after the signature."""
    message = {
        "MessageId": hashlib.sha256(message.get("Message", "").encode()).hexdigest()[:36],
        "Timestamp": when(time.time() - 1),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **message,
    }
    names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    elif "Subject" in message:
        names.insert(2, "Subject")
    text = "".join(f"{name}\n{message[name]}\n" for name in names)
    digest: hashes.HashAlgorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    message["Signature"] = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), digest)).decode()
    return json.dumps(message | changed).encode()


# Mailgun ---------------------------------------------------------------------------------------------------------------

MAILGUN_KEYS = ("key-0123456789abcdef", "key-of-the-next-month", "key-of-somebody-else")


def mailgun_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": f"G9Bn5sl1TC6nu79C8C0b{number}",
        "timestamp": at or time.time() - 60,
        "event": word,
        "recipient": email,
        "message": {"headers": {"message-id": f"20261122063214.{number}@mg.sender.example", "to": email}, "attachments": []},
        "user-variables": {"lb_token": token} if token else {},
        "tags": ["newsletter"],
    }
    if word == "failed":
        status = {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist", "attempt-no": 1}
        event |= {"severity": "permanent", "reason": "bounce", "delivery-status": status}
    return event | more


def mailgun_wrap(events: list[dict[str, Any]], secret: int) -> bytes:
    timestamp, token = str(int(time.time())), hashlib.sha256(json.dumps(events).encode()).hexdigest()[:50]
    mac = hmac.new(MAILGUN_KEYS[secret].encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()
    return json.dumps({"signature": {"timestamp": timestamp, "token": token, "signature": mac}, "event-data": events[0]}).encode()


# Postmark --------------------------------------------------------------------------------------------------------------


def postmark_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    moment = when(at or time.time() - 60).replace("Z", "3Z")  # seven digits, as Postmark writes them
    event: dict[str, Any] = {
        "RecordType": word,
        "MessageID": f"883953f4-6105-42a2-a16a-{number:012d}",
        "ServerID": 23,
        "MessageStream": "broadcast",
        "Metadata": {"lb_token": token} if token else {},
    }
    if word == "Bounce":
        event |= {
            "ID": number,
            "Type": "HardBounce",
            "TypeCode": 1,
            "Email": email,
            "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
            "BouncedAt": moment,
            "Inactive": True,
        }
    else:
        event |= {"Recipient": email, "ReceivedAt": moment}
    return event | more


# SparkPost -------------------------------------------------------------------------------------------------------------


def sparkpost_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "type": word,
        "event_id": f"92356927693813{number}",
        "message_id": f"000443ee14578172{number}",
        "transmission_id": f"6583215092190413{number}",
        "rcpt_to": email.lower(),
        "raw_rcpt_to": email,
        "rcpt_meta": {"lb_token": token} if token else {},
        "timestamp": str(int(at or time.time() - 60)),
    }
    if word == "bounce":
        event |= {"bounce_class": "10", "error_code": "550", "raw_reason": "550 5.1.1 <x>: Recipient address rejected: User unknown"}
    group = "track_event" if word in ("open", "initial_open", "click") else "message_event"
    return {"msys": {group: event | more}}


# Brevo -----------------------------------------------------------------------------------------------------------------


def brevo_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event": word,
        "email": email,
        "id": 26224,
        "date": "2026-11-22 07:32:14",
        "ts": 1795300334,
        "message-id": f"<2026112207.{number}@smtp-relay.mailin.fr>",
        "ts_event": 1795300334,
        "subject": "News",
        "tag": "newsletter",
        "sending_ip": "185.41.28.109",
        "ts_epoch": int((at or time.time() - 60) * 1_000),
        "tags": ["newsletter"],
    }
    if word == "hard_bounce":
        event["reason"] = "550 5.1.1 The email account that you tried to reach does not exist"
    return event | ({"X-Mailin-custom": f"lb_token:{token}"} if token else {}) | more


def bearer(_body: bytes, secret: int) -> dict[str, str]:
    return {"authorization": f"Bearer {PASSWORDS[secret].partition(':')[2]}"}


# Mailjet ---------------------------------------------------------------------------------------------------------------


def mailjet_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event": word,
        "time": int(at or time.time() - 60),
        "MessageID": 19421777835146490 + number,
        "Message_GUID": f"1ab23cd4-e567-8901-2345-{number:012d}",
        "email": email,
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "",
        "CustomID": token,
        "Payload": "",
    }
    if word == "bounce":
        bounce = {"blocked": False, "hard_bounce": True, "error_related_to": "recipient", "error": "user unknown"}
        event |= bounce | {"comment": "Host or domain name not found. Name service error for name=lbjsnrftlsiuvbsren.com type=A"}
    return event | more


# Resend ----------------------------------------------------------------------------------------------------------------


def resend_key(name: bytes) -> str:
    return "whsec_" + base64.b64encode(name * 4).decode()


RESEND_KEYS = (resend_key(b"ours 123"), resend_key(b"the next"), resend_key(b"another!"))


def resend_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    moment = when(at or time.time() - 60)
    data: dict[str, Any] = {
        "created_at": moment,
        "email_id": f"56761188-7520-42d8-8898-{number:012d}",
        "from": "News <news@sender.example>",
        "to": [email],
        "subject": "News",
        "tags": {"lb_token": token} if token else {},
    }
    if word == "email.bounced":
        message = "The recipient's email provider sent a hard bounce message, but didn't specify the reason for the hard bounce."
        data["bounce"] = {"type": "Permanent", "subType": "General", "message": message, "diagnosticCode": ["smtp; 550 5.1.1 user unknown"]}
    return {"type": word, "created_at": moment, "data": data | more}


def standard_webhook(keys: tuple[str, ...], prefix: str) -> Sign:
    def sign(body: bytes, secret: int) -> dict[str, str]:
        webhook_id, timestamp = "msg_" + hashlib.sha256(body).hexdigest()[:27], str(int(time.time()))
        key = base64.b64decode(keys[secret].removeprefix("whsec_")) if keys[secret].startswith("whsec_") else keys[secret].encode()
        mac = base64.b64encode(hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
        return {f"{prefix}-id": webhook_id, f"{prefix}-timestamp": timestamp, f"{prefix}-signature": f"v1,AAAA v1,{mac}"}

    return sign


# Mandrill --------------------------------------------------------------------------------------------------------------

MANDRILL_KEYS = ("OTE4ZjkyYTYtMjI4", "AnotherKeyOfOurs0", "SomebodyElsesKey1")
MANDRILL_URL = "http://bell.example/webhooks/mandrill/alice"


def mandrill_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    moment = int(at or time.time() - 60)
    message: dict[str, Any] = {
        "ts": moment,
        "_id": f"exampleaaaaaaaaaaaaaaaaaaaaaaaaa{number}",
        "state": "bounced",
        "subject": "News",
        "email": email,
        "tags": ["newsletter"],
        "metadata": {"lb_token": token} if token else {},
    }
    if word == "hard_bounce":
        diagnostic = "smtp;550 5.1.1 The email account that you tried to reach does not exist."
        message |= {"bounce_description": "bad_mailbox", "bgtools_code": 10, "diag": diagnostic}
    return {"event": word, "_id": message["_id"], "ts": moment, "msg": message, **more}


def mandrill_wrap(events: list[dict[str, Any]], _secret: int) -> bytes:
    return urllib.parse.urlencode({"mandrill_events": json.dumps(events)}).encode()


def mandrill_sign(body: bytes, secret: int) -> dict[str, str]:
    fields = dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace")))
    text = MANDRILL_URL + "".join(name + fields[name] for name in sorted(fields))
    return {"x-mandrill-signature": base64.b64encode(hmac.new(MANDRILL_KEYS[secret].encode(), text.encode(), "sha1").digest()).decode()}


# Postal ----------------------------------------------------------------------------------------------------------------


def postal_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    message = {
        "id": number,
        "token": f"abcdef{number}",
        "direction": "outgoing",
        "message_id": f"{token or number}@bell.example",
        "to": email,
        "from": "news@sender.example",
        "subject": "News",
        "timestamp": at or time.time() - 120,
        "tag": None,
    }
    payload: dict[str, Any] = {"message": message, "status": "HardFail", "timestamp": at or time.time() - 60}
    if word == "MessageDeliveryFailed":
        payload |= {"details": "Permanent SMTP delivery error", "output": "550 5.1.1 The email account does not exist."}
    return {"event": word, "timestamp": at or time.time() - 60, "uuid": f"0fae6e4e-1b2c-4c5d-8e9f-{number:012d}", "payload": payload | more}


def postal_sign(body: bytes, secret: int) -> dict[str, str]:
    signature = RSA_KEYS[secret].sign(body, padding.PKCS1v15(), hashes.SHA256())
    return {"x-postal-signature-256": base64.b64encode(signature).decode(), "x-postal-signature-kid": "key-1"}


# Generic ---------------------------------------------------------------------------------------------------------------

GENERIC_KEYS = ("a secret of our own choice", "another one, later on", "somebody else's secret")


def generic_event(word: str, number: int, email: str, token: str = "", at: float = 0, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {
        "id": f"event-{number}",
        "event": word,
        "recipient": email,
        "provider_message_id": f"mta-{number}",
        "occurred_at": when(at or time.time() - 60),
    }
    if word == "bounced":
        event |= {"bounce_type": "permanent", "diagnostic_code": "550 5.1.1 user unknown"}
    return event | ({"token": token} if token else {}) | more


FORM = "application/x-www-form-urlencoded"


def unsigned(_body: bytes, _secret: int) -> dict[str, str]:
    """The proof stands in the body."""
    return {}


def keys(found: list[Any]) -> tuple[str, str, str]:
    first, second, third = map(spki, found)
    return first, second, third


SENDERS = {
    sender.name: sender
    for sender in (
        Sender("sendgrid", keys(EC_KEYS), sendgrid_event, array, sendgrid_sign, "bounce", "group_resubscribe"),
        Sender("ses", (TOPIC, TOPIC, OTHER_TOPIC), ses_event, ses_wrap, unsigned, "Bounce", "Surprise", "text/plain", batches=False),
        Sender("mailgun", MAILGUN_KEYS, mailgun_event, mailgun_wrap, unsigned, "failed", "list_member_uploaded", batches=False),
        Sender("postmark", PASSWORDS, postmark_event, single, basic, "Bounce", "SmtpApiError", batches=False),
        Sender("sparkpost", PASSWORDS, sparkpost_event, array, basic, "bounce", "relay_tempfail"),
        Sender("brevo", PASSWORDS, brevo_event, array, bearer, "hard_bounce", "list_addition"),
        Sender("mailjet", PASSWORDS, mailjet_event, array, basic, "bounce", "parseapi"),
        Sender("resend", RESEND_KEYS, resend_event, single, standard_webhook(RESEND_KEYS, "svix"), "email.bounced", "contact.created"),
        Sender("mandrill", MANDRILL_KEYS, mandrill_event, mandrill_wrap, mandrill_sign, "hard_bounce", "inbound", FORM),
        Sender("postal", keys(RSA_KEYS), postal_event, single, postal_sign, "MessageDeliveryFailed", "DomainDNSError", batches=False),
        Sender("generic", GENERIC_KEYS, generic_event, array, standard_webhook(GENERIC_KEYS, "webhook"), "bounced", "something"),
    )
}
