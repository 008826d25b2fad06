"""People who read mail, each with the program they read it in: what is fetched, when, from where, and by whom."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator import agents, places
from tests.simulator.scene import HOUR, LANGUAGE, MACHINE, MINUTE, PERSON, PIXEL, SECOND, Letter, Request, some_seconds


@dataclass(slots=True)
class Reader:
    """A recipient: where they are, what they browse with, and how their links are led (a gateway may look first)."""

    rng: random.Random
    address: str
    browser: str
    reads: float = 0.4  # how likely
    clicks: float = 0.2  # … once read
    shows_images: float = 0.95
    is_relayed: bool = False  # iCloud Private Relay
    on_click: Callable[[Letter, Request, random.Random], None] | None = None


Client = Callable[[Reader, Letter], None]


def reading_time(rng: random.Random) -> int:
    """When a person reads: half of them within two hours, some at once, and a few who wait for it."""
    if rng.random() < 0.01:
        return some_seconds(rng, 4, 15)
    return 12 * SECOND + int(min(rng.lognormvariate(8.6, 1.6), 200 * 3600) * SECOND)


def click_through(reader: Reader, letter: Letter, read_at: int, why: str) -> None:
    """The links a person follows: mostly one, some twice, some open two or three one after the other."""
    rng = reader.rng
    if rng.random() >= reader.clicks:
        return
    at = read_at + some_seconds(rng, 2, 40)
    wanted = min(letter.links, rng.choices((1, 2, 3), (84, 12, 4))[0])
    for link in rng.sample(range(letter.links), wanted):
        followed = Request(at, link, PERSON, _way(reader), reader.browser, f"{why}: click", headers=LANGUAGE)
        if reader.on_click is not None:
            reader.on_click(letter, followed, rng)
        letter.requests.append(followed)
        if rng.random() < 0.03:  # a double click, or the page didn't come
            again = Request(at + some_seconds(rng, 0.2, 3), link, PERSON, _way(reader), reader.browser, f"{why}: again", headers=LANGUAGE)
            letter.requests.append(again)
        at += some_seconds(rng, 2.5, 6) if rng.random() < 0.1 else some_seconds(rng, 9, 90)


def _way(reader: Reader) -> str:
    """The address a link is followed from: each time another, if Safari hides it."""
    return places.apple(reader.rng) if reader.is_relayed else reader.address


def read(reader: Reader, letter: Letter, agent: str, address: str, why: str) -> int | None:
    """A person reads, if they do: the pixel is fetched by `agent` from `address`. Returns when."""
    rng = reader.rng
    if rng.random() >= reader.reads:
        return None
    at = letter.delivered_at + reading_time(rng)
    before = len(letter.requests)
    if rng.random() < reader.shows_images:
        letter.requests.append(Request(at, PIXEL, PERSON, address, agent, why))
        if rng.random() < 0.05:  # loaded twice
            letter.requests.append(Request(at + some_seconds(rng, 0.1, 1), PIXEL, PERSON, address, agent, f"{why}: twice"))
        if rng.random() < 0.15:  # read again
            letter.requests.append(Request(at + some_seconds(rng, 300, 90_000), PIXEL, PERSON, address, agent, f"{why}: later"))
    click_through(reader, letter, at, why)
    if rng.random() < 0.01:
        forward(reader, letter, at + some_seconds(rng, 120, 40_000))
    letter.is_unknowable = len(letter.requests) == before
    return at


def forward(reader: Reader, letter: Letter, at: int) -> None:
    """Somebody else reads a forwarded mail, on a telephone at home."""
    rng, address = reader.rng, places.home(reader.rng)
    letter.requests.append(Request(at, PIXEL, PERSON, address, agents.apple_mail(rng), "forwarded"))
    if rng.random() < 0.3:
        at += some_seconds(rng, 3, 60)
        letter.requests.append(
            Request(at, rng.randrange(letter.links), PERSON, address, agents.iphone(rng), "forwarded: click", headers=LANGUAGE)
        )


def gmail(reader: Reader, letter: Letter) -> None:
    """Google's proxy shows the images, and fetches a few before anybody reads."""
    rng = reader.rng
    if rng.random() < 0.02:
        at = letter.delivered_at + some_seconds(rng, 1, 7_200)
        letter.requests.append(Request(at, PIXEL, MACHINE, places.google(rng), agents.GMAIL_PREFETCH, "gmail prefetch"))
    read(reader, letter, agents.GMAIL_VIEW, places.google(rng), "gmail")


def apple_private(reader: Reader, letter: Letter) -> None:
    """Apple fetches all images by itself, read or not; a person is seen only when they click."""
    rng = reader.rng
    if rng.random() < 0.9:
        at = letter.delivered_at + some_seconds(rng, 1, 120 if rng.random() < 0.3 else 10 * 3_600)
        letter.requests.append(Request(at, PIXEL, MACHINE, places.apple(rng), agents.APPLE_PROXY, "apple mpp"))
    reader.shows_images, reader.is_relayed = 0, rng.random() < 0.3
    reader.browser = agents.iphone(rng)
    read(reader, letter, "", "", "apple")


def yahoo(reader: Reader, letter: Letter) -> None:
    """Yahoo's and AOL's proxy."""
    read(reader, letter, agents.YAHOO, places.yahoo(reader.rng), "yahoo")


def outlook_web(reader: Reader, letter: Letter) -> None:
    """Outlook.com and Outlook on the web: from Microsoft's network, or the browser itself."""
    rng = reader.rng
    address = places.microsoft(rng) if rng.random() < 0.6 else reader.address
    read(reader, letter, reader.browser, address, "outlook web")


def outlook_desktop(reader: Reader, letter: Letter) -> None:
    """Outlook on Windows, which asks before it shows images."""
    read(reader, letter, agents.outlook(reader.rng), reader.address, "outlook desktop")


def apple_open(reader: Reader, letter: Letter) -> None:
    """Apple Mail without privacy protection."""
    read(reader, letter, agents.apple_mail(reader.rng), reader.address, "apple mail")


def thunderbird(reader: Reader, letter: Letter) -> None:
    """Thunderbird."""
    read(reader, letter, agents.thunderbird(reader.rng), reader.address, "thunderbird")


def telephone(reader: Reader, letter: Letter) -> None:
    """A telephone's own program, in a mobile network that many share."""
    rng = reader.rng
    reader.address, reader.browser = places.telephone(rng), agents.android(rng)
    read(reader, letter, agents.android_mail(rng), reader.address, "telephone")


def passer_by(reader: Reader, letter: Letter) -> None:
    """Now and then a link is pasted into a chat, or a monitor looks: programs that say so."""
    rng = reader.rng
    if rng.random() < 0.004:
        at = letter.delivered_at + some_seconds(rng, 600, 24 * HOUR / SECOND)
        letter.requests.append(
            Request(
                at, rng.randrange(letter.links), MACHINE, places.cloud(rng), agents.robot(rng), "robot", method=rng.choice(("GET", "HEAD"))
            )
        )
    if rng.random() < 0.002:
        at = letter.delivered_at + rng.randrange(MINUTE, HOUR)
        headers = (("Sec-Purpose", "prefetch;prerender"),)
        letter.requests.append(Request(at, PIXEL, MACHINE, reader.address, reader.browser, "prefetch", headers=headers))
