"""What stands before a company's mailboxes and opens links by itself: when a mail arrives, or when somebody clicks."""

import random
from collections.abc import Callable

from tests.simulator import agents, places
from tests.simulator.scene import LANGUAGE, MACHINE, PIXEL, Letter, Request, some_seconds

Gateway = Callable[[Letter, random.Random], None]


def _fetch(letter: Letter, why: str, at: int, link: int, address: str, agent: str, method: str = "GET") -> None:
    letter.requests.append(Request(at, link, MACHINE, address, agent, why, method=method, headers=LANGUAGE))


def _everything(letter: Letter, rng: random.Random, why: str, start: int, span: float, where: Callable[[], str], agent: str) -> None:
    """Every link, in any order, within `span` seconds."""
    for link in rng.sample(letter.hrefs, len(letter.hrefs)):
        _fetch(letter, why, start + some_seconds(rng, 0, span), link, where(), agent)


def defender(letter: Letter, rng: random.Random) -> None:
    """Microsoft detonates some mails' links while or just after they are delivered."""
    if rng.random() < 0.3:
        start = letter.delivered_at + some_seconds(rng, -3, 10) + (some_seconds(rng, 0, 600) if rng.random() < 0.4 else 0)
        _everything(letter, rng, "defender", start, 8, lambda: places.defender(rng), agents.scanner_chrome(rng))


def safe_links(letter: Letter, followed: Request, rng: random.Random) -> None:
    """Microsoft looks at a link at the moment somebody clicks; then their browser goes there."""
    if rng.random() < 0.7:
        address = places.defender(rng) if rng.random() < 0.75 else places.azure(rng)
        method = "HEAD" if rng.random() < 0.3 else "GET"
        at = followed.at - some_seconds(rng, 0.3, 2.5)
        _fetch(letter, "safelinks", at, followed.link, address, agents.scanner_chrome(rng), method)


def proofpoint(letter: Letter, rng: random.Random) -> None:
    """Some links within minutes, from its own network or from rented machines."""
    if rng.random() < 0.5:
        own = rng.random() < 0.5
        start = letter.delivered_at + some_seconds(rng, 3, 240)
        agent = agents.scanner_chrome(rng)
        links = rng.sample(letter.hrefs, rng.randint(min(3, len(letter.hrefs)), len(letter.hrefs)))
        for link in links:
            address = places.proofpoint(rng) if own else places.cloud(rng)
            _fetch(letter, "proofpoint", start + some_seconds(rng, 0, 6), link, address, agent)


def mimecast_click(letter: Letter, followed: Request, rng: random.Random) -> None:
    """Mimecast's rewritten links are looked at when they are clicked, from its network or a cloud."""
    address = places.mimecast(rng) if rng.random() < 0.5 else places.cloud(rng)
    _fetch(letter, "mimecast", followed.at - some_seconds(rng, 0.8, 4), followed.link, address, agents.scanner_chrome(rng))


def barracuda(letter: Letter, rng: random.Random) -> None:
    """All links from published ranges, with HEAD or GET."""
    method = rng.choice(("HEAD", "GET"))
    start = letter.delivered_at + some_seconds(rng, 1, 20)
    for link in letter.hrefs:
        _fetch(letter, "barracuda", start + some_seconds(rng, 0, 5), link, places.barracuda(rng), agents.chrome(rng), method)


def fetch_all(letter: Letter, rng: random.Random) -> None:
    """A gateway that opens the pixel and every link within three seconds as plain Chrome, at once or half an hour later."""
    start = letter.delivered_at + some_seconds(rng, 0.5, 30 if rng.random() < 0.6 else 1_800)
    first, agent = places.cloud(rng), agents.scanner_chrome(rng)
    spread = rng.random() < 0.4

    def where() -> str:
        return places.cloud(rng) if spread else places.near(first, rng)

    _fetch(letter, "gateway", start + some_seconds(rng, 0, 3), PIXEL, where(), agent)
    _everything(letter, rng, "gateway", start, 3, where, agent)


def head_then_get(letter: Letter, rng: random.Random) -> None:
    """One or two links: HEAD, and a moment later GET from the same place."""
    at, address, agent = letter.delivered_at + some_seconds(rng, 2, 400), places.cloud(rng), agents.scanner_chrome(rng)
    for link in rng.sample(letter.hrefs, min(len(letter.hrefs), rng.choice((1, 2)))):
        _fetch(letter, "head then get", at, link, address, agent, "HEAD")
        _fetch(letter, "head then get", at + some_seconds(rng, 0.1, 1.5), link, address, agent)
        at += some_seconds(rng, 3, 40)


def appliance(letter: Letter, followed: Request, rng: random.Random) -> None:
    """A filter in the company's own house: it asks with HEAD from the address that everybody there has."""
    _fetch(
        letter, "appliance", followed.at - some_seconds(rng, 0.05, 0.5), followed.link, followed.address, agents.chrome(rng, 109), "HEAD"
    )


def sampler(pool: list[str]) -> Gateway:
    """A gateway that picks one link of a mail; all its customers' mail is opened from a few networks."""

    def look(letter: Letter, rng: random.Random) -> None:
        at = letter.delivered_at + some_seconds(rng, 1, 420)
        _fetch(letter, "sampler", at, rng.choice(letter.hrefs), places.near(rng.choice(pool), rng), agents.scanner_chrome(rng))

    return look
