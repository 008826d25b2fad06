"""Who calls, and what they may: an API key with a scope, or, for downloads, somebody who is signed in."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from little_bell.actions.keys import find_key, note_use
from little_bell.actions.sessions import COOKIE, signed_in
from little_bell.api.context import Context, House
from little_bell.api.freshness import read_after
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Scope

_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer lb_…`")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same key, for clients that can't set Authorization.")
#: A database that is locked must not collect a waiting thread for every request.
NOTE_EVERY_SECONDS = 60.0
Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
Header = Annotated[str | None, Security(_header)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is. `actor` is what the audit log says of them; `key_id` is 0 for somebody who is signed in."""

    tenant_id: int
    actor: str
    key_id: int


def _key_with(scope: Scope) -> Callable[..., Caller]:
    def caller(request: Request, context: House, background: BackgroundTasks, bearer: Bearer, header: Header) -> Caller:
        found = _by_key(context, background, bearer.credentials if bearer else header, scope)
        _note_caller(request, found)
        if scope is Scope.READ:
            read_after(request, context)
        return found

    return caller


def _note_caller(request: Request, caller: Caller) -> None:
    """For the log line of the request: the tenant, and the key's number (0 for somebody who is signed in)."""
    request.state.who = {"tenant": caller.tenant_id, "key": caller.key_id}


def _by_key(context: Context, background: BackgroundTasks, secret: str | None, scope: Scope) -> Caller:
    if not secret:
        raise Unauthorized("an API key is needed: Authorization: Bearer lb_…")
    with context.reading() as connection:
        holder = find_key(connection, secret)
    if holder is None:
        raise Unauthorized("this API key is unknown or was revoked")
    if scope not in holder.scopes:
        raise Forbidden(f"this API key lacks the scope {scope!r}", code="missing_scope")
    if holder.use_is_worth_noting and context.noted_keys.get(holder.key_id, -NOTE_EVERY_SECONDS) < time.monotonic() - NOTE_EVERY_SECONDS:
        context.noted_keys[holder.key_id] = time.monotonic()
        background.add_task(_note_use, context, holder.key_id)
    return Caller(holder.tenant_id, f"key {holder.prefix}…", holder.key_id)


def _note_use(context: Context, key_id: int) -> None:
    with context.writing() as connection:
        note_use(connection, key_id)


def _key_or_sign_in(request: Request, context: House, background: BackgroundTasks, bearer: Bearer, header: Header) -> Caller:
    """For GET alone: a browser's download link carries the cookie and can't carry a key. Every role may read."""
    secret = request.cookies.get(COOKIE)
    if bearer or header or not secret:
        found = _by_key(context, background, bearer.credentials if bearer else header, Scope.READ)
    else:
        with context.reading() as connection:
            who = signed_in(connection, secret)
        if who is None:
            raise Unauthorized("please sign in again")
        found = Caller(who.tenant_id, who.email, 0)
    _note_caller(request, found)
    read_after(request, context)
    return found


Reader = Annotated[Caller, Depends(_key_with(Scope.READ))]
Writer = Annotated[Caller, Depends(_key_with(Scope.WRITE))]
Reporter = Annotated[Caller, Depends(_key_with(Scope.EVENTS))]
Administrator = Annotated[Caller, Depends(_key_with(Scope.ADMIN))]
Downloader = Annotated[Caller, Depends(_key_or_sign_in)]
