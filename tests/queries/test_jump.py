"""A few letters find a campaign or the mail to a recipient: on both databases, and nobody else's."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from little_bell.actions.campaigns import create_campaign, hide_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import make_engine, reading, writing
from little_bell.queries.jump import jump_to_campaigns, jump_to_messages
from tests.fixtures.people import Person


@pytest.fixture
def connection(engine: Engine, alice: Person, charlie: Person) -> Iterator[Connection]:
    """One transaction, opened once there is everybody."""
    with writing(engine) as connection:
        yield connection


def campaign(connection: Connection, whose: Person, name: str, *recipients: str, subject: str | None = None) -> int:
    campaign_id = create_campaign(connection, whose.tenant_id, NewCampaign(name=name, subject=subject), "test")
    new = [NewMessage(campaign_id=campaign_id, recipient_email=one) for one in recipients]
    if new:
        create_messages(connection, whose.tenant_id, new)
    return campaign_id


def recipients(connection: Connection, whose: Person, text: str) -> list[str]:
    return [one.name for one in jump_to_messages(connection, whose.tenant_id, text)]


def test_a_campaign_is_found_by_its_name_or_subject_those_that_begin_so_first(connection: Connection, alice: Person) -> None:
    for name, subject in (("Autumn letter", None), ("The late autumn", None), ("Offer", "For your AUTUMN"), ("Spring", None)):
        campaign(connection, alice, name, subject=subject)
    assert [one.name for one in jump_to_campaigns(connection, alice.tenant_id, "autumn")] == ["Autumn letter", "Offer", "The late autumn"]
    assert len(jump_to_campaigns(connection, alice.tenant_id, "", 3)) == 3
    assert jump_to_campaigns(connection, alice.tenant_id, "%") == []


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("ann", ["ann.b@x.example", "ann@x.example", "ann-b@x.example", "anna@x.example"]),
        ("ann.", ["ann.b@x.example"]),
        ("Ann@x", ["Ann@x.example", "ann@x.example"]),
        ("an_", []),
        ("%", []),
        ("zoë", ["zoë@x.example"]),
    ],
)
def test_a_recipient_is_found_by_how_the_address_begins(connection: Connection, alice: Person, sought: str, found: list[str]) -> None:
    everybody = ["anna@x.example", "ann-b@x.example", "ann@x.example", "Ann@x.example", "zoë@x.example", "joanna@x.example"]
    campaign(connection, alice, "Any", *everybody, "ann.b@x.example")
    assert sorted(recipients(connection, alice, sought)) == sorted(found)


def test_a_message_is_found_by_its_number_its_token_and_the_senders_own_id(connection: Connection, alice: Person) -> None:
    campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="Own ids"), "test")
    new = NewMessage(campaign_id=campaign_id, recipient_email="own@x.example", external_id="order-7", tracking_token="token-of-its-own")
    made = create_messages(connection, alice.tenant_id, [new])[0]
    for sought in (str(made.id), "order-7", "token-of-its-own"):
        assert recipients(connection, alice, sought) == ["own@x.example"], sought
    assert recipients(connection, alice, "9" * 30) == []


def test_nothing_of_another_tenants_or_of_a_deleted_campaign_is_found(connection: Connection, alice: Person, charlie: Person) -> None:
    gone = campaign(connection, alice, "Secret plan", "secret@x.example")
    assert jump_to_campaigns(connection, charlie.tenant_id, "secret") == []
    assert recipients(connection, charlie, "secret") == []
    hide_campaign(connection, alice.tenant_id, gone, "test")
    assert jump_to_campaigns(connection, alice.tenant_id, "secret") == []
    assert recipients(connection, alice, "secret") == []


def test_postgresql_keeps_addresses_in_the_order_of_bytes_whatever_the_collation(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    try:
        with reading(engine) as connection:
            made = connection.execute(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_messages_recipient'")).scalar_one()
    finally:
        engine.dispose()
    assert "recipient_email text_pattern_ops" in made
