"""Whose event it is, and the way to the database: every handler asks here first.

The identity comes from the HttpOnly cookie of the socket's handshake and from nowhere else: what a state holds, or an
event brings along, proves nothing.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import reflex as rx
from sqlalchemy import Connection, Engine

from little_bell.actions.sessions import COOKIE, SignIn, signed_in
from little_bell.bulletin import Listener
from little_bell.db import reading, writing
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Role
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing, digest
from little_bell.journal.base import Journal
from little_bell.replica import Replica
from little_bell.sealing import Sealing

P = ParamSpec("P")
R = TypeVar("R")
#: A revoked session or a changed role is felt after this time at the latest.
REMEMBERED_SECONDS = 3.0
REMEMBERED = 10_000


class Refusal(Protocol):
    """When (seconds since 1970) a webhook was refused, and why."""

    @property
    def at(self) -> float: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the installation keeps: of addresses, and single events for so many days (0: for good). A tenant can keep less."""

    ip_policy: str = "truncate"
    retention_days: int = 0


@dataclass(frozen=True, slots=True)
class House:
    """What the pages stand on, one of each a process. `why_full` names the reason why nothing can be recorded, if so. Files that were
    uploaded wait in `uploads`. `refusals` are the last webhooks of a tenant's provider that were not believed.
    `listener` makes what hears of changes from other processes, if anything does.
    """

    engine: Engine
    addresses: Addresses
    journal: Journal
    uploads: Path
    why_full: Callable[[], str | None] = lambda: None
    sealing: Sealing = field(default_factory=lambda: Sealing(KeyRing([secrets.token_urlsafe(32)])))
    refusals: Callable[[int, str], Sequence[Refusal]] = lambda _tenant_id, _provider: ()
    keeping: Keeping = Keeping()
    replica: Replica | None = None
    listener: Callable[[], Listener | None] = lambda: None

    @property
    def exports(self) -> Path:
        """Where files that were made for somebody wait."""
        return self.uploads.with_name("exports")


_house: list[House] = []
_known: dict[str, tuple[float, SignIn | None]] = {}


def move_into(house: House) -> None:
    """Give the pages what they stand on; called once, by little_bell.py or a test."""
    _house[:] = [house]
    _known.clear()


def house() -> House:
    """What move_into was given."""
    return _house[0]


async def read(query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """A query's answer, got in a thread so that the server goes on meanwhile; maybe of a replica, with all that was written here."""
    replica = house().replica
    if replica is None:
        return await read_primary(query, *args, **kwargs)
    return await asyncio.to_thread(replica.ask, lambda connection: query(connection, *args, **kwargs))


async def read_primary(query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same of the database that is written to: for who somebody is, and for what changed."""

    def run() -> R:
        with reading(house().engine) as connection:
            return query(connection, *args, **kwargs)

    return await asyncio.to_thread(run)


async def write(action: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """An action's answer, after its transaction was committed."""

    def run() -> R:
        with writing(house().engine) as connection:
            return action(connection, *args, **kwargs)

    done = await asyncio.to_thread(run)
    wrote()
    return done


def wrote() -> None:
    """Something was committed that the next read has to find, on a replica too."""
    if (replica := house().replica) is not None:
        replica.wrote()


async def visitor(state: rx.State) -> SignIn | None:
    """Who is signed in on this socket, or None."""
    secret = _secret(state.router.headers.cookie)
    if not secret:
        return None
    key, moment = digest(secret), time.monotonic()
    known = _known.get(key)
    if known is None or known[0] < moment:
        if len(_known) >= REMEMBERED:
            _known.clear()
        known = _known[key] = (moment + REMEMBERED_SECONDS, await read_primary(signed_in, secret))
    return known[1]


async def member(state: rx.State) -> SignIn:
    """Who is signed in on this socket. Raises Unauthorized."""
    who = await visitor(state)
    if who is None:
        raise Unauthorized("please sign in again")
    return who


async def editor(state: rx.State) -> SignIn:
    """The same, if they may write. Raises Unauthorized, Forbidden."""
    return _at_least(await member(state), Role.EDITOR, Role.OWNER)


async def owner(state: rx.State) -> SignIn:
    """The same, if they may change settings. Raises Unauthorized, Forbidden."""
    return _at_least(await member(state), Role.OWNER)


async def operator(state: rx.State) -> SignIn:
    """The same, if they own the tenants of this installation. Raises Unauthorized, Forbidden."""
    who = await member(state)
    if not who.is_operator:
        raise Forbidden("this is for whoever runs the installation")
    return who


def forget() -> None:
    """Ask anew who everybody is: somebody’s role, tenant or tenant’s name changed."""
    _known.clear()


def _at_least(who: SignIn, *roles: Role) -> SignIn:
    if who.is_suspended:
        raise Forbidden("this tenant is suspended; ask whoever runs the installation")
    if who.role not in roles:
        raise Forbidden(f"your role here ({who.role}) doesn’t allow this; ask an owner")
    return who


def _secret(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
