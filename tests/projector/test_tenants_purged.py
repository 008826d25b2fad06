"""A deleted tenant disappears from every table, and only that tenant."""

from sqlalchemy import Connection, insert, select

from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.actions.members import NewInvitation, invite
from little_bell.actions.sessions import sign_in
from little_bell.actions.tenants import delete_tenant
from little_bell.db import reading, writing
from little_bell.domain.events import Role
from little_bell.journal.records import Mark
from little_bell.models import metadata
from little_bell.models.tables import audit_log, memberships, tenant_slugs, tenants, webhook_receipts
from little_bell.projector.purge_tenant import KEPT, OWN
from tests.fixtures.people import Person
from tests.projector.conftest import START, Post, click_of, open_of

URL = "https://example.com/a"


def counted(connection: Connection, tenant_id: int) -> dict[str, int]:
    """How many rows of the tenant each table has."""
    tables = [table for table in metadata.sorted_tables if "tenant_id" in table.c]
    rows = {table.name: len(connection.execute(select(table).where(table.c.tenant_id == tenant_id)).all()) for table in tables}
    return {name: count for name, count in rows.items() if count}


def furnish(post: Post, person: Person, token: str) -> None:
    """Something in nearly every table."""
    campaign_id = post.new_campaign(person.tenant_id)
    [message_id] = post.register(token, campaign_id=campaign_id, tenant_id=person.tenant_id)
    bounce = {"bounce_type": "permanent", "category": "hard", "reason": "no such user"}
    post.write(
        open_of(token),
        click_of(token, URL, tenant_id=person.tenant_id),
        Mark(person.tenant_id, message_id, "bounced", START, "api", bounce=bounce),
    )
    with writing(post.engine) as connection:
        create_key(connection, person.tenant_id, NewKeyForm(name="k"), "test")
        sign_in(connection, person.user_id)
        invite(connection, person.tenant_id, NewInvitation(email="new@example.com", role=Role.VIEWER), "test")
        receipt = {"tenant_id": person.tenant_id, "provider": "x", "external_id": "1", "headers": {}, "body": b"x", "received_at": 0}
        connection.execute(insert(webhook_receipts).values(**receipt))


def test_nothing_is_left_of_a_deleted_tenant_and_all_of_the_others(post: Post, alice: Person, charlie: Person) -> None:
    furnish(post, alice, "alices-token")
    furnish(post, charlie, "charlies-token")
    post.project()
    with post.projecting() as running:
        running.keep_house()  # recipients get their rows
    with reading(post.engine) as connection:
        before = counted(connection, charlie.tenant_id)
        assert len(before) > 12
    with writing(post.engine) as connection:
        delete_tenant(connection, alice.tenant_id, "test")
    with post.projecting() as running:
        running.keep_house()
    with reading(post.engine) as connection:
        assert set(counted(connection, alice.tenant_id)) == {audit_log.name, tenant_slugs.name}
        assert counted(connection, charlie.tenant_id) == before
        left = connection.execute(select(tenants.c.slug, tenants.c.name).where(tenants.c.id == alice.tenant_id)).one()
        assert tuple(left) == ("alice", "")
    assert post.recount().differences == []


def test_nobody_gets_in_from_the_moment_of_deletion(post: Post, alice: Person) -> None:
    with writing(post.engine) as connection:
        delete_tenant(connection, alice.tenant_id, "test")
        assert connection.execute(select(memberships)).all() == []


def test_every_table_of_tenants_is_purged_or_kept_on_purpose() -> None:
    tables = {table for table in metadata.sorted_tables if "tenant_id" in table.c}
    assert tables == {*OWN, *KEPT} - {tenants}
