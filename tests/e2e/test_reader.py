"""What readers of mail see of us in a real browser: questions they can answer by hand, and nothing that runs by itself."""

from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fixtures.app import RunningApp


@pytest.fixture(scope="module")
def message(app_server: RunningApp) -> dict[str, str]:
    """A message that was sent to somebody."""
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "To readers"}).raise_for_status().json()["id"]
        new = {"campaign_id": campaign_id, "recipient_email": "asks-for-no-more@example.org"}
        return api.post("/api/messages", json=new).raise_for_status().json()  # type: ignore[no-any-return]


def story(app: RunningApp, message: dict[str, str]) -> list[tuple[str, str]]:
    """The message's events as the API tells them, each with its verdict."""
    with app.client() as api:
        told = api.get(f"/api/messages/{message['id']}").raise_for_status().json()
    return [(event["type"], event["verdict"]) for event in told["events"]]


def eventually(page: Page, app: RunningApp, message: dict[str, str], last: tuple[str, str]) -> None:
    """Returns once this is the message's last event."""
    for _ in range(50):
        if story(app, message)[-1:] == [last]:
            return
        page.wait_for_timeout(100)
    raise AssertionError(story(app, message))


def unsigned(app: RunningApp, message: dict[str, str], url: str) -> str:
    return f"{app.url}/track/redirect/{message['tracking_token']}?url={quote(url, safe='')}"


def test_an_unsigned_link_leads_on_only_by_the_readers_own_hand(page: Page, app_server: RunningApp, message: dict[str, str]) -> None:
    target = f"{app_server.url}/health?a[0]=1&b=2#part"
    page.goto(unsigned(app_server, message, target))
    expect(page.get_by_role("heading")).to_have_text("Do you want to go there?")
    expect(page.get_by_text(target)).to_be_visible()
    page.get_by_role("link", name="Go there").click()
    page.wait_for_url(target)
    eventually(page, app_server, message, ("clicked", "unsigned"))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/<script>document.title='broken'</script>",
        "https://evil.example/\"onmouseover=\"document.title='broken'",
        "https://evil.example/</code><img src=x onerror=document.title='broken'>",
        "https://evil.example/&quot;><svg onload=document.title='broken'>",
    ],
)
def test_nothing_in_a_hostile_destination_runs(page: Page, app_server: RunningApp, message: dict[str, str], url: str) -> None:
    page.goto(unsigned(app_server, message, url))
    expect(page.get_by_text(url)).to_be_visible()
    page.get_by_role("link", name="Go there").hover()
    assert page.title() == "Do you want to go there?"
    assert page.locator("script, img, svg").count() == 0


def test_unsubscribing_takes_one_click_of_a_person_and_none_of_a_scanner(
    page: Page, app_server: RunningApp, message: dict[str, str]
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    httpx.get(message["unsubscribe_url"]), httpx.head(message["unsubscribe_url"])
    page.goto(message["unsubscribe_url"])
    assert ("unsubscribed", "human") not in story(app_server, message)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading")).to_have_text("You are unsubscribed")
    eventually(page, app_server, message, ("unsubscribed", "human"))
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_fit_a_phone(context: BrowserContext, app_server: RunningApp, message: dict[str, str], scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 360, "height": 700})
    for address in (
        unsigned(app_server, message, "https://example.com/" + "a" * 900),
        unsigned(app_server, message, "ftp://x"),
        message["unsubscribe_url"],
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        ground, ink = page.evaluate("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
        assert ground != ink
