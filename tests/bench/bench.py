"""What all sections share: a temporary folder, how long to measure, and the database of 100,000 messages, made once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

from rich.console import Console

from little_bell.instance import journals_of
from little_bell.projector.lag import records_behind
from tests.bench import houses, processes
from tests.bench.houses import House
from tests.bench.load import Load, load

DRAIN_SECONDS = 120.0


@dataclass(frozen=True)
class Bench:
    """One run. `scale` makes the data smaller with --quick."""

    folder: Path
    is_quick: bool

    @property
    def seconds(self) -> float:
        """How long a load lasts."""
        return 3 if self.is_quick else 6

    @property
    def rounds(self) -> int:
        """How often what is compared takes turns: others may use the machine meanwhile."""
        return 1 if self.is_quick else 3

    def scaled(self, count: int) -> int:
        """So many, or a tenth of it when it has to be quick."""
        return count // 10 if self.is_quick else count

    @cached_property
    def base(self) -> House:
        """100,000 messages on SQLite, to be copied."""
        self.say("registering 100,000 messages")
        return houses.build(self.folder / "base", 100_000)

    @cached_property
    def pixels(self) -> Path:
        """A file with the paths of their pixels."""
        return houses.pixel_paths(self.base, self.folder / "pixels.txt")

    @cached_property
    def clicks(self) -> Path:
        """A file with the paths of their signed links."""
        return houses.click_paths(self.base, self.folder / "clicks.txt")

    def house(self, name: str) -> House:
        """A copy of the base, with a port of its own."""
        return houses.copy(self.base, self.folder / name, processes.free_port())

    def say(self, text: str) -> None:
        """Tell what is done just now."""
        Console(stderr=True, highlight=False).print(f"  … {text}", style="dim")

    def load(self, house: House, paths: Path, connections: int) -> Load:
        """Load whatever listens on the house's port."""
        return load(house.port, paths, connections, self.seconds)

    def load_and_drain(self, house: House, paths: Path, connections: int) -> Load:
        """Load a house, and wait until all of it is folded: the next one is to have the machine to itself."""
        seen = self.load(house, paths, connections)
        drained(house)
        return seen


def drained(house: House) -> float:
    """Seconds until everything that is journaled is folded. Raises TimeoutError."""
    started = time.monotonic()
    with house.engine() as engine:
        root = journals_of(engine, house.data_dir)
        while records_behind(engine, root):
            if time.monotonic() - started > DRAIN_SECONDS:
                raise TimeoutError("the projector doesn't keep up")
            time.sleep(0.1)
    return time.monotonic() - started


def in_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken A B A B, so that noise falls on all alike."""
    seen: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for values, measure in zip(seen, measures, strict=True):
            values.append(measure())
    return [median(values) for values in seen]
