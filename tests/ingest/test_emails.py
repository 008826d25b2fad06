"""Pixels and links of a tenant's e-mails, under its slug: ids can be guessed, so a signature says that we made the address."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from little_bell.actions.emails import NewEmail, create_email
from little_bell.actions.tenants import TenantChanges, change_tenant, move_tenant, suspend_tenant
from little_bell.db import writing
from little_bell.domain.slugs import RESERVED, is_a_tenants_route
from little_bell.ingest.answers import GIF
from tests.fixtures.people import Person
from tests.ingest.conftest import Reader, Start

URL = "https://example.com/your-link?a=1&b=2#part"


@pytest.fixture
def database_url(database: str) -> str:
    return database


@pytest.fixture
def token(engine: Engine, alice: Person) -> str:
    """Of Alice's first e-mail."""
    with writing(engine) as connection:
        return create_email(connection, alice.tenant_id, NewEmail(), "test").token


@pytest.fixture
def reader(start: Start, token: str) -> Reader:
    """A mail client of a server that knows Alice."""
    return start()


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pixel_of(reader: Reader, token: str, slug: str = "alice") -> str:
    return reader.server.addresses.email_pixel_url(slug, 1, token)


def test_a_signed_pixel_is_recorded_as_its_tenants(reader: Reader, token: str, alice: Person) -> None:
    answer = reader.get(pixel_of(reader, token))
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/gif", GIF)
    [hit] = reader.hits()
    assert (hit.type, hit.token, hit.tenant_id, hit.is_signed, hit.is_head) == ("opened", "1/1", alice.tenant_id, True, False)


@pytest.mark.parametrize("query", ["", "?s=", "?s=1.AAAAAAAAAAAAAAAAAAAAAA", "?s=2.x", "?s=%FF"])
@pytest.mark.parametrize("path", ["/alice/pixel/1.gif", "/alice/pixel/1", "/track/pixel/1/1.gif"])
def test_without_a_right_signature_it_is_unsigned(reader: Reader, path: str, query: str) -> None:
    assert reader.get(path + query).body == GIF
    [hit] = reader.hits()
    assert (hit.token, hit.tenant_id, hit.is_signed) == ("1/1", 0, False)


def test_a_signature_of_another_email_is_none_of_this_one(reader: Reader, token: str) -> None:
    reader.get(pixel_of(reader, token).replace("/pixel/1.gif", "/pixel/2.gif"))
    [hit] = reader.hits()
    assert (hit.token, hit.is_signed) == ("1/2", False)


def test_a_tenant_may_take_ids_without_a_signature(start: Start, engine: Engine, alice: Person, token: str) -> None:
    with writing(engine) as connection:
        change_tenant(connection, alice.tenant_id, TenantChanges(accepts_unsigned_ids=True), "test")
    reader = start()
    reader.get("/alice/pixel/1.gif")
    [hit] = reader.hits()
    assert (hit.tenant_id, hit.is_signed) == (alice.tenant_id, True)


@pytest.mark.parametrize("email_id", ["0", "01", "-1", "x", "", "1" * 20, "²", "1.5", "1.gif.gif"])
def test_an_id_that_cant_be_gets_the_gif_and_is_counted(reader: Reader, email_id: str) -> None:
    assert reader.get(f"/alice/pixel/{email_id}.gif").body == GIF
    assert (reader.hits(), reader.drops) == ([], {"bad_token": 1})


def test_a_tenant_that_isnt_there_gets_the_gif_and_is_counted(reader: Reader) -> None:
    assert reader.get("/nobody/pixel/1.gif").body == GIF
    assert (reader.hits(), reader.drops) == ([], {"unknown_tenant": 1, "bad_token": 1})


def test_head_has_the_headers_alone_and_another_method_is_refused(reader: Reader, token: str) -> None:
    answer = reader.ask("HEAD", pixel_of(reader, token))
    assert (answer.status, answer.body) == (200, b"")
    assert [hit.is_head for hit in reader.hits()] == [True]
    assert reader.ask("POST", pixel_of(reader, token)).status == 405


def test_a_signed_click_redirects_without_the_database(reader: Reader, token: str, alice: Person) -> None:
    answer = reader.get(reader.server.addresses.email_click_url("alice", 1, alice.tenant_id, token, URL))
    assert (answer.status, answer.location) == (302, URL)
    [hit] = reader.hits()
    assert (hit.type, hit.token, hit.tenant_id, hit.is_signed, hit.url) == ("clicked", "1/1", alice.tenant_id, True, URL)


def test_an_unsigned_click_asks_and_is_recorded_as_unsigned(reader: Reader) -> None:
    assert reader.get("/alice/click/1?url=https%3A%2F%2Fexample.com%2Fyour-link").asks
    [hit] = reader.hits()
    assert (hit.token, hit.is_signed) == ("1/1", False)


def test_an_unsigned_click_on_an_allowed_host_redirects(start: Start, engine: Engine, alice: Person, token: str) -> None:
    with writing(engine) as connection:
        change_tenant(connection, alice.tenant_id, TenantChanges(allowed_hosts=["example.com"]), "test")
    assert start().get("/alice/click/1?url=https%3A%2F%2Fexample.com%2Fyour-link").location == "https://example.com/your-link"


def test_mail_sent_before_a_move_goes_on_working(reader: Reader, engine: Engine, alice: Person, token: str) -> None:
    with writing(engine) as connection:
        move_tenant(connection, alice.tenant_id, "wonderland", "test")
    eventually(lambda: reader.server.tenants.find("wonderland") == alice.tenant_id)
    reader.get(pixel_of(reader, token))
    reader.get(pixel_of(reader, token, "wonderland"))
    assert [(hit.token, hit.is_signed) for hit in reader.hits()] == [("1/1", True)] * 2


def test_a_suspended_tenants_pixel_answers_and_its_links_stop(reader: Reader, engine: Engine, alice: Person, token: str) -> None:
    with writing(engine) as connection:
        suspend_tenant(connection, alice.tenant_id, "test")
    eventually(lambda: reader.server.tenants.is_stopped(alice.tenant_id))
    assert reader.get(pixel_of(reader, token)).body == GIF
    answer = reader.get(reader.server.addresses.email_click_url("alice", 1, alice.tenant_id, token, URL))
    assert (answer.status, answer.location) == (404, None)


def test_an_emails_unsubscribe_address_works(reader: Reader, token: str, alice: Person) -> None:
    address = reader.server.addresses.unsubscribe_url(alice.tenant_id, token)
    assert "Unsubscribe?" in reader.get(address).text
    assert reader.ask("POST", address).status == 200
    assert [(hit.type, hit.token) for hit in reader.hits()] == [("unsubscribed", "1/1")]


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_no_address_of_ours_is_a_tenants(slug: str) -> None:
    assert not is_a_tenants_route(f"/{slug}/pixel/1.gif") and is_a_tenants_route("/alice/pixel/1.gif")
