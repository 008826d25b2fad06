"""Settings, setting up and building links, in a real browser; each journey ends in a stored fact, or in what the browser holds."""

import re

import httpx
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import messages, parked_records, users
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import MAIL_CLIENT, as_somebody
from tests.ui.test_tenants import house, owner

__all__ = ["house", "owner"]


def test_somebody_names_themselves_and_chooses_how_pages_look(
    page: Page, app_server: RunningApp, app_engine: Engine, bob_secret: str
) -> None:
    bob = as_somebody(page, app_server, bob_secret)
    bob.goto("/settings")
    bob.get_by_label("Your name").fill("Bob <b>the Looker</b>")
    bob.get_by_role("button", name="Save").click()
    expect(bob.get_by_text("Saved.")).to_be_visible()
    with reading(app_engine) as connection:
        assert connection.execute(select(users.c.name).where(users.c.email == "bob@pages.example")).scalar_one() == "Bob <b>the Looker</b>"
    for mode, scheme in (("Dark", "dark"), ("Light", "light"), ("As the system", "light")):
        bob.get_by_role("group", name="Appearance").get_by_role("button", name=mode, exact=True).click()
        bob.reload()
        expect(bob.get_by_role("button", name=mode, exact=True)).to_have_attribute("aria-pressed", "true")
        assert bob.evaluate("getComputedStyle(document.documentElement).colorScheme") == scheme
    bob.get_by_role("navigation", name="Settings").get_by_role("link", name="People").click()
    expect(bob.get_by_role("table", name="People")).to_contain_text("Bob <b>the Looker</b>")
    bob.get_by_role("navigation", name="Settings").get_by_role("link", name="Tenant").click()
    expect(bob.get_by_text("stay for good")).to_be_visible()
    expect(bob.get_by_role("button", name="Save")).to_have_count(0)


def test_a_newcomer_goes_from_nothing_to_the_first_event(owner: Page, app_server: RunningApp, app_engine: Engine) -> None:
    owner.goto("/")
    owner.get_by_role("main").get_by_role("link", name="Set up sending").click()
    owner.get_by_role("button", name="Create a key").click()
    secret = owner.locator("code").filter(has_text="lb_").first.inner_text()
    owner.get_by_label("Name your first campaign").fill("First light")
    owner.get_by_role("button", name="Create campaign").click()
    expect(owner.get_by_label("Campaign that the mail belongs to")).to_have_text("First light")
    code = owner.get_by_role("region", name="Code for Python")
    expect(code).to_contain_text(f"# {secret[:9]}")
    assert secret not in code.inner_text()
    with httpx.Client(base_url=app_server.url, headers={"Authorization": f"Bearer {secret}"}) as api:
        [campaign] = api.get("/api/campaigns").json()
    assert campaign["name"] == "First light" and f'"campaign_id": {campaign["id"]},' in code.inner_text()
    owner.get_by_role("group", name="A provider").get_by_role("button", name="Postmark").click()
    expect(owner.get_by_role("region", name="Code for Postmark")).to_contain_text("api.postmarkapp.com")
    expect(owner.get_by_text("no secret yet: nothing is taken")).to_be_visible()
    expect(owner.locator("code").filter(has_text="/webhooks/postmark/house-")).to_be_visible()

    owner.get_by_role("button", name="Run the self-test").click()
    expect(owner.get_by_text("It works, with what is marked.")).to_be_visible()
    done = owner.get_by_role("list", name="Self-test").get_by_role("listitem")
    expect(done).to_have_count(7)
    expect(done.filter(has_text="Signed link")).to_contain_text("to the last character")
    expect(done.filter(has_text="Address")).to_contain_text("works on this machine alone")
    with reading(app_engine) as connection:
        assert connection.execute(select(parked_records.c.id).where(parked_records.c.token == "self")).first() is None

    owner.get_by_role("button", name="Make a test message").click()
    pixel = owner.locator("code").filter(has_text=re.compile("^http.*/track/pixel/"))
    expect(owner.get_by_text("Waiting: send yourself a mail")).to_be_visible()
    assert httpx.get(pixel.inner_text(), headers={"User-Agent": MAIL_CLIENT}).status_code == 200
    expect(owner.get_by_role("status").filter(has_text="It works: opened")).to_be_visible()
    with reading(app_engine) as connection:
        seen = select(messages.c.is_test, messages.c.status).where(messages.c.campaign_id == campaign["id"])
        assert [tuple(row) for row in connection.execute(seen)] == [(True, "opened")]
