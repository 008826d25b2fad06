"""Tenants, members and users from the command line; each ends in a stored fact."""

import io
import re
import sys

import pytest
from sqlalchemy import Engine, select

from little_bell.actions.members import find_invitation
from little_bell.actions.users import find_account, is_right_password
from little_bell.db import reading
from little_bell.models.tables import memberships, tenants, users
from tests.cli.conftest import CommandLine


@pytest.fixture
def acme(bell: CommandLine) -> CommandLine:
    """There is a tenant acme, which Ann owns."""
    assert bell("tenant", "create", "acme", "--name", "Acme Ltd").out == "Tenant created with ID: 1\n"
    bell("user", "create", "ann@example.com", "--name", "Ann")
    bell("member", "add", "ann@example.com", "--role", "owner", "--tenant", "acme")
    return bell


def test_a_tenant_is_made_with_an_invitation_for_its_owner(bell: CommandLine, engine: Engine) -> None:
    made = bell("tenant", "create", "acme", "--owner", "Boss@Acme.example", "--json").json
    with reading(engine) as connection:
        asked = find_invitation(connection, made["invitation"].partition("/join?t=")[2])
    assert asked is not None and (asked.email, asked.role, asked.tenant) == ("boss@acme.example", "owner", "acme")


@pytest.mark.parametrize("slug", ["api", "Acme", "a b", "-", "x" * 64])
def test_a_slug_that_cant_be_is_refused(bell: CommandLine, slug: str) -> None:
    answer = bell("tenant", "create", "--", slug)
    assert (answer.code, answer.out) == (1, "") and answer.err.startswith("Error: ")


def test_settings_are_changed_one_by_one_and_shown(acme: CommandLine) -> None:
    words = ("--time-zone", "Europe/Vienna", "--allow-host", "shop.example", "--allow-host", "www.shop.example", "--accept-unsigned-ids")
    assert acme("tenant", "set", "acme", *words).out == "Tenant acme changed\n"
    shown = acme("tenant", "show", "acme", "--json").json
    assert (shown["name"], shown["time_zone"], shown["accepts_unsigned_ids"]) == ("Acme Ltd", "Europe/Vienna", True)
    assert (shown["allowed_hosts"], shown["members"]) == (["shop.example", "www.shop.example"], 1)
    acme("tenant", "set", "acme", "--allow-no-host", "--no-accept-unsigned-ids", "--ip-policy", "none")
    again = acme("tenant", "show", "acme", "--json").json
    assert (again["allowed_hosts"], again["accepts_unsigned_ids"], again["ip_policy"]) == ([], False, "none")
    assert acme("tenant", "set", "acme").code == 1
    assert "Allowed hosts: –" in acme("tenant", "show", "acme").out


def test_a_renamed_tenant_is_found_by_both_slugs(acme: CommandLine) -> None:
    acme("campaign", "create", "--name", "Before", "--tenant", "acme")
    assert acme("tenant", "rename", "acme", "zenith").out == "Tenant acme renamed to zenith\n"
    for slug in ("acme", "zenith"):
        assert [row["name"] for row in acme("campaign", "list", "--tenant", slug, "--json").json] == ["Before"]
    assert acme("tenant", "create", "acme").code == 1


def test_a_tenant_is_suspended_resumed_and_deleted_for_good(acme: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    acme("campaign", "create", "--name", "C", "--tenant", "acme")
    acme("message", "create", "--campaign-id", "1", "--email", "a@example.com", "--tenant", "acme")
    acme("tenant", "suspend", "acme")
    assert "suspended" in acme("tenant", "list").out
    acme("tenant", "resume", "acme")
    assert "suspended" not in acme("tenant", "list").out
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert acme("tenant", "delete", "acme").code == 1
    assert acme("tenant", "delete", "acme", "--yes", "--json").json == {"deleted": "acme", "is_purged": True}
    assert acme("tenant", "show", "acme").code == 1
    with reading(engine) as connection:
        assert connection.execute(select(memberships)).all() == []
        assert connection.execute(select(tenants.c.name).where(tenants.c.slug == "acme")).scalar_one() == ""
    assert acme("tenant", "create", "acme").code == 1


def test_the_tenant_default_stays(bell: CommandLine) -> None:
    bell("campaign", "list")
    answer = bell("tenant", "delete", "default", "--yes")
    assert answer.code == 1 and "stays" in answer.err


def test_members_come_change_and_go_but_for_the_last_owner(acme: CommandLine) -> None:
    acme("user", "create", "bob@example.com")
    of_acme = ("--tenant", "acme")
    assert acme("member", "add", "bob@example.com", *of_acme).out == "bob@example.com is viewer in acme\n"
    assert acme("member", "set-role", "bob@example.com", "editor", *of_acme).code == 0
    listed = acme("member", "list", "--json", *of_acme).json["members"]
    assert [(row["email"], row["role"]) for row in listed] == [("ann@example.com", "owner"), ("bob@example.com", "editor")]
    for words in (("remove", "ann@example.com"), ("set-role", "ann@example.com", "viewer")):
        answer = acme("member", *words, *of_acme)
        assert answer.code == 1 and "needs an owner" in answer.err
    assert acme("member", "remove", "bob@example.com", *of_acme).code == 0
    assert acme("member", "add", "nobody@example.com", *of_acme).code == 1
    acme("member", "invite", "dora@example.com", "--role", "editor", *of_acme)
    assert "editor, invited" in acme("member", "list", *of_acme).out


def test_a_users_password_is_shown_once_or_read(bell: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bell("user", "create", "Ann@Example.com").out
    password = re.search(r"^Password: (\S+)$", made, re.MULTILINE)
    assert made.startswith("User created with ID: 1\n") and password
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password of his own\n"))
    assert bell("user", "create", "bob@example.com", "--password-stdin").out == "User created with ID: 2\n"
    with reading(engine) as connection:
        ann, bob = (find_account(connection, f"{name}@example.com") for name in ("ann", "bob"))
    assert is_right_password(ann, password[1]) and is_right_password(bob, "a password of his own")
    assert [row["email"] for row in bell("user", "list", "--json").json] == ["ann@example.com", "bob@example.com"]
    assert bell("user", "create", "ann@example.com").code == 1


def test_an_operator_is_named_and_one_stays(bell: CommandLine, engine: Engine) -> None:
    bell("user", "create", "ann@example.com", "--operator")
    bell("user", "create", "bob@example.com")
    assert bell("user", "operator", "ann@example.com", "--off").code == 1
    bell("user", "operator", "bob@example.com")
    assert bell("user", "operator", "ann@example.com", "--off").code == 0
    with reading(engine) as connection:
        assert connection.execute(select(users.c.email).where(users.c.is_operator)).scalars().all() == ["bob@example.com"]
    assert "operator" in bell("user", "list").out
