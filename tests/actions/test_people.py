"""Tenants, users, sessions and keys."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from little_bell.actions.forms import fill
from little_bell.actions.keys import NewKeyForm, create_key, find_key, note_use, revoke_key
from little_bell.actions.members import remove_member, set_role
from little_bell.actions.sessions import sign_in, sign_out, signed_in
from little_bell.actions.tenants import RESERVED, NewTenant, TenantChanges, change_tenant, create_tenant, resume_tenant, suspend_tenant
from little_bell.actions.users import (
    NewUser,
    create_user,
    find_account,
    hash_password,
    is_right_password,
    set_password,
)
from little_bell.db import reading, writing
from little_bell.domain.errors import Conflict, Forbidden, Invalid, NotFound
from little_bell.domain.events import Role, Scope
from little_bell.models import now
from little_bell.models.tables import api_keys, sessions, tenants
from tests.fixtures.people import Person


@pytest.mark.parametrize("slug", [*sorted(RESERVED), "", "-a", "a-", "A", "a.b", "a/b", "ä", "x" * 64])
def test_a_slug_that_would_be_another_address_is_refused(slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        fill(NewTenant, {"slug": slug})
    assert refused.value.field == "slug"


def test_a_slug_is_never_given_twice_even_after_deletion(engine: Engine) -> None:
    with writing(engine) as connection:
        first = create_tenant(connection, NewTenant(slug="acme"), "test")
        connection.execute(update(tenants).where(tenants.c.id == first).values(deleted_at=now()))
    with writing(engine) as connection, pytest.raises(Conflict):
        create_tenant(connection, NewTenant(slug="acme"), "test")


def test_a_tenant_is_renamed_suspended_and_resumed(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        key = create_key(connection, alice.tenant_id, NewKeyForm(name="k"), "test").secret
        change_tenant(connection, alice.tenant_id, TenantChanges(name="Alice & Co"), "test")
        suspend_tenant(connection, alice.tenant_id, "test")
        with pytest.raises(Forbidden):
            find_key(connection, key)
        resume_tenant(connection, alice.tenant_id, "test")
        holder = find_key(connection, key)
    assert holder is not None
    assert holder.tenant_id == alice.tenant_id
    with writing(engine) as connection, pytest.raises(NotFound):
        change_tenant(connection, 999, TenantChanges(name="nobody"), "test")


def test_a_key_is_stored_as_a_hash_and_works_until_it_is_revoked(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        new = create_key(connection, alice.tenant_id, NewKeyForm(name="k", scopes=(Scope.READ,)), "test")
        row = connection.execute(api_keys.select()).one()
        assert new.secret.startswith(row.prefix)
        assert new.secret not in str(row)
        holder = find_key(connection, new.secret)
        assert holder is not None
        assert (holder.scopes, holder.use_is_worth_noting) == (frozenset({"read"}), True)
        note_use(connection, new.id)
        noted = find_key(connection, new.secret)
        assert noted is not None
        assert not noted.use_is_worth_noting
        with pytest.raises(NotFound):
            revoke_key(connection, charlie.tenant_id, new.id, "charlie")
        revoke_key(connection, alice.tenant_id, new.id, "test")
        assert find_key(connection, new.secret) is None
        with pytest.raises(NotFound):
            revoke_key(connection, alice.tenant_id, new.id, "test")
        with pytest.raises(Invalid):
            create_key(connection, alice.tenant_id, NewKeyForm(name="k", scopes=()), "test")


def test_a_password_is_checked_in_whatever_case_the_address_is(engine: Engine) -> None:
    with writing(engine) as connection:
        create_user(connection, NewUser(email="Dora@Example.com", password="long enough for all"), "test")
        with pytest.raises(Conflict):
            create_user(connection, NewUser(email="dora@example.COM", password="long enough for all"), "test")
        account = find_account(connection, " DORA@example.com ")
    assert is_right_password(account, "long enough for all")
    assert not is_right_password(account, "long enough for al")
    assert not is_right_password(None, "nobody has this password")


@pytest.mark.parametrize("password", ["", "short", "x" * 1_025])
def test_a_poor_password_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        hash_password(password)


def test_a_session_ends_with_its_time_its_membership_or_its_password(engine: Engine, alice: Person, bob: Person) -> None:
    with writing(engine) as connection:
        first, second = sign_in(connection, bob.user_id), sign_in(connection, bob.user_id)
        who = signed_in(connection, first)
        assert who is not None
        assert (who.tenant_id, who.role, who.email) == (alice.tenant_id, "viewer", bob.email)
        set_role(connection, alice.tenant_id, bob.user_id, Role.EDITOR, "test")
        changed = signed_in(connection, first)
        assert changed is not None
        assert changed.role == "editor"
        set_password(connection, bob.user_id, hash_password("another long password"), "test", keep_session=who.session_id)
        assert signed_in(connection, second) is None
        assert signed_in(connection, first) is not None
        remove_member(connection, alice.tenant_id, bob.user_id, "test")
        assert signed_in(connection, first) is None
        with pytest.raises(Forbidden):
            sign_in(connection, bob.user_id)
        third = sign_in(connection, alice.user_id)
        connection.execute(update(sessions).values(expires_at=now() - timedelta(seconds=1)))
        assert signed_in(connection, third) is None
        fourth = sign_in(connection, alice.user_id)
        sign_out(connection, fourth)
        assert signed_in(connection, fourth) is None


def test_nobody_signs_in_to_a_tenant_they_do_not_belong_to(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection, pytest.raises(Forbidden):
        sign_in(connection, charlie.user_id, tenant_id=alice.tenant_id)
    with reading(engine) as connection:
        assert signed_in(connection, "") is None
