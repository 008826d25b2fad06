"""What of a shared journal isn't folded yet: asked of the stream itself, so that it is known while no projector is alive."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from little_bell.journal.stream import subject_of

if TYPE_CHECKING:
    from nats.aio.client import Client

#: A server that can't say within this time can't be asked.
ASK_SECONDS = 2.0


class Backlog(NamedTuple):
    """How many packets wait to be folded, and for how many seconds the oldest of them has."""

    packets: int = 0
    seconds: float = 0.0


async def backlog(client: "Client", stream: str, folded: Mapping[int, int]) -> Backlog:
    """What lies behind these sequences, by partition. Raises what an unreachable server raises."""
    waiting = await asyncio.gather(*(_behind(client, stream, partition, sequence) for partition, sequence in folded.items()))
    return Backlog(sum(some.packets for some in waiting), max((some.seconds for some in waiting), default=0.0))


async def _behind(client: "Client", stream: str, partition: int, folded: int) -> Backlog:
    """One request that any replica answers: the first packet behind the sequence, and how many follow it (NATS 2.11; ADR-31)."""
    wanted = {"seq": folded + 1, "next_by_subj": subject_of(stream, partition), "batch": 1}
    answer = await client.request(f"$JS.API.DIRECT.GET.{stream}", json.dumps(wanted).encode(), timeout=ASK_SECONDS)
    said = answer.headers or {}
    if "Nats-Time-Stamp" not in said:
        return Backlog()
    stored = datetime.fromisoformat(said["Nats-Time-Stamp"]).timestamp()
    return Backlog(int(said.get("Nats-Num-Pending", 0)) + 1, max(0.0, time.time() - stored))
