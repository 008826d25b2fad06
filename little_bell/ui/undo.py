"""What can be taken back, from the line that told of it: shell.offer_undo() tells it, `@undoes` marks what takes it back."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import reflex as rx

from little_bell.domain.errors import NotFound

#: Takes one thing back, named by a text of its own; asks who is signed in as every handler does. Returns events that show it.
Way = Callable[[rx.State, str], Awaitable[Any]]
F = TypeVar("F", bound=Way)
_ways: dict[str, Way] = {}


def undoes(kind: str) -> Callable[[F], F]:
    """Marks what takes back things of this kind."""

    def register(way: F) -> F:
        _ways[kind] = way
        return way

    return register


async def take_back(state: rx.State, kind: str, what: str) -> Any:
    """Do it, with the rights of who is signed in now. Raises what its way raises, and NotFound where there is none."""
    way = _ways.get(kind)
    if way is None:
        raise NotFound("there is nothing to undo")
    return await way(state, what)
