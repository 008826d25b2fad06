"""An unsigned link redirects where its sender vouches for it: a registered link, or a host on the tenant's list."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, update

from little_bell.actions.campaigns import create_campaign, hide_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.links import register_links
from little_bell.actions.messages import create_messages
from little_bell.actions.tenants import suspend_tenant
from little_bell.db import writing
from little_bell.models.tables import tenants
from tests.fixtures.people import Person
from tests.ingest.conftest import TOKEN, Reader, Start

REGISTERED = "https://shop.example/offer?a=1&b[0]=2#top"


@pytest.fixture
def database_url(database: str) -> str:
    """This one asks the database: on both kinds."""
    return database


@pytest.fixture
def campaign_id(engine: Engine, alice: Person) -> int:
    with writing(engine) as connection:
        campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="Newsletter"), "tests")
        message = NewMessage(campaign_id=campaign_id, recipient_email="reader@example.com", tracking_token=TOKEN)
        create_messages(connection, alice.tenant_id, [message])
        register_links(connection, alice.tenant_id, campaign_id, [REGISTERED])
    return campaign_id


def allow(engine: Engine, tenant_id: int, *hosts: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(allowed_hosts=list(hosts)))


def follow(reader: Reader, url: str, token: str = TOKEN) -> Any:
    return reader.get(f"/track/redirect/{token}?url={quote(url, safe='')}")


def test_a_registered_link_redirects_and_is_recorded_as_its_tenants(reader: Reader, campaign_id: int, alice: Person) -> None:
    answer = follow(reader, REGISTERED)
    assert (answer.status, answer.location) == (302, REGISTERED)
    [hit] = reader.hits()
    assert (hit.is_signed, hit.tenant_id, hit.url) == (True, alice.tenant_id, REGISTERED)


def test_only_the_registered_url_itself_redirects(reader: Reader, campaign_id: int) -> None:
    others = [REGISTERED + "x", REGISTERED.split("#", maxsplit=1)[0], REGISTERED.replace("shop", "SHOP"), "https://shop.example/"]
    assert all(follow(reader, url).asks for url in others)


def test_another_messages_links_and_unknown_tokens_ask(reader: Reader, campaign_id: int, engine: Engine, charlie: Person) -> None:
    with writing(engine) as connection:
        theirs = create_campaign(connection, charlie.tenant_id, NewCampaign(name="Theirs"), "tests")
        message = NewMessage(campaign_id=theirs, recipient_email="reader@example.com", tracking_token="charlies-token")
        create_messages(connection, charlie.tenant_id, [message])
        own = create_campaign(connection, charlie.tenant_id, NewCampaign(name="Another"), "tests")
        register_links(connection, charlie.tenant_id, own, ["https://charlie.example/"])
    assert follow(reader, REGISTERED, "charlies-token").asks
    assert follow(reader, "https://charlie.example/").asks
    assert follow(reader, "https://charlie.example/", "charlies-token").asks, "it is of another campaign"
    assert follow(reader, REGISTERED, "nobody-knows-it").asks


ALLOWED = [
    ("shop.example", "https://shop.example/anything?x=1"),
    ("shop.example", "http://SHOP.example:8080/"),
    ("shop.example", "https://shop.example./"),
    ("bücher.example", "https://xn--bcher-kva.example/"),
    ("xn--bcher-kva.example", "https://bücher.example/ü"),
    ("BÜCHER.example", "https://bücher.example/"),
    ("faß.example", "https://xn--fa-hia.example/"),
    ("faß.example", "https://FAß.example/"),
    ("192.0.2.1", "http://192.0.2.1/"),
]
LOOK_ALIKES = [
    ("shop.example", "https://www.shop.example/"),
    ("shop.example", "https://shop.example.evil.example/"),
    ("shop.example", "https://evilshop.example/"),
    ("shop.example", "https://shop.exampl/"),
    ("shop.example", "https://example/"),
    ("shop.example", "https://evil.example/?shop.example"),
    ("shop.example", "https://evil.example/#shop.example"),
    ("shop.example", "https://evil.example/shop.example"),
    ("shop.example", "https://shop.example%2eevil.example/"),
    ("shop.example", "https://shop.example;evil.example/"),
    ("shop.example", "https://shop.example,evil.example/"),
    ("shop.example", "https://evil.example?@shop.example/"),
    ("shop.example", "https://evil.example#@shop.example/"),
    ("shop.example", "https://shoр.example/"),  # a Cyrillic letter
    # What browsers take for other hosts than IDNA 2003 does:
    ("shop.example", "https://shop\u200d.example/"),
    ("fass.example", "https://faß.example/"),
    ("fass.example", "https://FA\u1e9e.example/"),
    ("faß.example", "https://fass.example/"),
    ("σ.example", "https://ς.example/"),
    ("a.fass.example", "https://a\u3002faß.example/"),
]


def test_a_host_on_the_list_redirects(reader: Reader, campaign_id: int, engine: Engine, alice: Person) -> None:
    for host, url in ALLOWED:
        allow(engine, alice.tenant_id, "other.example", host)
        assert follow(reader, url).status == 302, (host, url)


def test_a_host_that_only_looks_like_one_on_the_list_never_redirects(
    reader: Reader, campaign_id: int, engine: Engine, alice: Person
) -> None:
    for host, url in LOOK_ALIKES:
        allow(engine, alice.tenant_id, host)
        answer = follow(reader, url)
        assert answer.location is None and (answer.asks or answer.status == 400), (host, url)


def test_the_list_is_the_tenants_own(reader: Reader, campaign_id: int, engine: Engine, charlie: Person) -> None:
    allow(engine, charlie.tenant_id, "shop.example")
    assert follow(reader, "https://shop.example/").asks


def test_nothing_of_a_deleted_campaign_redirects_unsigned(reader: Reader, campaign_id: int, engine: Engine, alice: Person) -> None:
    allow(engine, alice.tenant_id, "shop.example")
    with writing(engine) as connection:
        hide_campaign(connection, alice.tenant_id, campaign_id, "tests")
    assert follow(reader, REGISTERED).asks


def test_a_server_that_starts_knows_who_is_suspended(start: Start, campaign_id: int, engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        suspend_tenant(connection, alice.tenant_id, "tests")
    reader = start()
    assert follow(reader, REGISTERED).status == 404
    assert reader.get(reader.click_url(REGISTERED, tenant_id=alice.tenant_id)).status == 404
