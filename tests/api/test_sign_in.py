"""Signing in, out, and a new password."""

from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from little_bell.actions.sessions import COOKIE, signed_in
from little_bell.api.context import Context
from little_bell.api.sign_in_limits import BY_ACCOUNT
from little_bell.db import reading
from little_bell.models.tables import sessions
from tests.api.conftest import BASE_URL, Http, error_of, on_sqlite
from tests.fixtures.people import Person

pytestmark = on_sqlite


def sign_in(visitor: Http, person: Person, password: str | None = None, **headers: str) -> httpx.Response:
    return visitor.post("/auth/login", data={"email": person.email, "password": password or person.password}, headers=headers)


def test_the_right_password_opens_a_session_that_no_script_can_read(visitor: Http, alice: Person, engine: Engine) -> None:
    answer = sign_in(visitor, alice)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    with reading(engine) as connection:
        who = signed_in(connection, cookie.value)
        assert who is not None
        assert (who.user_id, who.tenant_id, who.role) == (alice.user_id, alice.tenant_id, "owner")
        assert cookie.value not in connection.execute(select(sessions.c.secret_hash)).scalars().all()


def test_the_cookie_is_secure_where_the_base_url_is_https(app: Any, context: Context, alice: Person) -> None:
    app.state.context = type(context)(
        context.engine,
        context.journal,
        context.ring,
        context.addresses,
        context.settings.model_copy(update={"public_url": "https://bell.example:3000"}),
    )
    context.settings.__dict__.pop("base_url", None)
    assert "; secure" in sign_in(Http(app), alice).headers["set-cookie"].lower()


@pytest.mark.parametrize(("email", "password"), [(None, "wrong"), ("nobody@example.com", None), ("", ""), (None, "x" * 2_000)])
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    visitor: Http, alice: Person, email: str | None, password: str | None
) -> None:
    fields = {"email": alice.email if email is None else email, "password": alice.password if password is None else password}
    answer = visitor.post("/auth/login", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?error=1")
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_on_the_server(visitor: Http, alice: Person, engine: Engine) -> None:
    sign_in(visitor, alice)
    secret = visitor.cookies[COOKIE]
    answer = visitor.post("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    with reading(engine) as connection:
        assert signed_in(connection, secret) is None


@pytest.mark.parametrize("path", ["/auth/login", "/auth/logout", "/auth/password"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://x.bell.example"},
    ],
)
def test_another_site_cannot_send_these_forms(visitor: Http, alice: Person, path: str, headers: dict[str, str]) -> None:
    sign_in(visitor, alice)
    answer = visitor.post(path, data={"email": alice.email, "password": alice.password}, headers=headers)
    assert error_of(answer) == (403, "cross_site", None)


@pytest.mark.parametrize("headers", [{"Origin": BASE_URL}, {"Sec-Fetch-Site": "same-origin", "Origin": BASE_URL}, {}])
def test_our_own_page_and_programs_can(visitor: Http, alice: Person, headers: dict[str, str]) -> None:
    assert sign_in(visitor, alice, **headers).headers["location"] == "/"


def test_too_many_attempts_have_to_wait(visitor: Http, alice: Person) -> None:
    for _ in range(BY_ACCOUNT.amount):
        assert sign_in(visitor, alice, "wrong").status_code == 303
    answer = sign_in(visitor, alice)
    assert error_of(answer) == (429, "too_many_requests", None)
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    page = sign_in(visitor, alice, Accept="text/html,application/xhtml+xml")
    assert (page.status_code, page.headers["location"]) == (303, "/login?error=wait")


def test_a_new_password_ends_the_other_sessions(app: Any, alice: Person, engine: Engine) -> None:
    here, elsewhere = Http(app), Http(app)
    sign_in(here, alice)
    sign_in(elsewhere, alice)
    fields = {"current_password": alice.password, "new_password": "a new password, long enough"}
    answer = here.post("/auth/password", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?notice=password-changed")
    with reading(engine) as connection:
        assert signed_in(connection, here.cookies[COOKIE]) is not None
        assert signed_in(connection, elsewhere.cookies[COOKIE]) is None
    assert sign_in(Http(app), alice).headers["location"] == "/login?error=1"
    assert sign_in(Http(app), alice, fields["new_password"]).headers["location"] == "/"


def test_a_new_password_needs_the_old_one_and_some_length(visitor: Http, alice: Person) -> None:
    sign_in(visitor, alice)
    wrong = visitor.post("/auth/password", data={"current_password": "wrong", "new_password": "long enough for all"})
    poor = visitor.post("/auth/password", data={"current_password": alice.password, "new_password": "short"})
    assert wrong.headers["location"] == "/settings?error=wrong-password"
    assert poor.headers["location"] == "/settings?error=poor-password"
    assert sign_in(visitor, alice).headers["location"] == "/"
    assert error_of(Http(visitor.app).post("/auth/password", data={})) == (401, "unauthorized", None)
