"""Pages in a real browser, over the demo grown to a million messages: first load, page to page, the largest table, JavaScript."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from sqlalchemy import Connection, Insert, func, insert, literal, select, text, update

from little_bell.actions.sessions import COOKIE, sign_in
from little_bell.config import ROOT
from little_bell.db import writing
from little_bell.first_run import first_run
from little_bell.migrations import migrate
from little_bell.models.tables import campaign_stats, messages, users
from little_bell.queries.tenants import find_tenant
from tests.bench import processes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.houses import EMAIL, House
from tests.fixtures.browser import QUIET, chromium

ROUNDS = 5
#: What the browser tells of its largest paint, and of the scripts that it loaded, as they came over the wire.
LARGEST_PAINT = """new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({type: 'largest-contentful-paint', buffered: true}))"""
SCRIPTS = """performance.getEntriesByType('resource').filter(one => /\\.js(\\?|$)/.test(one.name))
  .map(one => [one.name.split('/').at(-1), one.encodedBodySize])"""
#: Chunks by what is in them: the build names some by their first module only.
CONTENTS = {
    "es6": "recharts",
    "entry.client": "React DOM",
    "errorBoundaries": "React Router",
    "preload-helper": "React, socket.io",
    "state": "Reflex",
    "emotion": "Emotion",
    "dist": "Radix",
}


def pages(bench: Bench) -> list[Figure]:
    """Largest paint, navigation, filter and sort, and bytes of JavaScript."""
    count = bench.scaled(1_000_000)
    bench.say(f"growing the demo to {count:,} messages")
    house, campaign_id = _grown(bench, count)
    rounds = 2 if bench.is_quick else ROUNDS
    with processes.complete(house), _browser() as browser:
        secret = _signed_in(house)
        bench.say("opening the overview in fresh browsers")
        paints = [_first_load(browser, house, secret) for _ in range(rounds + 1)][1:]  # the first one warms the server
        page = _page(browser, house, secret)
        bench.say("going from page to page")
        moves = _moves(page, campaign_id, rounds)
        bench.say("filtering and sorting the messages")
        changes = _changes(page, campaign_id, rounds)
        scripts = dict(paints[-1][1])
        browser.close()
    searches = {what: changes.pop(what) for what in list(changes) if what.startswith("search")}
    slowest, worst = max(moves, key=moves.__getitem__), max(changes, key=changes.__getitem__)
    return [
        Figure("first load of the overview, warm server: largest paint", median(one[0] for one in paints), "ms", ceiling=1_500),
        Figure("page to page, the slowest", moves[slowest], "ms", ceiling=400, note=_told(moves)),
        Figure(f"filter or sort of {count:,} messages, the slowest", changes[worst], "ms", ceiling=300, note=_told(changes)),
        Figure("search in them, typing's pause of 250 ms included", max(searches.values(), default=None), "ms", note=_told(searches)),
        Figure("JavaScript of the first page, compressed", sum(scripts.values()) / 1000, "kB", ceiling=380, note=_contents(scripts)),
    ]


def _grown(bench: Bench, count: int) -> tuple[House, int]:
    """The demo, its largest campaign's messages copied until there are so many; and that campaign's id."""
    house = House(bench.folder / "demo", processes.free_port())
    house.data_dir.mkdir()
    migrate(house.settings.database_url)
    first_run(house.settings)  # its user becomes an owner of the demo
    own = {name: value for name, value in os.environ.items() if not name.startswith("LITTLE_BELL_")}
    command = [sys.executable, "-m", "little_bell", "demo"]
    subprocess.run(command, cwd=ROOT, env={**own, **house.environment}, check=True, capture_output=True)
    with house.engine() as engine, writing(engine) as connection:
        sizes = select(messages.c.campaign_id, func.count()).group_by(messages.c.campaign_id).order_by(func.count().desc())
        campaign_id, size = connection.execute(sizes).first() or (0, 0)
        total = connection.execute(select(func.count()).select_from(messages)).scalar_one()
        copies = -(-(count - total) // size)
        for number in range(copies):
            connection.execute(_copy(campaign_id, number))
        _multiply(connection, campaign_id, copies + 1)
        connection.execute(text("ANALYZE"))
    return house, int(campaign_id)


def _copy(campaign_id: int, number: int) -> Insert:
    changed = {
        "token": literal(f"copy-{number}-") + messages.c.token,
        "recipient_email": literal(f"r{number}.") + messages.c.recipient_email,
        "external_id": literal(None),
        "provider_message_id": literal(None),
    }
    columns = [column for column in messages.c if column.name != "id"]
    source = select(*(changed.get(column.name, column) for column in columns)).where(
        messages.c.campaign_id == campaign_id, messages.c.token.not_like("copy-%")
    )
    return insert(messages).from_select([column.name for column in columns], source)


def _multiply(connection: Connection, campaign_id: int, times: int) -> None:
    keys = {"tenant_id", "campaign_id", "changed_in"}
    sums = {one.name: one * times for one in campaign_stats.c if one.name not in keys and str(one.type) in ("INTEGER", "BIGINT")}
    connection.execute(update(campaign_stats).where(campaign_stats.c.campaign_id == campaign_id).values(sums))


def _signed_in(house: House) -> str:
    with house.engine() as engine, writing(engine) as connection:
        user_id = connection.execute(select(users.c.id).where(users.c.email == EMAIL)).scalar_one()
        return sign_in(connection, user_id, "", find_tenant(connection, "demo"))


@contextmanager
def _browser() -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    executable = chromium()
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=executable, args=[*QUIET, *sandbox])


def _page(browser: Browser, house: House, secret: str) -> Page:
    url = f"http://localhost:{house.port}"
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": secret, "url": url}])
    return context.new_page()


def _first_load(browser: Browser, house: House, secret: str) -> tuple[float, list[tuple[str, int]]]:
    """Milliseconds to the largest paint with an empty cache, and each script with its bytes."""
    page = _page(browser, house, secret)
    page.goto("/")
    page.get_by_role("table", name="Most opened campaigns").wait_for()
    page.wait_for_load_state("networkidle")
    seen = float(page.evaluate(LARGEST_PAINT)), page.evaluate(SCRIPTS)
    page.context.close()
    return seen


def _timed(act: Callable[[], object], done: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    done()
    return (time.perf_counter() - started) * 1000


def _moves(page: Page, campaign_id: int, rounds: int) -> dict[str, float]:
    """Milliseconds from the click on a link to the page with its rows; the median of some rounds."""

    def loaded(heading: str) -> Callable[[], object]:
        def wait() -> None:
            page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
            page.wait_for_function("() => !document.querySelector('main .bone')", polling="raf")

        return wait

    page.goto(f"/campaigns/{campaign_id}")
    page.wait_for_function("() => document.querySelector('main h1') && !document.querySelector('main .bone')")
    name = page.get_by_role("heading", level=1).inner_text()
    nav = page.get_by_role("navigation", name="Main")
    steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        where: ((lambda where=where: nav.get_by_role("link", name=where, exact=True).click()), loaded(where))
        for where in ("Overview", "Bounces", "Suppressions", "Settings", "Campaigns")
    }
    steps["a campaign"] = (lambda: page.get_by_role("main").get_by_role("link", name=name).first.click(), loaded(name))
    seen: dict[str, list[float]] = {where: [] for where in steps}
    for _ in range(rounds + 1):
        for where, (act, done) in steps.items():
            seen[where].append(_timed(act, done))
    return {where: median(times[1:]) for where, times in seen.items()}  # the first round loads the pages' own scripts


def _changes(page: Page, campaign_id: int, rounds: int) -> dict[str, float]:
    """Milliseconds from a choice above the table of messages to other rows in it; a choice that shows the same rows isn't told."""
    page.goto(f"/campaigns/{campaign_id}")
    page.get_by_role("button", name="Messages").click()
    table = page.get_by_role("table", name="Messages")
    table.wait_for()
    seen: dict[str, list[float]] = {}
    for _ in range(rounds):
        for label in ("Status", "Opened", "Clicked", "Order"):
            box = page.get_by_role("main").get_by_label(label, exact=True)
            if not box.count():
                continue
            for value in [*box.locator("option").evaluate_all("all => all.map(one => one.value)"), box.input_value()]:
                if value != box.input_value() and (taken := _until_other_rows(page, lambda box=box, value=value: box.select_option(value))):
                    seen.setdefault(f"{label} {value or 'any'}", []).append(taken)
        search = page.get_by_role("main").get_by_role("searchbox")
        for letters in ("r7.", ""):
            if taken := _until_other_rows(page, lambda letters=letters, search=search: search.fill(letters)):
                seen.setdefault(f"search {letters or 'nothing'}", []).append(taken)
    return {what: median(times) for what, times in seen.items()}


def _until_other_rows(page: Page, act: Callable[[], object]) -> float | None:
    rows = "(document.querySelector('main table[aria-label=Messages] tbody')?.innerText ?? '')"
    before = page.evaluate(rows)
    try:
        return _timed(act, lambda: page.wait_for_function(f"before => {rows} !== before", arg=before, polling="raf", timeout=3_000))
    except PlaywrightTimeout:
        return None


def _told(times: dict[str, float]) -> str:
    return ", ".join(f"{where} {time_:.0f}" for where, time_ in times.items())


def _contents(scripts: dict[str, int]) -> str:
    largest = sorted(scripts.items(), key=lambda one: -one[1])[:7]
    return ", ".join(f"{_content(file)} {size / 1000:.0f}" for file, size in largest)


def _content(file: str) -> str:
    return next((words for part, words in CONTENTS.items() if file.startswith(part)), file.split("-")[0])
