"""The complete app against ingest alone, with somebody looking at a live page; and what all of it weighs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from tests.bench import processes
from tests.bench.bench import Bench, in_turns
from tests.bench.figures import Figure
from tests.bench.houses import EMAIL, PASSWORD, House
from tests.fixtures.browser import QUIET, chromium


def complete(bench: Bench) -> list[Figure]:
    """Opens a second through `little-bell serve` and through ingest alone, in turns."""
    whole, bare = bench.house("complete"), bench.house("bare")
    with processes.complete(whole) as supervisor, processes.ingest(bare), live_page(whole) as page:
        before = page.inner_text("main")
        bench.say("opens through the complete app and through ingest alone, in turns")
        ours, alone = in_turns(
            bench.rounds,
            lambda: bench.load_and_drain(whole, bench.pixels, 256).rate,
            lambda: bench.load_and_drain(bare, bench.pixels, 256).rate,
        )
        page.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before, timeout=10_000)
        weight = processes.megabytes(supervisor.pid, children=True)
    return [
        Figure("complete app, a live page open ÷ ingest alone", ours / alone, floor=0.85, note=f"{ours:,.0f} ÷ {alone:,.0f} opens/s"),
        Figure("complete app, all processes: RSS after the load", weight, "MB", ceiling=300),
    ]


@contextmanager
def live_page(house: House) -> Iterator[Page]:
    """The campaign's page in a browser, signed in."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*QUIET, *sandbox])
        page = browser.new_page(base_url=f"http://localhost:{house.port}")
        page.goto("/login")
        page.fill("input[name=email]", EMAIL)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/")
        page.goto("/campaigns/1")
        page.get_by_role("heading", name="Measured").wait_for()
        yield page
        browser.close()
