"""Who an event is by comes from the cookie of its socket, looked up in the database, and from nothing else."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from sqlalchemy import Engine

from little_bell.actions.members import remove_member, set_role
from little_bell.actions.sessions import sign_in, sign_out
from little_bell.db import writing
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Role
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.ui import session
from little_bell.ui.session import House, SignIn, editor, member, move_into, owner, visitor
from little_bell.ui.shell import Shell
from tests.fixtures.people import Person
from tests.ui.conftest import run


class NoJournal:
    """Nothing is recorded here."""

    def append(self, records: list[Any]) -> Any:
        raise AssertionError("nothing should be journaled")


@pytest.fixture
def full() -> list[str]:
    """Why the journal is full; empty while it isn't."""
    return []


@pytest.fixture(autouse=True)
def _house(engine: Engine, full: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(session, "REMEMBERED_SECONDS", 0.0)
    addresses = Addresses("http://localhost:3000", KeyRing(["k" * 32]))
    before = list(session._house)
    move_into(House(engine, addresses, NoJournal(), Path("nowhere"), lambda: full[0] if full else None))
    yield
    session._house[:] = before


def secret_of(engine: Engine, person: Person) -> str:
    with writing(engine) as connection:
        return sign_in(connection, person.user_id)


def asked(question: Callable[[rx.State], Awaitable[SignIn | None]], cookie: str) -> SignIn | None:
    """What a handler on a socket with this cookie header is told."""

    async def ask() -> SignIn | None:
        root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        root._update_router_vars({"headers": {"cookie": cookie}, "pathname": "/"}, {})
        return await question(root)

    return run(ask())  # type: ignore[no-any-return]


def test_the_cookie_says_who_and_in_which_tenant(engine: Engine, alice: Person) -> None:
    who = asked(member, f"theme=dark; lb_session={secret_of(engine, alice)}; x=y")
    assert who is not None
    assert (who.user_id, who.tenant_id, who.role) == (alice.user_id, alice.tenant_id, "owner")


@pytest.mark.parametrize("cookie", ["", "lb_session=", "lb_session=guess", "other=1", "lb_session", "\x00=;;;lb_session"])
def test_anything_else_is_nobody(cookie: str) -> None:
    assert asked(visitor, cookie) is None
    with pytest.raises(Unauthorized):
        asked(member, cookie)


def test_a_session_that_ended_is_nobody(engine: Engine, alice: Person) -> None:
    secret = secret_of(engine, alice)
    with writing(engine) as connection:
        sign_out(connection, secret)
    assert asked(visitor, f"lb_session={secret}") is None


def test_a_member_who_was_removed_is_nobody(engine: Engine, alice: Person, bob: Person) -> None:
    secret = secret_of(engine, bob)
    assert asked(visitor, f"lb_session={secret}") is not None
    with writing(engine) as connection:
        remove_member(connection, alice.tenant_id, bob.user_id, "test")
    assert asked(visitor, f"lb_session={secret}") is None


def test_a_viewer_may_neither_edit_nor_own_until_the_role_changes(engine: Engine, alice: Person, bob: Person) -> None:
    cookie = f"lb_session={secret_of(engine, bob)}"
    for question in (editor, owner):
        with pytest.raises(Forbidden, match="viewer"):
            asked(question, cookie)
    with writing(engine) as connection:
        set_role(connection, alice.tenant_id, bob.user_id, Role.EDITOR, "test")
    assert asked(editor, cookie) is not None
    with pytest.raises(Forbidden):
        asked(owner, cookie)


def test_every_page_says_when_nothing_can_be_recorded(engine: Engine, alice: Person, full: list[str]) -> None:
    async def enter() -> bool:
        root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
        root._update_router_vars({"headers": {"cookie": f"lb_session={secret}"}, "pathname": "/"}, {})
        shell = await root.get_state(Shell)
        await Shell.enter.fn(shell)
        assert (shell.email, shell.tenant, shell.can_edit) == (alice.email, "Alice", True)
        return shell.is_full

    secret = secret_of(engine, alice)
    assert run(enter()) is False
    full.append("disk_low")
    assert run(enter()) is True
