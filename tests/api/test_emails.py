"""The routes under a tenant's slug: e-mails by number, their links, the way to the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from little_bell.actions.campaigns import hide_campaign
from little_bell.actions.members import set_role
from little_bell.actions.sessions import signed_in
from little_bell.actions.tenants import move_tenant, suspend_tenant
from little_bell.api.context import Context
from little_bell.db import reading, writing
from little_bell.domain.events import Role, Scope
from little_bell.models.tables import campaigns, messages, tenants
from tests.api.conftest import BASE_URL, Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person


def test_an_email_is_registered_and_numbered_within_its_tenant(api: Http, stranger: Http, engine: Engine) -> None:
    answer = api.post("/alice/emails", json={"subject": "Welcome Email", "recipient": "user@example.com"})
    assert answer.status_code == 201
    assert answer.json()["email_id"] == 1
    assert answer.json()["tracking_pixel_url"].startswith(f"{BASE_URL}/alice/pixel/1.gif?s=1.")
    assert set(answer.json()) == {"email_id", "tracking_pixel_url"}
    assert api.post("/alice/emails", json={}).json()["email_id"] == 2
    assert stranger.post("/charlie/emails", json={}).json()["email_id"] == 1
    with reading(engine) as connection:
        columns = (messages.c.token, messages.c.recipient_email, messages.c.subject, messages.c.external_id)
        rows = connection.execute(select(*columns).order_by(messages.c.id)).all()
    assert [tuple(row) for row in rows] == [
        ("1/1", "user@example.com", "Welcome Email", "1"),
        ("1/2", "", None, "2"),
        ("2/1", "", None, "1"),
    ]


@pytest.mark.parametrize("content", [b'{"subject": "Newsletter"}', b""])
def test_curl_needs_no_content_type_here(api: Http, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert api.post("/alice/emails", content=content, headers=headers).status_code == 201


def test_all_emails_are_in_one_campaign_which_is_made_anew_once_deleted(api: Http, engine: Engine, alice: Person) -> None:
    for _ in range(3):
        api.post("/alice/emails", json={})
    [campaign] = api.get("/api/campaigns").json()
    assert (campaign["name"], campaign["external_id"], campaign["metrics"]["total"]) == ("E-mails", "emails", 3)
    with writing(engine) as connection:
        hide_campaign(connection, alice.tenant_id, campaign["id"], "test")
    assert api.post("/alice/emails", json={}).json()["email_id"] == 4
    with reading(engine) as connection:
        assert len(connection.execute(select(campaigns.c.id)).all()) == 2


def test_an_email_can_be_looked_up_marked_and_instrumented_as_any_message(api: Http, fold: Callable[[], None]) -> None:
    api.post("/alice/emails", json={"recipient": "user@example.com"})
    [found] = api.get("/api/messages?external_id=1").json()
    assert found["tracking_token"] == "1/1"
    assert api.post("/api/messages/marks", json={"marks": [{"tracking_token": "1/1", "mark": "sent"}]}).status_code == 200
    mail = api.post(f"/api/messages/{found['id']}/instrument", json={"html": '<a href="https://example.com/">x</a>'}).json()
    assert "/track/pixel/1/1.gif?s=1." in mail["html"] and "/track/redirect/1/1?url=" in mail["html"]


def test_a_links_signature_is_made_and_every_character_survives(api: Http, context: Context) -> None:
    api.post("/alice/emails", json={})
    answer = api.get("/alice/click-url/1?url=https%3A%2F%2Fexample.com%2Fa%2Bb+c%3Fx%3D1%26y%3D2")
    url = "https://example.com/a+b+c?x=1&y=2"
    assert answer.json() == {"click_url": context.addresses.email_click_url("alice", 1, 1, "1/1", url), "original_url": url}
    assert answer.json()["click_url"].startswith(f"{BASE_URL}/alice/click/1?url=https%3A%2F%2Fexample.com%2Fa%2Bb%2Bc%3Fx%3D1%26y%3D2&s=1.")


@on_sqlite
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/alice/click-url/1", (422, "invalid", "url")),
        ("/alice/click-url/1?url=javascript%3Aalert(1)", (422, "invalid", "url")),
        ("/alice/click-url/99?url=https%3A%2F%2Fexample.com", (404, "not_found", "message_id")),
        ("/alice/click-url/x?url=https%3A%2F%2Fexample.com", (404, "not_found", None)),
        ("/charlie/click-url/1?url=https%3A%2F%2Fexample.com", (404, "not_found", "tenant")),
        ("/nobody/click-url/1?url=https%3A%2F%2Fexample.com", (404, "not_found", "tenant")),
    ],
)
def test_a_link_that_cant_be_made_says_why(api: Http, charlie: Person, path: str, expected: Any) -> None:
    api.post("/alice/emails", json={})
    assert error_of(api.get(path)) == expected


@on_sqlite
@pytest.mark.parametrize(("body", "field"), [({"recipient": "nobody"}, "recipient"), ({"subject": "a\nb"}, "subject"), ({"to": "x"}, "to")])
def test_an_email_that_cant_be_registered_says_why_and_takes_no_number(api: Http, engine: Engine, body: Any, field: str) -> None:
    assert error_of(api.post("/alice/emails", json=body)) == (422, "invalid", field)
    assert api.post("/alice/emails", json={}).json()["email_id"] == 1


def test_a_key_of_another_tenant_or_without_the_scope_opens_nothing(
    app: Any, api: Http, stranger: Http, engine: Engine, alice: Person
) -> None:
    assert error_of(stranger.post("/alice/emails", json={})) == (404, "not_found", "tenant")
    reader = Http(app, key_of(engine, alice, Scope.READ))
    assert reader.post("/alice/emails", json={}).status_code == 403
    with reading(engine) as connection:
        assert connection.execute(select(messages)).all() == []


def test_a_repeat_under_a_key_registers_once(api: Http) -> None:
    answers = [api.post("/alice/emails", json={}, headers={"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert answers[0] == answers[1] and api.post("/alice/emails", json={}).json()["email_id"] == 2


def test_a_moved_tenant_answers_under_both_slugs_and_a_suspended_one_under_none(api: Http, engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        move_tenant(connection, alice.tenant_id, "wonderland", "test")
    assert [api.post(f"/{slug}/emails", json={}).status_code for slug in ("alice", "wonderland")] == [201, 201]
    with writing(engine) as connection:
        suspend_tenant(connection, alice.tenant_id, "test")
    assert error_of(api.post("/alice/emails", json={})) == (403, "suspended", None)


def test_numbers_go_on_behind_those_that_were_taken_over(api: Http, engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == alice.tenant_id).values(next_email_id=501))
    assert api.post("/alice/emails", json={}).json()["email_id"] == 501


def test_the_dashboard_leads_to_the_pages_and_remembers_whose(visitor: Http) -> None:
    answer = visitor.get("/alice/dashboard")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?tenant=alice")
    assert visitor.cookies["lb_tenant"] == "alice"


def test_who_wanted_a_tenants_dashboard_is_there_after_signing_in(visitor: Http, engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        set_role(connection, charlie.tenant_id, alice.user_id, Role.VIEWER, "test")
    for slug, tenant_id in (("charlie", charlie.tenant_id), ("nobody", alice.tenant_id)):
        visitor.get(f"/{slug}/dashboard")
        visitor.post("/auth/login", data={"email": alice.email, "password": alice.password})
        assert visitor.cookies.get("lb_tenant") is None
        with reading(engine) as connection:
            who = signed_in(connection, visitor.cookies["lb_session"])
        assert who is not None and who.tenant_id == tenant_id
