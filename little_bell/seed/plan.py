"""What happens to each message of the demo: a pure function of a random generator, so that a seed tells the same story again.

Interest fades quickly after sending, people sleep, weekends are slow, some come back, a few complain. Times are microseconds
since 1970, UTC.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from little_bell.seed import words
from little_bell.seed.gateways import on_arrival, on_click
from little_bell.seed.happening import SECOND, Happening, pick
from little_bell.seed.words import Mailing, Provider

HOUR = 3600 * SECOND
#: Half of those who open have done so by then.
HALF_AFTER_HOURS = 3.2
SPREAD = 1.55
MESSAGES_A_SECOND = 4
#: The share of those who follow links that opens all of them at once, and so looks like a filter.
IN_TABS = 0.006
FIRST_NAMES, LAST_NAMES = words.FIRST_NAMES.split(), words.LAST_NAMES.split()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody on the list, whose mailbox is at `provider`."""

    email: str
    provider: Provider
    agent: str
    browser: str
    address: str


def audience(rng: random.Random, size: int) -> list[Reader]:
    """So many people with different addresses."""
    readers: dict[str, Reader] = {}
    while len(readers) < size:
        domain = pick(rng, {name: provider.share for name, provider in words.PROVIDERS.items()})
        name = f"{rng.choice(FIRST_NAMES)}.{rng.choice(LAST_NAMES)}{rng.choice(('', '', rng.randint(1, 99)))}"
        provider = words.PROVIDERS[domain]
        own = f"198.{rng.choice((18, 19))}.{rng.randint(0, 255)}."
        email = f"{name.lower()}@{domain}"
        agent = pick(rng, provider.clients)
        address = (provider.network or own) + str(rng.randint(1, 254))
        readers[email] = Reader(email, provider, agent, pick(rng, words.BROWSERS), address)
    return list(readers.values())


def starts_at(mailing: Mailing, now: datetime) -> datetime:
    """When its sending begins: at its hour of the day, on a working day."""
    day = (now - timedelta(days=mailing.days_ago)).astimezone(UTC)
    while day.weekday() > 4:
        day += timedelta(days=1)
    start = day.replace(hour=mailing.hour, minute=4, second=0, microsecond=0)
    return min(start, now - timedelta(hours=mailing.messages / MESSAGES_A_SECOND / 3600 + 1))


def happenings(rng: random.Random, mailing: Mailing, reader: Reader, created_at: int, now: int) -> Iterator[Happening]:
    """What happens to one reader's message until now, in no particular order."""
    sent_at = created_at + rng.randint(2, 40) * SECOND
    yield Happening("sent", sent_at)
    if rng.random() < mailing.refused:
        yield Happening("bounced", sent_at + rng.randint(1, 90) * SECOND, reply=pick(rng, words.REFUSALS))
        return
    yield from _until(now, list(on_arrival(rng, mailing, reader.provider, sent_at)))
    if rng.random() < mailing.interest:
        yield from _until(now, _reading(rng, mailing, reader, sent_at))


def _until(now: int, told: Sequence[Happening]) -> Iterator[Happening]:
    return (happening for happening in told if happening.at <= now)


def _reading(rng: random.Random, mailing: Mailing, reader: Reader, sent_at: int) -> list[Happening]:
    """The first look, later ones, the links followed, and what few do after it."""
    at = _awake(rng, sent_at, HALF_AFTER_HOURS)
    told = [Happening("opened", at, reader.address, reader.agent)]
    while rng.random() < 0.32:
        at = _awake(rng, at, 14.0)
        told.append(Happening("opened", at, reader.address, reader.agent))
    if rng.random() < mailing.curiosity:
        told += _clicks(rng, mailing, reader, rng.choice(told).at)
    last = told[-1].at
    if rng.random() < 0.009:
        told.append(Happening("unsubscribed", last + rng.randint(5, 90) * SECOND, reader.address, reader.browser))
    if rng.random() < 0.0025:
        told.append(Happening("complained", last + rng.randint(60, 4_000) * SECOND))
    return told


def _clicks(rng: random.Random, mailing: Mailing, reader: Reader, opened_at: int) -> Iterator[Happening]:
    at = opened_at
    if rng.random() < IN_TABS:
        for place, url in enumerate(mailing.links, 1):
            at += rng.randint(900, 1_600) * SECOND // 1_000
            yield Happening("clicked", at, reader.address, reader.browser, url, position=place)
        return
    for _ in range(1 + (rng.random() < 0.3) + (rng.random() < 0.1)):
        at += rng.randint(4, 150) * SECOND
        # Some clients and gateways cut the end of long links off, and with it the signature.
        is_signed = rng.random() > 0.006
        url = pick(rng, mailing.links)
        place = list(mailing.links).index(url) + 1
        click = Happening("clicked", at, reader.address, reader.browser, url, is_signed, position=place)
        yield from on_click(rng, reader.provider, click)
        yield click


def _awake(rng: random.Random, after: int, half_hours: float) -> int:
    """A time behind `after`, soon most of the time, and at an hour when people read mail."""
    at = after
    for _ in range(12):
        at = after + int(rng.lognormvariate(math.log(half_hours), SPREAD) * HOUR) + rng.randint(1, 59) * SECOND
        when = datetime.fromtimestamp(at / SECOND, UTC)
        if rng.random() < words.HOURS[when.hour] / 100 * words.DAYS[when.weekday()]:
            break
    return at
