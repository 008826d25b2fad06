"""Who belongs to a tenant: asked in, given roles, removed; and tenants that move."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from little_bell.actions.forms import fill
from little_bell.actions.members import NewInvitation, accept, change_role, find_invitation, invite, remove_member, set_role, withdraw
from little_bell.actions.sessions import sign_in, signed_in, switch
from little_bell.actions.tenants import NewTenant, TenantChanges, change_tenant, create_tenant, delete_tenant, move_tenant, suspend_tenant
from little_bell.actions.users import find_account, set_operator
from little_bell.db import reading, writing
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.events import Role
from little_bell.domain.slugs import DEFAULT
from little_bell.models import now
from little_bell.models.tables import invitations, memberships, tenants
from little_bell.queries.tenants import find_tenant, get_tenant, list_tenants, tenants_of
from tests.fixtures.people import PASSWORD, Person

DORA = NewInvitation(email="Dora@example.com", role=Role.EDITOR)


def roles(engine: Engine, tenant_id: int) -> dict[int, str]:
    with reading(engine) as connection:
        rows = connection.execute(select(memberships.c.user_id, memberships.c.role).where(memberships.c.tenant_id == tenant_id))
        return {row.user_id: row.role for row in rows}


def test_somebody_new_is_asked_in_and_chooses_a_password(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        secret = invite(connection, alice.tenant_id, DORA, alice.email)
        asked = find_invitation(connection, secret)
        assert asked is not None and (asked.tenant, asked.email, asked.role) == ("Alice", "dora@example.com", "editor")
        with pytest.raises(Invalid):
            accept(connection, secret, None, "short")
        accept(connection, secret, None, "a password of hers")
        dora = find_account(connection, "dora@example.com")
        assert dora is not None
        assert find_invitation(connection, secret) is None
        with pytest.raises(NotFound):
            accept(connection, secret, dora, "")
    assert roles(engine, alice.tenant_id)[dora.user_id] == "editor"


def test_who_has_an_account_keeps_it_and_belongs_to_both(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        secret = invite(connection, alice.tenant_id, NewInvitation(email=charlie.email, role=Role.VIEWER), alice.email)
        account = find_account(connection, charlie.email)
        accept(connection, secret, account, PASSWORD)
        assert [(one.slug, one.role) for one in tenants_of(connection, charlie.user_id)] == [("alice", "viewer"), ("charlie", "owner")]


def test_an_account_made_meanwhile_isnt_entered_without_its_password(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        secret = invite(connection, alice.tenant_id, NewInvitation(email=charlie.email, role=Role.VIEWER), alice.email)
    with pytest.raises(Conflict), writing(engine) as connection:
        accept(connection, secret, None, "whatever was typed")
    assert charlie.user_id not in roles(engine, alice.tenant_id)


def test_a_member_isnt_asked_twice_and_a_second_invitation_ends_the_first(engine: Engine, alice: Person, bob: Person) -> None:
    with writing(engine) as connection:
        with pytest.raises(Conflict):
            invite(connection, alice.tenant_id, NewInvitation(email=bob.email, role=Role.EDITOR), alice.email)
        first = invite(connection, alice.tenant_id, DORA, alice.email)
        second = invite(connection, alice.tenant_id, DORA, alice.email)
        assert find_invitation(connection, first) is None and find_invitation(connection, second) is not None


def test_an_invitation_ends_by_itself_or_when_it_is_withdrawn(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        secret = invite(connection, alice.tenant_id, DORA, alice.email)
        invitation_id = int(connection.execute(select(invitations.c.id)).scalar_one())
        with pytest.raises(NotFound):
            withdraw(connection, charlie.tenant_id, invitation_id, charlie.email)
        connection.execute(update(invitations).values(expires_at=now() - timedelta(seconds=1)))
        assert find_invitation(connection, secret) is None
        connection.execute(update(invitations).values(expires_at=now() + timedelta(days=1)))
        withdraw(connection, alice.tenant_id, invitation_id, alice.email)
        assert find_invitation(connection, secret) is None


def test_the_last_owner_stays_and_stays_owner(engine: Engine, alice: Person, bob: Person) -> None:
    with writing(engine) as connection:
        with pytest.raises(Conflict):
            remove_member(connection, alice.tenant_id, alice.user_id, "test")
        with pytest.raises(Conflict):
            change_role(connection, alice.tenant_id, alice.user_id, Role.EDITOR, "test")
        set_role(connection, alice.tenant_id, bob.user_id, Role.OWNER, "test")
        change_role(connection, alice.tenant_id, alice.user_id, Role.VIEWER, "test")
        with pytest.raises(Conflict):
            remove_member(connection, alice.tenant_id, bob.user_id, "test")
    assert roles(engine, alice.tenant_id) == {alice.user_id: "viewer", bob.user_id: "owner"}


def test_another_tenants_member_is_none_here(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        for act in (lambda: remove_member(connection, alice.tenant_id, charlie.user_id, "test"),):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            change_role(connection, alice.tenant_id, charlie.user_id, Role.OWNER, "test")
    assert charlie.user_id not in roles(engine, alice.tenant_id)


def test_a_session_moves_only_to_tenants_of_its_user(engine: Engine, alice: Person, bob: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        secret = sign_in(connection, bob.user_id)
        who = signed_in(connection, secret)
        assert who is not None
        with pytest.raises(NotFound):
            switch(connection, who.session_id, bob.user_id, charlie.tenant_id)
        set_role(connection, charlie.tenant_id, bob.user_id, Role.EDITOR, "test")
        switch(connection, who.session_id, bob.user_id, charlie.tenant_id)
        there = signed_in(connection, secret)
        assert there is not None and (there.tenant_id, there.role) == (charlie.tenant_id, "editor")
        delete_tenant(connection, charlie.tenant_id, "test")
        with pytest.raises(NotFound):
            switch(connection, who.session_id, bob.user_id, charlie.tenant_id)


def test_a_moved_tenant_is_found_by_both_slugs_and_nobody_else_gets_the_old_one(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        move_tenant(connection, alice.tenant_id, "wonderland", "test")
        assert find_tenant(connection, "alice") == find_tenant(connection, "wonderland") == alice.tenant_id
        assert get_tenant(connection, alice.tenant_id).slug == "wonderland"
        with pytest.raises(Conflict):
            create_tenant(connection, NewTenant(slug="alice"), "test")
        other = create_tenant(connection, NewTenant(slug="other"), "test")
        with pytest.raises(Conflict):
            move_tenant(connection, other, "alice", "test")
        move_tenant(connection, alice.tenant_id, "alice", "test")
        assert get_tenant(connection, alice.tenant_id).slug == "alice"


@pytest.mark.parametrize("slug", ["api", "Ä", "-x", ""])
def test_a_tenant_moves_to_no_address_of_ours(engine: Engine, alice: Person, slug: str) -> None:
    with writing(engine) as connection, pytest.raises(Invalid):
        move_tenant(connection, alice.tenant_id, slug, "test")


def test_a_deleted_tenant_is_found_no_more_and_its_slug_stays_taken(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        secret = sign_in(connection, alice.user_id)
        delete_tenant(connection, alice.tenant_id, "test")
        assert signed_in(connection, secret) is None
        assert find_tenant(connection, "alice") is None and list_tenants(connection) == []
        with pytest.raises(Conflict):
            create_tenant(connection, NewTenant(slug="alice"), "test")
        with pytest.raises(NotFound):
            suspend_tenant(connection, alice.tenant_id, "test")


def test_the_tenant_that_is_meant_where_none_is_named_stays(engine: Engine) -> None:
    with writing(engine) as connection:
        tenant_id = create_tenant(connection, NewTenant(slug=DEFAULT), "test")
        move_tenant(connection, tenant_id, "renamed", "test")
        with pytest.raises(Conflict):
            delete_tenant(connection, tenant_id, "test")
        assert find_tenant(connection, DEFAULT) == tenant_id


def test_settings_of_a_tenant_are_changed_field_by_field(engine: Engine, alice: Person) -> None:
    changes = fill(TenantChanges, {"time_zone": "Europe/Vienna", "allowed_hosts": ["Shop.Example", "münchen.example"]})
    with writing(engine) as connection:
        change_tenant(connection, alice.tenant_id, changes, "test")
        row = get_tenant(connection, alice.tenant_id)
    assert (row.name, row.time_zone, row.allowed_hosts) == ("Alice", "Europe/Vienna", ["shop.example", "xn--mnchen-3ya.example"])


@pytest.mark.parametrize(
    "values",
    [
        {"time_zone": "Mars/Olympus"},
        {"allowed_hosts": ["http://a.example"]},
        {"allowed_hosts": ["a/b"]},
        {"ip_policy": "all"},
        {"name": ""},
    ],
)
def test_settings_that_cant_be_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        fill(TenantChanges, values)


def test_an_installation_keeps_an_operator(engine: Engine, alice: Person, bob: Person) -> None:
    with writing(engine) as connection:
        set_operator(connection, alice.user_id, True, "test")
        with pytest.raises(Conflict):
            set_operator(connection, alice.user_id, False, "test")
        set_operator(connection, bob.user_id, True, "test")
        set_operator(connection, alice.user_id, False, "test")
        with pytest.raises(NotFound):
            set_operator(connection, 999, True, "test")


def test_tables_tell_the_same_of_tenants(engine: Engine, alice: Person) -> None:
    with reading(engine) as connection:
        assert connection.execute(select(tenants.c.next_email_id).where(tenants.c.id == alice.tenant_id)).scalar_one() == 1
