"""People and tenants in the pages, in a real browser; each journey ends in a stored fact."""

import re
from collections.abc import Callable
from itertools import count

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.actions.members import set_role
from little_bell.actions.sessions import sign_in
from little_bell.actions.tenants import NewTenant, create_tenant, suspend_tenant
from little_bell.actions.users import NewUser, create_user, find_account
from little_bell.db import reading, writing
from little_bell.domain.events import Role
from little_bell.models.tables import invitations, memberships, tenants, users
from little_bell.queries.tenants import find_tenant
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody

PASSWORD = "a password of their own"
_numbers = count(1)


@pytest.fixture
def house(app_engine: Engine) -> tuple[int, str, str]:
    """A tenant of its own with an owner who signs in: its id, its slug, the owner's session."""
    number = next(_numbers)
    slug = f"house-{number}"
    with writing(app_engine) as connection:
        tenant_id = create_tenant(connection, NewTenant(slug=slug, name=f"House {number}"), "test")
        user_id = create_user(connection, NewUser(email=f"owner-{number}@houses.example", password=PASSWORD), "test")
        set_role(connection, tenant_id, user_id, Role.OWNER, "test")
        return tenant_id, slug, sign_in(connection, user_id, "", tenant_id)


@pytest.fixture
def owner(page: Page, app_server: RunningApp, house: tuple[int, str, str]) -> Page:
    """A page of that owner."""
    return as_somebody(page, app_server, house[2])


@pytest.fixture
def roles(app_engine: Engine, house: tuple[int, str, str]) -> Callable[[], dict[str, str]]:
    """Who belongs to the house, as what."""

    def look() -> dict[str, str]:
        with reading(app_engine) as connection:
            joined = memberships.join(users, users.c.id == memberships.c.user_id)
            rows = connection.execute(
                select(users.c.email, memberships.c.role).select_from(joined).where(memberships.c.tenant_id == house[0])
            )
            return {row.email.partition("@")[0]: row.role for row in rows}

    return look


def invite(owner: Page, email: str, role: str) -> str:
    owner.goto("/settings/people")
    owner.get_by_role("button", name="Invite").click()
    owner.get_by_label("E-mail", exact=True).fill(email)
    owner.get_by_label("Role", exact=True).select_option(role)
    owner.get_by_role("button", name="Make invitation").click()
    address = owner.get_by_role("dialog").locator("code")
    expect(address).to_contain_text("/join?t=")
    return address.inner_text()


def test_an_invited_person_chooses_a_password_and_is_in(
    owner: Page, browser: Browser, app_server: RunningApp, roles: Callable[[], dict[str, str]], house: tuple[int, str, str]
) -> None:
    email = f"dora-{house[1]}@example.org"
    address = invite(owner, email, "editor")
    visitor = browser.new_page(base_url=app_server.url)
    visitor.goto(address)
    expect(visitor.get_by_role("heading", level=1)).to_have_text(re.compile("^Join House"))
    expect(visitor.get_by_text("asked in as editor")).to_be_visible()
    assert visitor.get_by_label("E-mail").input_value() == email
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.get_by_role("button", name="Join").click()
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    assert roles()[email.partition("@")[0]] == "editor"
    visitor.goto(address)
    expect(visitor.get_by_role("heading", name="This invitation has ended")).to_be_visible()
    visitor.close()


def test_an_account_that_is_there_needs_its_own_password(
    owner: Page, browser: Browser, app_server: RunningApp, app_engine: Engine, house: tuple[int, str, str]
) -> None:
    email = f"known-{house[1]}@example.org"
    with writing(app_engine) as connection:
        user_id = create_user(connection, NewUser(email=email, password=PASSWORD), "test")
    address = invite(owner, email, "viewer")
    visitor = browser.new_page(base_url=app_server.url)
    for password, said in (("not their password", True), (PASSWORD, False)):
        visitor.goto(address)
        visitor.get_by_label("Password").fill(password)
        visitor.get_by_role("button", name="Join").click()
        if said:
            expect(visitor.get_by_role("alert")).to_contain_text("has an account here")
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    with reading(app_engine) as connection:
        theirs = select(memberships.c.role).where(memberships.c.user_id == user_id, memberships.c.tenant_id == house[0])
        assert connection.execute(theirs).scalar_one() == "viewer"
    visitor.close()


def test_an_invitation_is_listed_and_withdrawn(owner: Page, app_engine: Engine, house: tuple[int, str, str]) -> None:
    email = f"never-{house[1]}@example.org"
    invite(owner, email, "viewer")
    owner.get_by_role("button", name="Done").click()
    owner.get_by_role("button", name=f"Withdraw the invitation of {email}").click()
    expect(owner.get_by_role("table", name="Invitations")).to_have_count(0)
    with reading(app_engine) as connection:
        assert connection.execute(select(invitations.c.id).where(invitations.c.email == email)).first() is None


def test_roles_are_given_and_a_house_keeps_an_owner(
    owner: Page, app_engine: Engine, roles: Callable[[], dict[str, str]], house: tuple[int, str, str]
) -> None:
    email = f"second-{house[1]}@example.org"
    with writing(app_engine) as connection:
        set_role(connection, house[0], create_user(connection, NewUser(email=email, password=PASSWORD), "test"), Role.VIEWER, "test")
    owner.goto("/settings/people")
    me = next(name for name in roles() if name.startswith("owner"))
    owner.get_by_role("group", name=f"Role of {me}").get_by_role("combobox").select_option("viewer")
    expect(owner.get_by_text("A tenant needs an owner")).to_be_visible()
    owner.get_by_role("group", name=f"Role of {email}").get_by_role("combobox").select_option("owner")
    expect(owner.get_by_role("group", name=f"Role of {email}").get_by_role("combobox")).to_have_value("owner")
    owner.get_by_role("button", name="Leave this tenant").click()
    owner.get_by_role("button", name="Remove member").click()
    expect(owner.get_by_role("button", name="Sign in")).to_be_visible()
    assert roles() == {email.partition("@")[0]: "owner"}


def test_a_member_is_removed_after_a_second_yes(
    owner: Page, app_engine: Engine, roles: Callable[[], dict[str, str]], house: tuple[int, str, str]
) -> None:
    email = f"brief-{house[1]}@example.org"
    with writing(app_engine) as connection:
        set_role(connection, house[0], create_user(connection, NewUser(email=email, password=PASSWORD), "test"), Role.EDITOR, "test")
    owner.goto("/settings/people")
    owner.get_by_role("button", name=f"Remove {email}").click()
    owner.get_by_role("button", name="Cancel").click()
    assert len(roles()) == 2
    owner.get_by_role("button", name=f"Remove {email}").click()
    owner.get_by_role("button", name="Remove member").click()
    expect(owner.get_by_text("is no member any more")).to_be_visible()
    assert len(roles()) == 1


def test_an_owner_sets_name_days_hosts_and_what_is_kept(owner: Page, app_engine: Engine, house: tuple[int, str, str]) -> None:
    owner.goto("/settings/tenant")
    owner.get_by_label("Tenant name").fill("The Greenhouse")
    owner.get_by_label("Time zone").fill("Europe/Vienna")
    owner.get_by_label("Keep of readers’ addresses").select_option("none")
    owner.get_by_label("Keep single events for (days)").fill("90")
    owner.get_by_label("Hosts that links may lead to unsigned").fill("shop.example\nmünchen.example")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Saved.")).to_be_visible()
    expect(owner.locator(".shell > .sidebar")).to_contain_text("The Greenhouse")
    with reading(app_engine) as connection:
        columns = (tenants.c.name, tenants.c.time_zone, tenants.c.ip_policy, tenants.c.retention_days, tenants.c.allowed_hosts)
        row = connection.execute(select(*columns).where(tenants.c.id == house[0])).one()
    assert tuple(row) == ("The Greenhouse", "Europe/Vienna", "none", 90, ["shop.example", "xn--mnchen-3ya.example"])
    owner.get_by_label("Time zone").fill("Mars/Olympus")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("alert")).to_contain_text("Mars/Olympus")


def test_an_operator_makes_renames_suspends_and_deletes_a_tenant(
    page: Page, app_server: RunningApp, app_engine: Engine, alice_secret: str
) -> None:
    operator = as_somebody(page, app_server, alice_secret)
    operator.goto("/tenants")
    operator.get_by_role("button", name="New tenant").click()
    operator.get_by_label("Slug").fill("settings")
    operator.get_by_role("button", name="Create tenant").click()
    expect(operator.get_by_role("alert")).to_contain_text("our own addresses")
    operator.get_by_label("Slug").fill("journey")
    operator.get_by_label("Name", exact=True).fill("Journey Ltd")
    operator.get_by_label("Owner’s e-mail").fill("boss@journey.example")
    operator.get_by_role("button", name="Create tenant").click()
    expect(operator.get_by_role("dialog").locator("code")).to_contain_text("/join?t=")
    operator.get_by_role("button", name="Done").click()
    with writing(app_engine) as connection:
        tenant_id = find_tenant(connection, "journey")
        assert tenant_id is not None
        secret = create_key(connection, tenant_id, NewKeyForm(name="k"), "test").secret
    asking = {"Authorization": f"Bearer {secret}"}

    operator.get_by_role("button", name="Suspend journey").click()
    expect(operator.get_by_text("Journey Ltd is suspended")).to_be_visible()
    assert httpx.get(f"{app_server.url}/api/campaigns", headers=asking).status_code == 403
    operator.get_by_role("button", name="Resume journey").click()
    expect(operator.get_by_text("Journey Ltd works again")).to_be_visible()
    assert httpx.get(f"{app_server.url}/api/campaigns", headers=asking).status_code == 200

    operator.get_by_role("button", name="Rename journey").click()
    operator.get_by_label("New slug").fill("voyage")
    operator.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(operator.get_by_role("table", name="Tenants")).to_contain_text("/voyage")
    assert httpx.post(f"{app_server.url}/journey/emails", headers=asking).json()["email_id"] == 1

    operator.get_by_role("button", name="Delete voyage").click()
    operator.get_by_label("Type its slug").fill("journey")
    operator.get_by_role("button", name="Delete tenant").click()
    expect(operator.get_by_role("alert")).to_contain_text("type voyage", ignore_case=True)
    operator.get_by_label("Type its slug").fill("voyage")
    operator.get_by_role("button", name="Delete tenant").click()
    expect(operator.get_by_text("Journey Ltd was deleted")).to_be_visible()
    assert httpx.get(f"{app_server.url}/api/campaigns", headers=asking).status_code == 401
    with reading(app_engine) as connection:
        assert connection.execute(select(tenants.c.deleted_at).where(tenants.c.id == tenant_id)).scalar_one() is not None


def test_who_runs_no_installation_sees_no_tenants(owner: Page) -> None:
    owner.goto("/tenants")
    expect(owner.get_by_role("heading", name="For operators")).to_be_visible()
    expect(owner.get_by_role("link", name="Tenants")).to_have_count(0)
    expect(owner.get_by_role("table")).to_have_count(0)


def test_who_belongs_to_two_tenants_goes_over_and_sees_only_one_at_a_time(
    owner: Page, app_server: RunningApp, app_engine: Engine, house: tuple[int, str, str], bob_secret: str
) -> None:
    with writing(app_engine) as connection:
        account = find_account(connection, f"owner-{house[1].partition('-')[2]}@houses.example")
        assert account is not None
        other = create_tenant(connection, NewTenant(slug=f"second-{house[1]}", name=f"Second {house[1]}"), "test")
        set_role(connection, other, account.user_id, Role.VIEWER, "test")
    owner.goto("/campaigns")
    owner.get_by_role("button", name="New campaign").first.click()
    owner.get_by_label("Name", exact=True).fill("Of the house")
    owner.get_by_role("button", name="Create campaign").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("Of the house")
    owner.locator(".switcher summary").first.click()
    owner.get_by_role("link", name=f"Second {house[1]}").click()
    expect(owner.get_by_role("heading", name="Overview")).to_be_visible()
    expect(owner.locator(".shell > .sidebar .switcher summary")).to_contain_text("Second")
    owner.goto("/campaigns")
    expect(owner.get_by_text("No campaigns yet")).to_be_visible()
    expect(owner.get_by_role("button", name="New campaign")).to_have_count(0)  # a viewer here
    owner.goto(f"/{house[1]}/dashboard")
    expect(owner.locator(".shell > .sidebar .switcher summary")).to_contain_text("House")
    owner.goto("/campaigns")
    expect(owner.get_by_role("link", name="Of the house")).to_be_visible()


def test_another_tenants_dashboard_leads_to_ones_own(page: Page, app_server: RunningApp, charlie_secret: str) -> None:
    charlie = as_somebody(page, app_server, charlie_secret)
    charlie.goto("/default/dashboard")
    expect(charlie.get_by_text("There is no such tenant, or you are no member of it.")).to_be_visible()
    expect(charlie.locator(".shell > .sidebar")).to_contain_text("Charlie & Co")


def test_a_suspended_tenants_pages_say_so_and_change_nothing(owner: Page, app_engine: Engine, house: tuple[int, str, str]) -> None:
    with writing(app_engine) as connection:
        suspend_tenant(connection, house[0], "test")
    owner.goto("/campaigns")
    expect(owner.get_by_role("alert")).to_contain_text("This tenant is suspended")
    owner.get_by_role("button", name="New campaign").first.click()
    owner.get_by_label("Name", exact=True).fill("Too late")
    owner.get_by_role("button", name="Create campaign").click()
    expect(owner.get_by_text("This tenant is suspended; ask")).to_be_visible()
    with reading(app_engine) as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM campaigns WHERE tenant_id = {house[0]}").scalar_one() == 0


@pytest.mark.parametrize("path", ["/settings/people", "/settings/keys", "/tenants"])
def test_the_pages_fit_a_phone(page: Page, app_server: RunningApp, alice_secret: str, path: str) -> None:
    operator = as_somebody(page, app_server, alice_secret)
    operator.set_viewport_size({"width": 390, "height": 800})
    operator.goto(path)
    expect(operator.get_by_role("table").first).to_be_visible()
    assert operator.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_email_without_an_address_can_be_opened_in_the_pages(page: Page, app_server: RunningApp, alice_secret: str) -> None:
    with app_server.client() as api:
        number = api.post("/default/emails", json={"subject": "To whom it may concern"}).raise_for_status().json()["email_id"]
        [message] = api.get("/api/messages", params={"tracking_token": f"1/{number}"}).json()
    marketer = as_somebody(page, app_server, alice_secret)
    marketer.goto(f"/campaigns/{message['campaign_id']}")
    marketer.get_by_role("button", name="Messages").click()
    marketer.get_by_role("link", name="(no address)").first.click()
    expect(marketer.get_by_role("heading", level=1)).to_have_text("(no address)")
