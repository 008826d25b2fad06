"""Settings, setting up and building links, in a real browser; each journey ends in a stored fact, or in what the browser holds."""

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import users
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody


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
