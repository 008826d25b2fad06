"""Recipients, and segments of them with their counts, as answers hold them."""

from typing import Any

from sqlalchemy import Connection

from little_bell.domain.number_forms import Include, in_form
from little_bell.domain.recipients import LONGEST_RUN, Standing
from little_bell.domain.segments import READY, Segment
from little_bell.domain.times import from_micros
from little_bell.queries.segments import RecipientRow, count_segments


def recipient_shape(row: RecipientRow, include: Include | None = None) -> dict[str, Any]:
    """A recipient in an answer: both forms of each number, or the one that is asked for."""
    known = {name: _value(name, value) for name, value in zip(Standing._fields, row.standing, strict=True)}
    shape = in_form(known, include)
    return {"recipient_email": row.address, **shape, "is_suppressed": row.is_suppressed}


def _value(name: str, value: int) -> Any:
    if not name.endswith("_at"):
        return value
    return from_micros(value) if value else None


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
