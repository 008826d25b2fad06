"""Segments with their counts, as answers hold them."""

from typing import Any

from sqlalchemy import Connection

from little_bell.domain.number_forms import Include
from little_bell.domain.recipients import LONGEST_RUN
from little_bell.domain.segments import READY, Segment
from little_bell.queries.segments import count_segments


def segments_shape(connection: Connection, tenant_id: int) -> dict[str, Any]:
    """Each ready segment with what it asks for and its counts, and how many opened none of the latest 1 to 20 campaigns they got."""
    runs = {f"unopened_{run}": Segment(unopened=run) for run in range(1, LONGEST_RUN + 1)}
    every = {**READY, **runs}
    both = [one._replace(include=include) for one in every.values() for include in (Include.HUMAN, Include.ALL)]
    counts = iter(count_segments(connection, tenant_id, both))
    found = [{"name": name, "query": query_of(one), "human": next(counts), "all": next(counts)} for name, one in every.items()]
    return {"segments": found}


def query_of(segment: Segment) -> dict[str, Any]:
    """What is asked for, as parameters of the API."""
    return {name: value for name, value in segment._asdict().items() if name != "include" and value not in (None, "")}
