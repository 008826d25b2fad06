"""An owner sets a provider up in the page, the provider reports, and the page says what became of it."""

import base64

import httpx
from playwright.sync_api import Page, expect

from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody, marketer, new_campaign, register
from tests.webhooks.conftest import until
from tests.webhooks.senders import postmark_event

__all__ = ["marketer"]


def test_a_provider_is_set_up_reports_and_is_seen(marketer: Page, app_server: RunningApp) -> None:
    campaign_id = new_campaign(marketer, "Told by Postmark")
    message = register(app_server, campaign_id, "ada-of-postmark@example.org")
    marketer.goto("/settings/webhooks")
    marketer.get_by_role("button", name="Set up Postmark").click()
    marketer.get_by_role("button", name="Save").click()
    secret = marketer.get_by_role("dialog").locator("code").inner_text()
    assert secret.startswith("bell:")
    marketer.get_by_role("button", name="Done").click()
    row = marketer.get_by_role("table", name="Providers").get_by_role("row").filter(has_text="Postmark")
    expect(row).to_contain_text("nothing has come yet")

    url = row.locator(".mono").inner_text()
    assert url.startswith("http://localhost:") and url.endswith("/webhooks/postmark/default")
    proof = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
    event = postmark_event("Open", 1, "ada-of-postmark@example.org", message["tracking_token"])
    until(lambda: httpx.post(url, json=event, headers=proof).status_code == 200)
    assert httpx.post(url, json=event, headers={"Authorization": "Basic eDp5"}).status_code == 401

    def is_shown() -> bool:
        marketer.get_by_role("button", name="Refresh").click()
        return marketer.get_by_role("table", name="Last deliveries").get_by_text("1 counted").first.is_visible()

    until(is_shown)
    marketer.get_by_role("button", name="Test Postmark").click()
    expect(marketer.get_by_role("status").filter(has_text="refused")).to_contain_text("signed or authorised")
    marketer.get_by_role("button", name="Re-run delivery").first.click()
    expect(marketer.get_by_role("status").filter(has_text="read again")).to_have_count(1)
    marketer.get_by_role("button", name="Change Postmark").click()
    marketer.get_by_role("dialog").get_by_role("checkbox").uncheck()
    marketer.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("shows its opens only")
    assert httpx.post(url, json=event, headers=proof).status_code == 200  # the secret is the same
    marketer.set_viewport_size({"width": 390, "height": 800})
    assert marketer.evaluate("document.documentElement.scrollWidth <= innerWidth")
    marketer.goto(f"/campaigns/{campaign_id}")
    expect(marketer.get_by_role("table", name="What providers told")).to_contain_text("Postmark")
    marketer.goto(f"/messages/{message['id']}")
    expect(marketer.get_by_text("postmark").first).to_be_visible()


def test_somebody_who_may_only_look_sets_nothing_up(page: Page, app_server: RunningApp, bob_secret: str) -> None:
    bob = as_somebody(page, app_server, bob_secret)
    bob.goto("/settings/webhooks")
    expect(bob.get_by_role("table", name="Providers")).to_be_visible()
    expect(bob.get_by_role("button", name="Set up")).to_have_count(0)
