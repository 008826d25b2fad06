"""What the processes of one server count, added up: each keeps its own counters in a file that the others read when somebody asks."""

import os
from collections import Counter
from pathlib import Path

import msgspec

from little_bell.ingest.counters import LATENCY_BOUNDS, Counters


class _Kept(msgspec.Struct):
    answered: dict[str, int]
    drops: dict[str, int]
    latency: list[int]
    latency_sum: float


class SharedCounters:
    """Reads like Counters. A process that was replaced goes on counting with its last figures, so that no sum falls."""

    latency_bounds = LATENCY_BOUNDS

    def __init__(self, own: Counters, folder: Path, server: str) -> None:
        self._own, self._folder, self._server = own, folder, server
        self._path = folder / f"{server}-{os.getpid()}.json"

    def start(self) -> None:
        """Forget what servers counted that ran here before."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in self._folder.glob("*.json"):
            if not path.name.startswith(f"{self._server}-"):
                path.unlink(missing_ok=True)

    def keep(self) -> None:
        """Write the own figures down for the others."""
        own = self._own
        kept = _Kept(dict(own.answered), dict(own.drops), list(own.latency), own.latency_sum)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(kept))
        new.replace(self._path)

    @property
    def answered(self) -> Counter[str]:
        """By event type."""
        return sum((Counter(one.answered) for one in self._others()), Counter(self._own.answered))

    @property
    def drops(self) -> Counter[str]:
        """By reason."""
        return sum((Counter(one.drops) for one in self._others()), Counter(self._own.drops))

    @property
    def latency(self) -> list[int]:
        """By bucket."""
        return [sum(counts) for counts in zip(self._own.latency, *(one.latency for one in self._others()), strict=True)]

    @property
    def latency_sum(self) -> float:
        """In seconds."""
        return sum((one.latency_sum for one in self._others()), self._own.latency_sum)

    def _others(self) -> list[_Kept]:
        found: list[_Kept] = []
        for path in sorted(self._folder.glob(f"{self._server}-*.json")):
            if path != self._path:
                try:
                    found.append(msgspec.json.decode(path.read_bytes(), type=_Kept))
                except (OSError, msgspec.DecodeError):  # just being replaced, or of another version
                    continue
        return found
