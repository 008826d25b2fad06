"""What every page shares, in a real browser: periods and filters in the address, the command palette, undo, dialogs, hostile names."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading, writing
from little_bell.models import now
from little_bell.models.tables import dead_records, suppressions
from tests.fixtures.app import RunningApp
from tests.ui.conftest import Opener, Things, run
from tests.ui.test_journeys import as_somebody, marketer, register  # noqa: F401 - a fixture

FIND = "reflex___state____state.little_bell___ui___states___palette____palette.find"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"> & <b>bold</b>"


def campaign_named(app: RunningApp, name: str, subject: str | None = None) -> int:
    with app.client() as api:
        made = api.post("/api/campaigns", json={"name": name, "subject": subject}).raise_for_status().json()
    return int(made["id"])


def test_a_period_stands_in_the_address_back_undoes_it_and_a_colleague_sees_the_same(
    marketer: Page,  # noqa: F811
    browser: Browser,
    app_server: RunningApp,
    bob_secret: str,
) -> None:
    campaign_named(app_server, "Periods")
    marketer.goto("/")
    period = marketer.get_by_label("Period")
    expect(period).to_have_value("30d")
    period.select_option("90d")
    expect(marketer).to_have_url(re.compile(r"\?period=90d$"))
    marketer.get_by_role("button", name="With machines").click()
    expect(marketer).to_have_url(re.compile(r"period=90d&by=all$"))
    expect(marketer.get_by_label("Key figures")).to_contain_text("by people")
    period.select_option("dates")
    marketer.get_by_label("First day").fill("2026-02-01")
    marketer.get_by_label("Last day").fill("2026-01-15")
    marketer.get_by_role("button", name="Show", exact=True).click()
    expect(marketer.get_by_text("15 Jan – 1 Feb 2026, compared with 28 Dec 2025 – 14 Jan 2026")).to_be_visible()
    colleague = as_somebody(browser.new_context(base_url=app_server.url).new_page(), app_server, bob_secret)
    colleague.goto(marketer.url)
    expect(colleague.get_by_text("15 Jan – 1 Feb 2026, compared with 28 Dec 2025 – 14 Jan 2026")).to_be_visible()
    expect(colleague.get_by_role("button", name="With machines")).to_have_attribute("aria-pressed", "true")
    colleague.context.close()
    marketer.go_back()
    expect(period).to_have_value("dates")
    marketer.go_back()
    expect(period).to_have_value("90d")
    marketer.go_back()
    expect(marketer.get_by_role("button", name="People", exact=True)).to_have_attribute("aria-pressed", "true")
    marketer.go_forward()
    expect(marketer).to_have_url(re.compile(r"period=90d&by=all$"))


def test_what_a_number_means_is_shown_by_keyboard_and_pointer_and_escape_closes_it(marketer: Page, app_server: RunningApp) -> None:  # noqa: F811
    campaign_named(app_server, "Explained")
    marketer.goto("/")
    mark = marketer.get_by_role("button", name="About Open rate")
    expect(mark).to_have_accessible_description(re.compile("Messages that a person opened"))
    marketer.get_by_role("button", name="About Delivered").focus()
    marketer.keyboard.press("Tab")
    expect(mark).to_be_focused()
    text = marketer.get_by_role("tooltip", name="").filter(has_text="that a person opened, of those delivered")
    expect(text).to_have_css("clip-path", "none")
    marketer.keyboard.press("Escape")
    expect(text).not_to_have_css("clip-path", "none")
    marketer.get_by_role("button", name="About Bounce rate").hover()
    expect(marketer.get_by_role("tooltip").filter(has_text="finally failed, for good or for now")).to_have_css("clip-path", "none")


def test_the_palette_finds_campaigns_recipients_and_pages_by_keyboard_alone(marketer: Page, app_server: RunningApp) -> None:  # noqa: F811
    campaign_id = campaign_named(app_server, "Palette letters")
    message = register(app_server, campaign_id, "palette.reader@example.org")
    marketer.goto("/settings")
    expect(marketer.get_by_role("heading", level=1)).to_be_visible()
    marketer.get_by_role("link", name="Bounces").focus()
    marketer.keyboard.press("Control+k")
    field = marketer.get_by_role("combobox", name="Search campaigns")
    expect(field).to_be_focused()
    marketer.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(marketer.get_by_role("link", name="Bounces")).to_be_focused()
    marketer.keyboard.press("Control+k")
    marketer.keyboard.type("palette.r")
    expect(marketer.get_by_role("option", name="palette.reader@example.org")).to_have_attribute("aria-selected", "true")
    marketer.keyboard.press("Enter")
    expect(marketer).to_have_url(re.compile(f"/messages/{message['id']}$"))
    expect(marketer.get_by_role("heading", level=1)).to_have_text("palette.reader@example.org")
    marketer.keyboard.press("Meta+k")
    marketer.keyboard.type("palette l")
    marketer.keyboard.press("Enter")  # before the list is of what was typed
    expect(marketer).to_have_url(re.compile(f"/campaigns/{campaign_id}$"))
    expect(marketer.get_by_role("heading", level=1)).to_have_text("Palette letters")
    expect(field).to_have_count(0)
    marketer.get_by_role("button", name="Search or go to").click()
    field.fill("settings")
    places = marketer.get_by_role("option")
    expect(places.first).to_contain_text("Settings: you")
    marketer.keyboard.press("ArrowDown")
    expect(places.nth(1)).to_have_attribute("aria-selected", "true")
    marketer.keyboard.press("ArrowUp")
    marketer.keyboard.press("ArrowUp")
    expect(places.last).to_have_attribute("aria-selected", "true")
    field.fill("nothing is called that")
    expect(marketer.get_by_text("Nothing is called that.")).to_be_visible()
    field.fill("suppress an")
    marketer.keyboard.press("Enter")
    expect(marketer.get_by_role("dialog", name="Suppress an address")).to_be_visible()


def test_another_tenants_palette_finds_nothing_of_alices(tab: Opener, things: Things, charlie_secret: str) -> None:
    async def play() -> None:
        async with tab(charlie_secret) as charlie:
            for sought in ("Alice", "only-alice", str(things.message_id), str(things.campaign_id)):
                frames = await charlie.call(FIND, {"sought": sought})
                assert any("'sought_rx_state_'" in frame for frame in frames), sought
                assert not [frame for frame in frames if any(secret in frame for secret in things.secrets)], sought

    run(play())


def test_a_suppression_can_be_undone_from_the_line_that_tells_of_it(marketer: Page, app_engine: Engine) -> None:  # noqa: F811
    marketer.goto("/suppressions?q=undone")
    expect(marketer.get_by_text("Nothing matches")).to_be_visible()
    marketer.get_by_role("button", name="Suppress an address").click()
    marketer.get_by_label("Address", exact=True).fill("undone@example.org")
    marketer.get_by_role("button", name="Suppress", exact=True).click()
    marketer.get_by_role("button", name="Undo", exact=True).click()
    expect(marketer.get_by_text("It was undone.")).to_be_visible()
    expect(marketer.get_by_text("Nothing matches")).to_be_visible()
    with reading(app_engine) as connection:
        left = select(suppressions.c.why).where(suppressions.c.address == "undone@example.org")
        assert connection.execute(left).scalars().all() == []
    marketer.get_by_role("button", name="Show all").click()
    expect(marketer).to_have_url(re.compile("/suppressions$"))


def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back(marketer: Page) -> None:  # noqa: F811
    marketer.goto("/campaigns")
    opener = marketer.get_by_role("button", name="New campaign").first
    opener.click()
    dialog = marketer.get_by_role("dialog", name="New campaign")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    for _ in range(8):
        marketer.keyboard.press("Tab")
        assert dialog.evaluate("one => one.contains(document.activeElement)")
    marketer.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_markup_in_names_subjects_and_recipients_is_text_everywhere(marketer: Page, app_server: RunningApp) -> None:  # noqa: F811
    campaign_id = campaign_named(app_server, HOSTILE, HOSTILE)
    with app_server.client() as api:
        new = {"campaign_id": campaign_id, "recipient_email": "o'hara&co@example.org", "subject": HOSTILE, "external_id": "=1+1"}
        message_id = api.post("/api/messages", json=new).raise_for_status().json()["id"]
        api.post(f"/api/messages/{message_id}/bounce", json={"bounce_reason": f"550 {HOSTILE}"}).raise_for_status()
    marketer.goto(f"/campaigns/{campaign_id}")
    expect(marketer.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    assert marketer.title() == f"{HOSTILE} · Little Bell"
    with marketer.expect_download() as download:
        marketer.get_by_role("link", name="Download CSV").click()
    row = next(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert row["recipient_email"] == "o'hara&co@example.org"
    for address, where in ((f"/messages/{message_id}", "main"), ("/campaigns", "table"), ("/bounces", "main"), ("/", "main")):
        marketer.goto(address)
        expect(marketer.locator(where).get_by_text("<b>bold</b>").first).to_be_visible()
        assert marketer.locator("main :is(img, b)").count() == 0, address
    marketer.keyboard.press("Control+k")
    marketer.keyboard.type("<img")
    expect(marketer.get_by_role("option", name="<b>bold</b>")).to_be_visible()
    assert marketer.locator("[role=dialog] :is(img, b)").count() == 0
    assert "Little Bell" in marketer.title()


@pytest.mark.parametrize("address", ["/nowhere", "/campaigns/999999", "/messages/x", "/bounces/0"])
def test_what_is_not_there_says_so_and_leads_on(marketer: Page, address: str) -> None:  # noqa: F811
    marketer.goto(address)
    expect(marketer.get_by_role("heading", level=1, name=re.compile("There is no such"))).to_be_visible()
    marketer.locator("main").get_by_role("link").first.click()
    expect(marketer.get_by_role("heading", level=1, name=re.compile("Overview|Campaigns|Bounces"))).to_be_visible()


def test_a_page_that_cant_be_loaded_says_what_to_do_and_loads_once_it_can(
    marketer: Page,  # noqa: F811
    app_server: RunningApp,
    app_engine: Engine,
) -> None:
    campaign_named(app_server, "Unharmed")
    rename = "ALTER TABLE {} RENAME TO {}"
    with writing(app_engine) as connection:
        connection.exec_driver_sql(rename.format("cohort_quarters", "cohort_quarters_away"))
    try:
        marketer.goto("/")
        expect(marketer.get_by_role("alert")).to_contain_text("it is our fault")
        expect(marketer.get_by_text("This couldn’t be loaded").first).to_be_visible()
        expect(marketer.get_by_label("Loading")).to_have_count(0)
    finally:
        with writing(app_engine) as connection:
            connection.exec_driver_sql(rename.format("cohort_quarters_away", "cohort_quarters"))
    marketer.get_by_role("link", name="Try again").click()
    expect(marketer.get_by_label("Key figures")).to_contain_text("Open rate")
    expect(marketer.get_by_role("alert")).to_have_count(0)


def test_records_that_could_not_be_counted_are_told_to_whoever_runs_the_installation(
    marketer: Page,  # noqa: F811
    browser: Browser,
    app_server: RunningApp,
    app_engine: Engine,
    bob_secret: str,
) -> None:
    told = "Some records could not be counted"
    dead = {"journal": "0" * 32, "segment": 0, "offset": 0, "reason": "KeyError", "record": b"\x90", "died_at": now()}
    with writing(app_engine) as connection:
        connection.execute(dead_records.insert().values(**dead))
    try:
        marketer.goto("/campaigns")
        expect(marketer.get_by_role("alert")).to_contain_text(told)
        colleague = as_somebody(browser.new_context(base_url=app_server.url).new_page(), app_server, bob_secret)
        colleague.goto("/campaigns")
        expect(colleague.get_by_role("heading", level=1)).to_have_text("Campaigns")
        assert colleague.get_by_text(told).count() == 0  # they may be of other tenants
        colleague.context.close()
    finally:
        with writing(app_engine) as connection:
            connection.execute(dead_records.delete())
    marketer.goto("/")
    expect(marketer.get_by_role("heading", level=1)).to_be_visible()
    assert marketer.get_by_text(told).count() == 0
