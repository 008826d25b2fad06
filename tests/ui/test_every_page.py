"""Every page there is, walked by a machine: can everybody use it, by keyboard, with a screen reader, on a phone, in both modes?

The pages come from ui/routes.py: a new one is walked without a line here, unless its address has a new kind of id.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, expect

from little_bell.actions.sessions import COOKIE
from little_bell.ui import routes
from tests.fixtures.app import RunningApp
from tests.ui.test_bounces import eventually

OF_THE_HTTP_HALF = ("/api/", "/auth/", "/webhooks/", "/track/")
PAGES = sorted(
    {value for name, value in vars(routes).items() if name.isupper() and isinstance(value, str) and not value.startswith(OF_THE_HTTP_HALF)}
)
OPEN_TO_ALL = (routes.LOGIN, routes.JOIN)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
UNMATCHED = b"From: MAILER-DAEMON@mx.example\r\n\r\n<nobody@walked.example>:\r\n550 5.1.1 User unknown\r\n"
BAD = ("serious", "critical")

#: Controls that are on the screen and can be used; of a radio group one is reached, as the standard has it.
CONTROLS = """() => [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')].filter(one =>
    !one.disabled && one.type !== 'hidden' && one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true}))"""
SMALL = f"""() => ({CONTROLS})().filter(one => {{
    const box = (one.labels?.[0]?.contains(one) ? one.labels[0] : one).getBoundingClientRect();
    const isInText = one.matches('a') && getComputedStyle(one).display === 'inline';
    return !isInText && !one.matches('.skip, .hidden-text') && (box.width < 24 || box.height < 24);
}}).map(one => one.outerHTML.slice(0, 160))"""
CUT = """() => {
    const scrolls = one => one && (/(auto|scroll)/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [...document.querySelectorAll('main *')].filter(one => {
        const box = one.getBoundingClientRect();
        return box.width > 1 && box.right > innerWidth + 1 && one.checkVisibility() && !scrolls(one)
            && !one.matches('.tip, .hidden-text, svg *');
    }).map(one => one.outerHTML.slice(0, 160));
}"""


@pytest.fixture(scope="module")
def ids(app_server: RunningApp) -> dict[str, int]:
    """A thing of each kind, so that no page is empty."""
    with app_server.client() as api:
        campaign_id = (
            api.post("/api/campaigns", json={"name": "Walked", "subject": "Every page", "tags": ["x"]}).raise_for_status().json()["id"]
        )
        new = [{"campaign_id": campaign_id, "recipient_email": f"walked{n}@example.org"} for n in range(3)]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
        api.post(f"/api/messages/{made[0]['id']}/links", json={"url": "https://example.org/a-long-way/" + "x" * 200}).raise_for_status()
        api.post(f"/api/messages/{made[0]['id']}/clicked", json={"url": "https://example.org/"}).raise_for_status()
        api.post(f"/api/messages/{made[1]['id']}/bounce", json={"bounce_reason": "550 5.1.1 no such user"}).raise_for_status()
        api.post("/webhooks/dsn", content=UNMATCHED, headers={"Content-Type": "message/rfc822"}).raise_for_status()
        bounced = {"campaign_id": campaign_id}
        waiting = {"state": "unmatched"}
        eventually(lambda: api.get("/api/bounces", params=bounced).json() and api.get("/api/reports", params=waiting).json())
        bounce_id = api.get("/api/bounces", params=bounced).json()[0]["id"]
        report_id = api.get("/api/reports", params=waiting).json()[0]["id"]
    return {"campaign_id": campaign_id, "message_id": made[0]["id"], "bounce_id": bounce_id, "report_id": report_id}


@pytest.fixture(scope="module")
def owner(browser: Browser, app_server: RunningApp, alice_secret: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=app_server.url, reduced_motion="reduce", color_scheme="light", viewport=DESK)
    context.add_cookies([{"name": COOKIE, "value": alice_secret, "url": app_server.url}])
    yield context
    context.close()


@pytest.fixture(scope="module")
def anybody(browser: Browser, app_server: RunningApp) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=app_server.url, reduced_motion="reduce", color_scheme="light", viewport=DESK)
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)
    return page


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds wrong, in words; the page's own policy forbids no script that the browser's debugger runs."""
    options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options)", options)
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] if one["impact"] in BAD for node in one["nodes"]]


def reached(page: Page) -> list[str]:
    """The controls that the Tab key does not reach, or whose focus can't be seen."""
    page.evaluate("document.activeElement?.blur?.(); window.scrollTo(0, 0)")
    page.evaluate(f"window.left = new Set(({CONTROLS})()); window.unseen = []")
    for _ in range(int(page.evaluate("window.left.size")) + 3):
        page.keyboard.press("Tab")
        page.evaluate("""() => { const one = document.activeElement; window.left.delete(one);
            if (one !== document.body && getComputedStyle(one).outlineStyle === 'none') window.unseen.push(one); }""")
    return page.evaluate("[...window.left, ...window.unseen].map(one => one.outerHTML.slice(0, 160))")  # type: ignore[no-any-return]


@pytest.mark.parametrize("route", PAGES)
def test_everybody_can_use_the_page(route: str, owner: BrowserContext, anybody: BrowserContext, ids: dict[str, int]) -> None:
    address = re.sub(r"\[(\w+)\]", lambda name: str(ids[name[1]]), route)
    page = opened(anybody if route in OPEN_TO_ALL else owner, address)
    assert page.title().endswith(" · Little Bell")
    assert violations(page) == [], "light, on a desk"
    page.evaluate("document.documentElement.classList.replace('light', 'dark')")
    assert violations(page, "color-contrast", "link-in-text-block") == [], "dark"
    assert reached(page) == [], "by keyboard"
    page.set_viewport_size(PHONE)
    assert violations(page) == [], "dark, on a phone"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "no sideways scrolling"
    assert page.evaluate(CUT) == [], "nothing cut off"
    assert page.evaluate(SMALL) == [], "a finger hits it"
    page.close()


def test_every_page_without_an_id_is_in_the_command_palette() -> None:
    assert {route for route in PAGES if "[" not in route and route not in OPEN_TO_ALL} == set(routes.NAMES)
