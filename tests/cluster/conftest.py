"""Run by `make test-cluster`, which says how long it takes; `make test` leaves it out."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.cluster.cluster import Answers, Cluster, Readers
from tests.cluster.parts import wait_until

Reading = Callable[..., "contextmanager[Answers]"]


@contextmanager
def reading_mail(cluster: Cluster, *ports: int, clients: int = 6, pause: float = 0.02, host: str = "127.0.0.1") -> Iterator[list[Answers]]:
    """Readers of these ingest nodes, until the block ends; what they were answered, node by node."""
    readers = [Readers(cluster, host, port, clients, pause) for port in ports]
    cluster.answers += [reader.answers for reader in readers]

    async def play() -> None:
        await asyncio.gather(*(reader.run() for reader in readers))

    thread = threading.Thread(target=lambda: asyncio.run(play()))
    thread.start()
    try:
        yield [reader.answers for reader in readers]
    finally:
        for reader in readers:
            reader.stop()
        thread.join(30)


def more_answered(answers: Answers, count: int, seconds: float = 60) -> None:
    """Wait until so many more readers were answered."""
    enough = len(answers.answered) + count
    wait_until(lambda: len(answers.answered) >= enough, f"{count} more readers are answered", seconds)
