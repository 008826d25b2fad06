"""What people do in the pages, in a real browser against the complete server; each journey ends in a stored fact."""

import csv
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from little_bell.actions.sessions import COOKIE, sign_out
from little_bell.db import reading, writing
from little_bell.models.tables import api_keys, campaigns, links, messages
from little_bell.ui.session import REMEMBERED_SECONDS
from tests.fixtures.app import RunningApp

PAGES = (
    "/",
    "/campaigns",
    "/campaigns/compare",
    "/bounces",
    "/bounces/1",
    "/suppressions",
    "/alerts",
    "/review",
    "/review/1",
    "/settings",
    "/settings/keys",
    "/settings/webhooks",
)
MAIL_CLIENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"


def sign_in(page: Page, app: RunningApp) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(app.email)
    page.get_by_label("Password").fill(app.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def as_somebody(page: Page, app: RunningApp, secret: str) -> Page:
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": app.url}])
    return page


@pytest.fixture
def marketer(page: Page, app_server: RunningApp, alice_secret: str) -> Page:
    """A page of somebody who is signed in as the owner."""
    return as_somebody(page, app_server, alice_secret)


def new_campaign(page: Page, name: str) -> int:
    page.goto("/campaigns")
    page.get_by_role("button", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create campaign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return int(page.url.rpartition("/")[2])


def register(app: RunningApp, campaign_id: int, recipient: str) -> dict[str, str]:
    with app.client() as api:
        answer = api.post("/api/messages", json={"campaign_id": campaign_id, "recipient_email": recipient})
        return answer.raise_for_status().json()  # type: ignore[no-any-return]


@pytest.mark.parametrize("address", [*PAGES, "/campaigns/1", "/messages/1"])
def test_every_page_leads_a_signed_out_visitor_to_sign_in(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.url.endswith("/login")


def test_a_wrong_password_is_said_and_the_right_one_opens_the_overview(page: Page, app_server: RunningApp) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(app_server.email)
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    sign_in(page, app_server)
    assert [cookie["httpOnly"] for cookie in page.context.cookies() if cookie.get("name") == COOKIE] == [True]
    assert page.evaluate("document.cookie") == ""


def test_signing_out_ends_the_session(page: Page, app_server: RunningApp) -> None:
    sign_in(page, app_server)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/campaigns")
    expect(page.get_by_label("Password")).to_be_visible()


def test_an_open_page_closes_when_its_session_ends_elsewhere(page: Page, app_server: RunningApp, app_engine: Engine) -> None:
    sign_in(page, app_server)
    campaign_id = new_campaign(page, "Left open")
    secret = next(cookie["value"] for cookie in page.context.cookies() if cookie.get("name") == COOKIE)
    with writing(app_engine) as connection:
        sign_out(connection, secret)
    page.wait_for_timeout(1_000 * REMEMBERED_SECONDS)
    message = register(app_server, campaign_id, "late@example.org")
    httpx.get(message["pixel_url"], headers={"User-Agent": MAIL_CLIENT})
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_marketer_sees_mail_opened_and_clicked_without_reloading(
    browser: Browser, page: Page, app_server: RunningApp, app_engine: Engine, tmp_path: Path
) -> None:
    sign_in(page, app_server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app_server.url)
    campaign_id = new_campaign(page, "The first bell")
    page.get_by_role("button", name="Set up").click()
    page.get_by_role("button", name="Copy pixel").click()
    expect(page.get_by_text("Copied to the clipboard")).to_be_visible()
    snippet = page.evaluate("navigator.clipboard.readText()")
    message = register(app_server, campaign_id, "reader@example.org")
    assert snippet.replace("{{token}}", message["tracking_token"]) == message["pixel_html"]
    with app_server.client() as api:
        target = f"{app_server.url}/health?from=mail#part"
        link = api.post(f"/api/messages/{message['id']}/links", json={"url": target}).json()["click_url"]
        api.post(f"/api/messages/{message['id']}/sent").raise_for_status()
    page.get_by_role("button", name="Results").click()
    expect(page.get_by_text("of 1 message", exact=True)).to_be_visible()

    mail = tmp_path / "mail.html"
    mail.write_text(
        f'<p>Hello, <a href="{link.replace("&", "&amp;")}">look</a></p>{snippet.replace("{{token}}", message["tracking_token"])}'
    )
    reader = browser.new_page(user_agent=MAIL_CLIENT)
    reader.goto(mail.as_uri())
    figures = page.get_by_label("Key figures")
    expect(figures).to_contain_text("1 person · 100 % with machines")
    reader.get_by_role("link", name="look").click()
    reader.wait_for_url(target)
    expect(page.locator(".stat").filter(has_text="Click rate")).to_contain_text("1 person")
    reader.close()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert [(row["recipient_email"], row["status"]) for row in rows] == [("reader@example.org", "clicked")]
    with reading(app_engine) as connection:
        assert connection.execute(select(messages.c.status).where(messages.c.id == message["id"])).scalar_one() == "clicked"


def test_a_message_tells_its_story_while_it_happens(marketer: Page, app_server: RunningApp) -> None:
    message = register(app_server, new_campaign(marketer, "Stories"), "story@example.org")
    marketer.goto(f"/messages/{message['id']}")
    expect(marketer.get_by_text("Nothing has happened yet")).to_be_visible()
    httpx.get(message["pixel_url"], headers={"User-Agent": MAIL_CLIENT})
    timeline = marketer.locator(".timeline")
    timeline.get_by_text("mail program", exact=True).click()
    expect(timeline.get_by_text("A person's own mail program showed the image.")).to_be_visible()
    with app_server.client() as api:
        bounce = {"bounce_reason": "550 5.1.1 no such user", "bounce_type": "permanent"}
        api.post(f"/api/messages/{message['id']}/bounce", json=bounce).raise_for_status()
    expect(marketer.locator(".timeline")).to_contain_text("bounced")
    marketer.get_by_role("link", name="Bounces").click()
    expect(marketer.get_by_role("table", name="Bounces", exact=True)).to_contain_text("story@example.org")
    with marketer.expect_download() as download:
        marketer.get_by_role("link", name="Download CSV").click()
    assert "story@example.org" in Path(download.value.path()).read_text()


def test_a_tracked_link_made_on_a_page_leads_where_it_should(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    message = register(app_server, new_campaign(marketer, "Links"), "links@example.org")
    target = "https://example.org/shop?tags[]=ü&next=/a#top"
    marketer.goto(f"/messages/{message['id']}")
    marketer.get_by_label("Where it leads").fill(target)
    marketer.get_by_role("button", name="Make tracked link").click()
    made = marketer.locator(".snippet").filter(has_text="/track/redirect/").locator("code")
    answer = httpx.get(made.inner_text(), headers={"User-Agent": MAIL_CLIENT})
    assert (answer.status_code, answer.headers["location"]) == (302, target.replace("ü", "%C3%BC"))
    with reading(app_engine) as connection:
        assert connection.execute(select(links.c.url).where(links.c.url == target)).scalars().all() == [target]


def test_a_campaign_goes_only_after_a_second_yes(marketer: Page, app_engine: Engine) -> None:
    campaign_id = new_campaign(marketer, "Short-lived")
    marketer.goto("/campaigns")
    marketer.get_by_role("button", name="Delete Short-lived").click()
    marketer.get_by_role("button", name="Cancel").click()
    expect(marketer.get_by_role("link", name="Short-lived")).to_be_visible()
    marketer.get_by_role("button", name="Delete Short-lived").click()
    marketer.get_by_role("button", name="Delete campaign").click()
    expect(marketer.get_by_text("“Short-lived” was deleted.")).to_be_visible()
    expect(marketer.get_by_role("link", name="Short-lived")).to_have_count(0)
    with reading(app_engine) as connection:
        seen = select(campaigns.c.id).where(campaigns.c.id == campaign_id, campaigns.c.deleted_at.is_(None))
        assert connection.execute(seen).one_or_none() is None


def test_a_key_is_shown_once_opens_the_api_and_can_be_revoked(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    marketer.goto("/settings/keys")
    marketer.get_by_role("button", name="New key").click()
    marketer.get_by_label("Name", exact=True).fill("Journey")
    marketer.get_by_role("button", name="Create key").click()
    secret = marketer.get_by_role("dialog").locator("code").inner_text()
    asking = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{app_server.url}/api/campaigns", headers=asking).status_code == 200
    marketer.reload()
    expect(marketer.get_by_role("cell", name=re.compile("^Journey"))).to_be_visible()
    expect(marketer.get_by_text(secret)).to_have_count(0)
    marketer.get_by_role("button", name="Revoke Journey").click()
    marketer.get_by_role("button", name="Revoke key").click()
    expect(marketer.get_by_text("was revoked")).to_be_visible()
    assert httpx.get(f"{app_server.url}/api/campaigns", headers=asking).status_code == 401
    with reading(app_engine) as connection:
        revoked = select(api_keys.c.revoked_at).where(api_keys.c.name == "Journey")
        assert connection.execute(revoked).scalar_one() is not None


def test_messages_are_found_by_recipient_and_status_and_read_page_by_page(marketer: Page, app_server: RunningApp) -> None:
    campaign_id = new_campaign(marketer, "Many")
    new = [{"campaign_id": campaign_id, "recipient_email": f"many{n:03}@example.org"} for n in range(120)]
    with app_server.client() as api:
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
        api.post(f"/api/messages/{made[7]['id']}/opened").raise_for_status()
    marketer.goto(f"/campaigns/{campaign_id}")
    marketer.get_by_role("button", name="Messages").click()
    rows = marketer.get_by_role("table", name="Messages").get_by_role("row")
    expect(rows).to_have_count(51)
    for page_number, count in ((2, 51), (3, 21)):
        marketer.get_by_role("button", name="Next").click()
        expect(marketer.get_by_text(f"Page {page_number}")).to_be_visible()
        expect(rows).to_have_count(count)
    marketer.get_by_role("searchbox").fill("many01")
    expect(rows).to_have_count(11)
    marketer.get_by_role("searchbox").fill("")
    marketer.get_by_label("Status").select_option("opened")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("many007@example.org")


def test_somebody_who_may_only_look_is_offered_nothing_to_change(page: Page, app_server: RunningApp, bob_secret: str) -> None:
    bob = as_somebody(page, app_server, bob_secret)
    bob.goto("/campaigns")
    expect(bob.get_by_role("table", name="Campaigns").or_(bob.get_by_text("No campaigns yet"))).to_be_visible()
    expect(bob.get_by_role("button", name=re.compile("New campaign|Delete"))).to_have_count(0)
    bob.goto("/settings/keys")
    expect(bob.get_by_text("Keys are the owners’ business")).to_be_visible()


def test_another_tenants_campaign_is_not_there(page: Page, app_server: RunningApp, charlie_secret: str) -> None:
    charlie = as_somebody(page, app_server, charlie_secret)
    charlie.goto("/campaigns/1")
    expect(charlie.get_by_role("heading", name="There is no such campaign")).to_be_visible()


def test_dark_mode_is_remembered(marketer: Page) -> None:
    marketer.goto("/")
    marketer.get_by_role("button", name="Dark mode").click()
    marketer.reload()
    expect(marketer.get_by_role("button", name="Light mode")).to_be_visible()
    assert marketer.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_every_page_fits_a_phone_and_its_drawer_leads_on(marketer: Page) -> None:
    marketer.set_viewport_size({"width": 390, "height": 800})
    marketer.goto("/")
    for name in ("Campaigns", "Bounces", "Suppressions", "Settings", "Overview"):
        marketer.get_by_role("button", name="Open navigation").click()
        marketer.get_by_role("dialog").get_by_role("link", name=name).click()
        expect(marketer.get_by_role("heading", level=1, name=name)).to_be_visible()
        assert marketer.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_an_unknown_address_is_not_found(page: Page) -> None:
    answer = page.goto("/nowhere/at/all")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
