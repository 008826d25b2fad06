"""Who takes part: consumers, companies, a mixture of both, and two more that keep to no habit."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.simulator import agents, gateways, places, readers
from tests.simulator.readers import Client, Reader
from tests.simulator.scene import MINUTE, SECOND, Letter

#: Clients, and how many of a hundred people use them.
AT_HOME: tuple[tuple[Client, float], ...] = (
    (readers.gmail, 40), (readers.apple_private, 28), (readers.yahoo, 8), (readers.outlook_web, 9), (readers.apple_open, 4),
    (readers.outlook_desktop, 3), (readers.thunderbird, 2), (readers.telephone, 6),
)  # fmt: skip
AT_WORK: tuple[tuple[Client, float], ...] = (
    (readers.outlook_desktop, 50), (readers.outlook_web, 22), (readers.apple_private, 8), (readers.apple_open, 8), (readers.thunderbird, 5),
    (readers.telephone, 7),
)  # fmt: skip
_VERSION = re.compile(r"(Chrome|Edg|Firefox)/\d+")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Mail of one kind to some people. `told`: how likely we hear of delivered, of sent only."""

    home: int
    work: int
    links: int
    told: tuple[float, float]
    has_trap: bool = False


@dataclass(frozen=True, slots=True)
class Population:
    """Campaigns, and whether habits are kept to."""

    name: str
    seed: int
    campaigns: tuple[Campaign, ...]
    is_wild: bool = False

    def letters(self, scale: float = 1.0) -> list[list[Letter]]:
        """The letters of each campaign with all that is fetched; the same for the same seed and scale."""
        rng = random.Random(f"{self.seed} {scale}")
        made = [_letters(campaign, rng, scale) for campaign in self.campaigns]
        if self.is_wild:
            for letter in (letter for letters in made for letter in letters):
                _go_wild(letter, rng)
        return made


POPULATIONS = (
    Population("consumer", 11, (Campaign(3000, 0, 5, (0.9, 0.1)), Campaign(2500, 0, 1, (1, 0)), Campaign(2500, 60, 8, (0, 0)))),
    Population("companies", 23, (Campaign(0, 3500, 6, (0, 1)), Campaign(300, 2500, 3, (0, 1)))),
    Population("mixed", 37, (Campaign(2000, 1500, 4, (0.5, 0.3)), Campaign(1500, 800, 6, (0.5, 0.3), has_trap=True))),
    Population("wild consumers", 41, (Campaign(2500, 200, 4, (0.7, 0.3)), Campaign(2000, 0, 7, (0.5, 0))), is_wild=True),
    Population("wild companies", 59, (Campaign(500, 2500, 5, (0.2, 0.6)), Campaign(300, 1200, 4, (0.2, 0.6))), is_wild=True),
)


def _letters(campaign: Campaign, rng: random.Random, scale: float) -> list[Letter]:
    people = [_at_home(rng) for _ in range(int(campaign.home * scale))]
    pool = [places.cloud(rng) for _ in range(2)]
    missing = int(campaign.work * scale)
    while missing > 0:
        size = min(missing, rng.randint(4, 60) if rng.random() < 0.95 else rng.randint(150, 500))
        people += _company(size, pool, rng)
        missing -= size
    rng.shuffle(people)
    letters = []
    for number, act in enumerate(people):
        letter = Letter(number, int(number / len(people) * 30 * MINUTE), campaign.links, has_trap=campaign.has_trap)
        _tell(letter, campaign.told, rng)
        act(letter)
        letter.requests.sort(key=lambda request: request.at)
        letters.append(letter)
    return letters


def _tell(letter: Letter, told: tuple[float, float], rng: random.Random) -> None:
    chance = rng.random()
    letter.told = "delivered" if chance < told[0] else "sent" if chance < sum(told) else ""
    late = rng.uniform(-0.2, 1) if letter.told == "delivered" else rng.uniform(-4, 0.5)
    if rng.random() < 0.05:  # somebody marks messages when they come to it
        late = rng.uniform(0, 300)
    letter.told_at = letter.delivered_at + int(late * SECOND)


def _choose(clients: Sequence[tuple[Client, float]], rng: random.Random) -> Client:
    return rng.choices([client for client, _ in clients], [share for _, share in clients])[0]


def _at_home(rng: random.Random) -> Callable[[Letter], None]:
    client = _choose(AT_HOME, rng)
    shows = 0.85 if client in (readers.outlook_desktop, readers.thunderbird) else 0.97
    reader = Reader(rng, places.home(rng), agents.browser(rng), shows_images=shows)

    def act(letter: Letter) -> None:
        client(reader, letter)
        readers.passer_by(reader, letter)

    return act


def _company(size: int, pool: list[str], rng: random.Random) -> list[Callable[[Letter], None]]:
    """Colleagues: one address for all of them, and one gateway before all mailboxes."""
    address = places.office(rng)
    kinds = ("microsoft", "google", "proofpoint", "mimecast", "barracuda", "all", "head", "sampler", "appliance", "none")
    kind = rng.choices(kinds, (34, 12, 12, 10, 5, 10, 3, 6, 2, 6))[0]
    on_arrival = {
        "microsoft": gateways.defender, "proofpoint": gateways.proofpoint, "barracuda": gateways.barracuda, "all": gateways.fetch_all,
        "head": gateways.head_then_get, "sampler": gateways.sampler(pool),
    }.get(kind)  # fmt: skip
    on_click = {"microsoft": gateways.safe_links, "mimecast": gateways.mimecast_click, "appliance": gateways.appliance}.get(kind)

    def colleague() -> Callable[[Letter], None]:
        client = readers.gmail if kind == "google" else _choose(AT_WORK, rng)
        shows = 0.6 if client is readers.outlook_desktop else 0.92
        place = address if rng.random() < 0.8 else places.home(rng)
        reader = Reader(rng, place, agents.office_browser(rng), shows_images=shows, on_click=on_click)

        def act(letter: Letter) -> None:
            if on_arrival is not None:
                on_arrival(letter, rng)
            client(reader, letter)
            readers.passer_by(reader, letter)

        return act

    return [colleague() for _ in range(size)]


def _go_wild(letter: Letter, rng: random.Random) -> None:
    """Other versions of every browser, and every actor slower or faster than they should be."""
    pace = {why: rng.uniform(0.6, 1.6) for why in sorted({request.why for request in letter.requests})}
    agent = {known: _reversioned(known, rng) for known in sorted({request.agent for request in letter.requests})}
    for place, request in enumerate(letter.requests):
        at = letter.delivered_at + int((request.at - letter.delivered_at) * pace[request.why])
        hangs_on_click = any(word in request.why for word in ("safelinks", "mimecast", "appliance", "click", "again"))
        letter.requests[place] = replace(request, agent=agent[request.agent], at=request.at if hangs_on_click else at)
    letter.requests.sort(key=lambda request: request.at)


def _reversioned(agent: str, rng: random.Random) -> str:
    number = rng.randrange(60, 190)
    return agent if agent == agents.GMAIL_VIEW else _VERSION.sub(lambda found: f"{found[1]}/{number}", agent)
