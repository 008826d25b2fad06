"""What comes of a recipient who was erased: it counts, and tells nothing of them."""

from collections.abc import Collection
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection, select

from little_bell.journal.records import Mark, Notice
from little_bell.models.tables import tombstones
from little_bell.projector.states import MANY

#: What stands where a name stood.
ERASED = "(erased)"
Fact = TypeVar("Fact", Mark, Notice)


def without_names(fact: Fact) -> Fact:
    """A fact about a message whose recipient was erased: texts of bounces quote them, ids and destinations may be theirs alone."""
    silent: dict[str, Any] = {"url": ""}
    if fact.bounce is not None:
        silent["bounce"] = {**fact.bounce, "reason": ERASED, "diagnostic_code": None}
    if isinstance(fact, Mark):
        return replace(fact, provider_message_id=None, **silent)
    return replace(fact, recipient="", tokens=[], message_ids=[], address="", agent="", **silent)


def forgotten(connection: Connection, tokens: Collection[str]) -> set[str]:
    """Those of the tokens that were of somebody who was erased."""
    wanted, found, table = sorted(tokens), set(), tombstones.c
    for start in range(0, len(wanted), MANY):
        nameless = select(table.token).where(table.token.in_(wanted[start : start + MANY]), table.recipient_email == "")
        found |= set(connection.execute(nameless).scalars())
    return found
