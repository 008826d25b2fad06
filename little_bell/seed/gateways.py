"""Programs that fetch the demo's mail beside its readers: filters before companies' mailboxes, prefetches, previews, monitors."""

import random
from collections.abc import Iterator

from little_bell.seed import words
from little_bell.seed.happening import SECOND, Happening, pick
from little_bell.seed.words import Mailing, Provider

#: Where filters stand: a network that is nobody's any more (RFC 7526).
_FILTERS = "192.88.99."


def on_arrival(rng: random.Random, mailing: Mailing, provider: Provider, sent_at: int) -> Iterator[Happening]:
    """What is fetched because a mail came, read or not."""
    if rng.random() < provider.prefetches:
        at = sent_at + rng.randint(20, 5_400) * SECOND
        yield Happening("opened", at, f"198.18.0.{rng.randint(1, 254)}", provider.prefetcher)
    if rng.random() < 0.012:  # a check for dead links, which asks for headers at first
        yield _click(mailing, pick(rng, mailing.links), sent_at + rng.randint(1, 30) * SECOND, "198.19.255.7", words.LINK_CHECKER, True)
        yield _click(mailing, pick(rng, mailing.links), sent_at + rng.randint(60, 900) * SECOND, "198.19.255.7", words.LINK_CHECKER)
    if rng.random() < 0.004:
        at = sent_at + rng.randint(3_600, 86_400) * SECOND
        yield _click(mailing, pick(rng, mailing.links), at, f"198.19.254.{rng.randint(1, 254)}", words.CHAT_PREVIEW)
    if provider.gateway == "follows all" and rng.random() < 0.6:
        yield from _follow_all(rng, mailing, sent_at + rng.choice((3, 40, 900)) * SECOND)
    elif provider.gateway == "names itself" and rng.random() < 0.7:
        at = sent_at + rng.randint(2, 60) * SECOND
        yield _click(mailing, pick(rng, mailing.links), at, f"{_FILTERS}{rng.randint(1, 254)}", words.NAMED_FILTER)
    elif provider.gateway == "picks one" and rng.random() < 0.25:
        at = sent_at + rng.randint(20, 400) * SECOND
        yield _click(mailing, pick(rng, mailing.links), at, f"{_FILTERS}{rng.randint(1, 254)}", words.HIDDEN_FILTER)


def on_click(rng: random.Random, provider: Provider, click: Happening) -> Iterator[Happening]:
    """A filter that looks at a link in the moment somebody follows it."""
    if provider.gateway == "looks ahead" and rng.random() < 0.4:
        at = click.at - rng.randint(600, 2_400) * SECOND // 1_000
        yield Happening("clicked", at, f"{_FILTERS}{rng.randint(1, 254)}", words.HIDDEN_FILTER, click.url, position=click.position)


def _follow_all(rng: random.Random, mailing: Mailing, start: int) -> Iterator[Happening]:
    """The image and every link within three seconds, as a browser."""
    address = f"{_FILTERS}{rng.randint(1, 254)}"
    yield Happening("opened", start + rng.randint(0, 3_000) * SECOND // 1_000, address, words.HIDDEN_FILTER)
    for url in mailing.links:
        yield _click(mailing, url, start + rng.randint(0, 3_000) * SECOND // 1_000, address, words.HIDDEN_FILTER)


def _click(mailing: Mailing, url: str, at: int, address: str, agent: str, is_head: bool = False) -> Happening:
    return Happening("clicked", at, address, agent, url, is_head=is_head, position=list(mailing.links).index(url) + 1)
