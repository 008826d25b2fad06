"""Settings, setting up and building links, in a real browser; each journey ends in a stored fact, or in what the browser holds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.models.tables import campaigns, links, messages, parked_records, users
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import MAIL_CLIENT, as_somebody, new_campaign
from tests.ui.test_tenants import house, owner

__all__ = ["house", "owner"]

#: Each way out of a frame that mail has been seen to try.
HOSTILE = """
<base href="{own}/stolen/" target="_top"><meta http-equiv="refresh" content="0;url={own}/stolen/refresh">
<link rel="stylesheet" href="{own}/stolen.css"><link rel="prefetch" href="{own}/stolen-prefetch">
<style>@import url({own}/stolen-import.css); body { background: url({own}/stolen-background.png); }
@font-face { font-family: stolen; src: url({own}/stolen.woff2); } p { font-family: stolen; }</style>
<script>parent.stolen = document.cookie; top.document.title = 'stolen'; top.location = '{own}/stolen/script'</script>
<p onclick="parent.stolen = 1">A friendly mail</p>
<img src="x" onerror="parent.stolen = document.cookie"><img src="{own}/track/pixel/stolen-token.gif">
<svg onload="parent.stolen = 2"><image href="{own}/stolen.svg"/></svg>
<iframe src="{own}/stolen/frame"></iframe><object data="{own}/stolen/object"></object><embed src="{own}/stolen/embed">
<video src="{own}/stolen.mp4" autoplay poster="{own}/stolen-poster.png"></video>
<form action="{own}/auth/logout" method="post" target="_top"><button autofocus>Send</button></form>
<a href="{own}/track/redirect/stolen-token?url=https%3A%2F%2Fexample.com" target="_self">Follow me</a>
<a href="javascript:parent.stolen=3" target="_self">Script link</a> <a href="https://example.com/stolen" target="_top">Out of the frame</a>
"""


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


def test_a_mail_is_tracked_by_hand_first_as_a_preview_then_for_somebody(owner: Page, app_engine: Engine, app_server: RunningApp) -> None:
    new_campaign(owner, "By hand")
    owner.goto("/builder")
    mail = owner.get_by_label("The mail’s HTML")
    mail.fill('<p>See <a href="https://example.com/a?b=1&amp;c=2">a</a> or <a href="mailto:ann@example.com">write</a></p>')
    owner.get_by_role("button", name="Make it trackable").click()
    table = owner.get_by_role("table", name="Links")
    expect(table.get_by_role("row").filter(has_text="https://example.com/a?b=1&c=2")).to_contain_text("/track/redirect/preview?url=")
    expect(table.get_by_role("row").filter(has_text="mailto:")).to_contain_text("left as it is")
    for title in ("As you gave it", "As it is sent"):
        expect(owner.frame_locator(f"iframe[title='{title}']").get_by_role("link", name="write")).to_be_visible()
    with reading(app_engine) as connection:
        assert connection.execute(select(links.c.id).where(links.c.url == "https://example.com/a?b=1&c=2")).first() is None

    owner.get_by_label("Recipient").fill("ann-by-hand@example.com")
    for _ in range(2):  # the second time it is the same message
        owner.get_by_role("button", name="Make it trackable").click()
        expect(owner.get_by_text("List-Unsubscribe-Post")).to_be_visible()
    html = owner.get_by_role("region", name="Tracked HTML").inner_text()
    with reading(app_engine) as connection:
        made = connection.execute(select(messages.c.token).where(messages.c.recipient_email == "ann-by-hand@example.com")).scalars().all()
        assert len(made) == 1 and html.count(made[0]) == 2
        assert connection.execute(select(links.c.id).where(links.c.url == "https://example.com/a?b=1&c=2")).first() is not None
    link = re.search(r'href="([^"]*/track/redirect/[^"]*)"', html)
    assert link is not None
    answer = httpx.get(link[1].replace("&amp;", "&"), headers={"User-Agent": MAIL_CLIENT})
    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/a?b=1&c=2")
    owner.get_by_role("link", name="Its message").click()
    expect(owner.get_by_role("heading", level=1)).to_have_text("ann-by-hand@example.com")


@contextmanager
def sink() -> Iterator[tuple[str, list[str]]]:
    """A server elsewhere, and what it was asked for."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()
    server.server_close()


def test_a_mail_that_is_shown_runs_loads_and_follows_nothing(browser: Browser, app_server: RunningApp, bob_secret: str) -> None:
    context = browser.new_context(base_url=app_server.url, reduced_motion="reduce")
    page = as_somebody(context.new_page(), app_server, bob_secret)
    asked: list[str] = []  # what is blocked is told of as a request too, but never answered
    context.on("response", lambda answer: asked.append(answer.url))
    page.on("dialog", lambda dialog: asked.append(f"stolen by {dialog.message}"))
    page.goto("/builder")
    with sink() as (elsewhere, came):
        page.get_by_label("The mail’s HTML").fill(HOSTILE.replace("{own}", app_server.url) + HOSTILE.replace("{own}", elsewhere))
        page.get_by_role("button", name="Make it trackable").click()
        expect(page.get_by_role("table", name="Links")).to_be_visible()
        try_each_way_out(page)
    assert came == [] and [url for url in asked if "stolen" in url] == []
    assert page.url.endswith("/builder") and len(context.pages) == 1
    assert page.evaluate("[window.stolen ?? null, document.title.includes('stolen')]") == [None, False]
    context.close()


def try_each_way_out(page: Page) -> None:
    for title in ("As you gave it", "As it is sent"):
        inside = page.frame_locator(f"iframe[title='{title}']")
        expect(inside.get_by_text("A friendly mail").first).to_be_visible()
        for way_out in ("Script link", "Out of the frame", "Follow me"):
            inside.get_by_role("link", name=way_out).first.click()
    page.get_by_role("button", name="Dark mode").click()  # the page lives
    expect(page.get_by_role("button", name="Light mode")).to_be_visible()


def test_a_hidden_tab_rests_and_catches_up_when_it_is_shown(owner: Page, app_server: RunningApp, app_engine: Engine) -> None:
    campaign_id = new_campaign(owner, "Behind another window")
    witness = owner.context.new_page()
    for page in (owner, witness):
        page.goto(f"/campaigns/{campaign_id}")
        expect(page.get_by_text("Ready for its messages")).to_be_visible()
    owner.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    owner.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    with writing(app_engine) as connection:
        tenant_id = connection.execute(select(campaigns.c.tenant_id).where(campaigns.c.id == campaign_id)).scalar_one()
        [made] = create_messages(connection, tenant_id, [NewMessage(campaign_id=campaign_id, recipient_email="late@example.org")])
    httpx.get(f"{app_server.url}/track/pixel/{made.token}.gif", headers={"User-Agent": MAIL_CLIENT})
    expect(witness.get_by_label("Key figures")).to_contain_text("1 person")
    assert "Ready for its messages" in owner.inner_text("main")
    owner.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    owner.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(owner.get_by_label("Key figures")).to_contain_text("1 person")
