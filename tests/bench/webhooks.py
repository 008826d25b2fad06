"""A provider at work: signed batches of 1,000 events, proved and stored before each is answered."""

import base64
import time
from itertools import count

import httpx
import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, func, select

from little_bell.actions.webhooks import EndpointForm, set_endpoint
from little_bell.config import Settings
from little_bell.db import writing
from little_bell.models.tables import message_events
from little_bell.sealing import Sealing
from little_bell.secret_key import key_ring
from tests.bench import processes
from tests.bench.bench import Bench, drained
from tests.bench.figures import Figure
from tests.bench.houses import House, tokens_of

EVENTS = 1_000
A_SECOND = 5
WORDS = ("processed", "delivered", "open", "click")


def webhook(bench: Bench) -> list[Figure]:
    """SendGrid's batches, some a second, while the projector folds; then as many as are taken, and how long it takes to catch up."""
    house, key = bench.house("webhook"), ec.generate_private_key(ec.SECP256R1())
    with house.engine() as engine:
        trust(engine, house.settings, key)
    bodies = _bodies(tokens_of(house), bench.scaled(200))
    half = len(bodies) // 2
    with processes.ingest(house) as server:
        _wait_until_known(house, key)
        bench.say(f"posting {half} batches of {EVENTS:,} events, {A_SECOND} a second")
        seconds = _post(house, key, bodies[:half], 1 / A_SECOND)
        bench.say("posting as many one after the other")
        flat_out = _post(house, key, bodies[half:])
        behind = drained(house)
        memory = processes.megabytes(server.pid)
    with house.engine() as engine, engine.connect() as connection:
        stored = connection.execute(select(func.count()).select_from(message_events)).scalar_one()
    assert stored == len(bodies) * EVENTS, f"{stored} of {len(bodies) * EVENTS} events are there"
    seconds.sort()
    p99, middle = (seconds[len(seconds) * share // 100] * 1_000 for share in (99, 50))
    note = f"{half} signed batches, {A_SECOND} a second; median {middle:.1f} ms"
    rate = (len(bodies) - half) * EVENTS / sum(flat_out)
    return [
        Figure(f"webhook p99, a batch of {EVENTS:,} events", p99, "ms", ceiling=50, note=note),
        Figure("webhook events/s, batches one after the other", rate, note=f"one connection; all folded {behind:.1f} s later"),
        Figure("server after it", memory, "MB", ceiling=150, note="resident; the library that checks signatures is in it"),
    ]


def trust(engine: Engine, settings: Settings, key: ec.EllipticCurvePrivateKey) -> None:
    """What this key signs is SendGrid's word to the first tenant."""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    sealing = Sealing(key_ring(settings))
    form = EndpointForm(secret=base64.b64encode(der).decode())
    with writing(engine) as connection:
        set_endpoint(connection, 1, "sendgrid", form, sealing.seal, sealing.unseal, "bench")


def _bodies(tokens: list[str], batches: int) -> list[bytes]:
    """Each message's events follow one another, as they do in life."""
    at, numbers, made = int(time.time()) - 3_600, count(), []
    for number in range(batches):
        events = []
        for place in range(EVENTS):
            message = (number * EVENTS + place) // len(WORDS)
            word = WORDS[place % len(WORDS)]
            events.append(
                {
                    "email": f"reader-{message}@example.com",
                    "timestamp": at,
                    "event": word,
                    "sg_event_id": f"ZGVsaXZlcmVkLTAtMTIzNDU2Nzg5LX{next(numbers)}",
                    "sg_message_id": f"14c5d75ce93dfd{message}.filterdrecv-5645d9c87f-78xpm-20-6567D8F5-5.0",
                    "smtp-id": f"<14c5d75ce93.dfd.{message}@ismtpd-555>",
                    "useragent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
                    "ip": "203.0.113.7",
                    "url": "https://shop.example.com/autumn",
                    "lb_token": tokens[message % len(tokens)],
                }
            )
        made.append(orjson.dumps(events))
    return made


def signed(key: ec.EllipticCurvePrivateKey, body: bytes) -> dict[str, str]:
    """The headers of a request with this body."""
    timestamp = str(int(time.time()))
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    names = ("Signature", "Timestamp")
    signed = {f"X-Twilio-Email-Event-Webhook-{name}": value for name, value in zip(names, (signature, timestamp), strict=True)}
    return {"Content-Type": "application/json", **signed}


def _wait_until_known(house: House, key: ec.EllipticCurvePrivateKey) -> None:
    deadline = time.monotonic() + 30
    while httpx.post(_url(house), content=b"[]", headers=signed(key, b"[]")).status_code != 200:
        if time.monotonic() > deadline:
            raise TimeoutError("the server doesn't know its endpoint")
        time.sleep(0.05)


def _post(house: House, key: ec.EllipticCurvePrivateKey, bodies: list[bytes], every: float = 0.0) -> list[float]:
    """Seconds of each; one begins so many seconds after the other, if there is time."""
    seconds = []
    with httpx.Client(timeout=60) as client:
        for body in bodies:
            headers = signed(key, body)
            started = time.perf_counter()
            answer = client.post(_url(house), content=body, headers=headers)
            seconds.append(time.perf_counter() - started)
            time.sleep(max(0.0, every - seconds[-1]))
            assert answer.status_code == 200, answer.text[:300]
    return seconds


def _url(house: House) -> str:
    return f"http://127.0.0.1:{house.port}/webhooks/sendgrid/default"
