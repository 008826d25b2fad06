"""A marketer's open page goes through what happens to a server: it goes on by itself, and it fits wherever it is shown."""

import os
import signal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.fixtures.app import RunningApp, serving, wait_until_healthy
from tests.test_setup import _children, _command, _eventually

LONG = "An uncommonly long name for a campaign, as those who plan them in spreadsheets like to give: 2026/Q4/DE-AT-CH/retention/variant-B"
MAIL_CLIENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"}


def sign_in(page: Page, app: RunningApp) -> None:
    page.goto(f"{app.url}/login")
    page.get_by_label("E-mail").fill(app.email)
    page.get_by_label("Password").fill(app.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def register(app: RunningApp, name: str, *recipients: str) -> tuple[int, list[dict[str, str]]]:
    """A campaign with messages."""
    with app.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": name}).raise_for_status().json()["id"]
        new = [{"campaign_id": campaign_id, "recipient_email": recipient} for recipient in recipients]
        return campaign_id, api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]


@pytest.mark.parametrize("module", ["little_bell.web_server", "little_bell.projector"])
def test_an_open_page_goes_on_after_a_process_behind_it_was_killed(browser: Browser, tmp_path: Path, module: str) -> None:
    with serving(tmp_path / "data") as app:
        page = browser.new_page()
        sign_in(page, app)
        campaign_id, [one, two] = register(app, "Through a crash", "one@example.org", "two@example.org")
        page.goto(f"{app.url}/campaigns/{campaign_id}")
        figures = page.get_by_label("Key figures")
        expect(figures).to_be_visible()
        httpx.get(one["pixel_url"], headers=MAIL_CLIENT)
        expect(figures).to_contain_text("1 person")
        [victim] = [pid for pid in _children(app.process.pid) if module in _command(pid)]
        os.kill(victim, signal.SIGKILL)
        _eventually(lambda: any(module in _command(pid) for pid in _children(app.process.pid) if pid != victim))
        wait_until_healthy(app)
        httpx.get(two["pixel_url"], headers=MAIL_CLIENT)
        expect(figures).to_contain_text("2 people")
        page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_every_page_with_long_things_on_it_fits_and_says_nothing_in_the_console(
    browser: Browser, app_server: RunningApp, width: int
) -> None:
    recipient = f"{'a-long-local-part' * 3}@{'and-a-long-label.' * 4}example.org"
    campaign_id, [message] = register(app_server, LONG, recipient)
    with app_server.client() as api:
        bounce = {"bounce_reason": "550 5.1.1 " + "no-such-user-" * 12, "bounce_type": "permanent"}
        api.post(f"/api/messages/{message['id']}/links", json={"url": f"https://example.com/{'path/' * 40}"}).raise_for_status()
        api.post(f"/api/messages/{message['id']}/clicked", json={"url": f"https://example.com/{'path/' * 40}"}).raise_for_status()
        api.post(f"/api/messages/{message['id']}/bounce", json=bounce).raise_for_status()
    problems: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            problems.append(said.text)

    page = browser.new_page(viewport={"width": width, "height": 800}, base_url=app_server.url, reduced_motion="reduce")
    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    sign_in(page, app_server)
    for address in (
        "/",
        "/campaigns",
        f"/campaigns/{campaign_id}",
        f"/messages/{message['id']}",
        "/bounces",
        "/settings",
        "/settings/tenant",
        "/nowhere",
    ):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_label("Loading")).to_have_count(0)
        fits(page, address)
        parts = page.get_by_role("group", name="Part of the campaign").get_by_role("button")
        for place in range(parts.count()):
            parts.nth(place).click()
            expect(page.get_by_label("Loading")).to_have_count(0)
            fits(page, f"{address}, part {place}")
    page.close()
    assert [problem for problem in problems if "/nowhere" not in problem and "404" not in problem] == []


def fits(page: Page, where: str) -> None:
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, f"{where} is {too_wide} px wider than the window"
