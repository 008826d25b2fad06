"""Verdicts in the pages: an event is overruled and taken back, rules are made and removed; who may only look, looks."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import campaign_stats, event_overrides, kept_sets, verdict_rules
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import MAIL_CLIENT, as_somebody, marketer, register

__all__ = ["marketer"]  # a fixture


@pytest.fixture
def opened(app_server: RunningApp) -> dict[str, Any]:
    """A message of a new campaign, opened once."""
    with app_server.client() as api:
        campaign = api.post("/api/campaigns", json={"name": "Judged"}).raise_for_status().json()
        message = register(app_server, campaign["id"], "judged@example.org")
        httpx.get(message["pixel_url"], headers={"User-Agent": MAIL_CLIENT})
        deadline = time.monotonic() + 20
        while not api.get(f"/api/messages/{message['id']}").json()["events"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return {"campaign_id": campaign["id"], **message}


def human_opened(engine: Engine, campaign_id: int) -> int:
    with reading(engine) as connection:
        stats = campaign_stats.c
        return int(connection.execute(select(stats.human_opened).where(stats.campaign_id == campaign_id)).scalar_one())


def eventually(look: Callable[[], Any], expected: Any) -> None:
    deadline = time.monotonic() + 20
    while look() != expected:
        assert time.monotonic() < deadline, look()
        time.sleep(0.05)


def test_an_open_is_overruled_undone_and_taken_back(marketer: Page, opened: dict[str, Any], app_engine: Engine) -> None:
    def human() -> int:
        return human_opened(app_engine, opened["campaign_id"])

    marketer.goto(f"/messages/{opened['id']}")
    marketer.get_by_text("mail program", exact=True).click()
    expect(marketer.get_by_text("90 % sure, by version 4 of the rules.")).to_be_visible()
    marketer.get_by_role("button", name="It was a machine").click()
    marketer.get_by_label("Note").fill("our own monitor")
    marketer.get_by_role("button", name="Say so").click()
    expect(marketer.get_by_text("said it was a machine")).to_contain_text("our own monitor")
    assert human() == 0
    marketer.get_by_role("button", name="Undo").click()
    expect(marketer.get_by_text("said it was a machine")).to_have_count(0)
    assert human() == 1
    marketer.get_by_role("button", name="It was a machine").click()
    marketer.get_by_role("button", name="Say so").click()
    marketer.get_by_role("button", name="Take back").click()
    expect(marketer.get_by_text("judged by the rules again")).to_be_visible()
    eventually(human, 1)
    with reading(app_engine) as connection:
        said = connection.execute(select(event_overrides).where(event_overrides.c.message_id == opened["id"])).one()
    assert (said.verdict, said.source) == ("", "page")


def test_a_rule_is_made_and_removed_and_one_that_means_nothing_is_refused(marketer: Page, app_engine: Engine) -> None:
    def values() -> list[str]:
        with reading(app_engine) as connection:
            mine = verdict_rules.c.value.startswith("198.51.")
            return list(connection.execute(select(verdict_rules.c.value).where(mine)).scalars())

    marketer.goto("/settings")
    marketer.get_by_role("navigation", name="Settings").get_by_role("link", name="Rules").click()
    marketer.get_by_role("button", name="New rule").click()
    marketer.get_by_label("Which").fill("198.51.100.7/24")
    marketer.get_by_role("button", name="Make rule").click()
    expect(marketer.get_by_role("alert")).to_contain_text("write 198.51.100.0/24")
    marketer.get_by_label("Which").fill("198.51.100.0/24")
    marketer.get_by_label("What comes from there").select_option("Is never filtered")
    marketer.get_by_label("Note").fill("our office")
    marketer.get_by_role("button", name="Make rule").click()
    row = marketer.get_by_role("row", name="198.51.100.0/24")
    expect(row).to_contain_text("Is never filtered")
    expect(row).to_contain_text("our office")
    assert values() == ["198.51.100.0/24"]
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    assert values() == []
    marketer.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("our office")


def test_who_may_only_look_sees_why_and_changes_nothing(
    page: Page, app_server: RunningApp, bob_secret: str, opened: dict[str, Any]
) -> None:
    as_somebody(page, app_server, bob_secret).goto(f"/messages/{opened['id']}")
    expect(page.get_by_text("mail program", exact=True)).to_be_visible()
    assert page.get_by_role("button", name="It was").count() == 0
    page.goto("/settings/rules")
    expect(page.get_by_role("heading", name="Who is a machine")).to_be_visible()
    assert page.get_by_role("button", name="New rule").count() == 0


def test_numbers_are_kept_shown_by_their_address_and_dropped(
    marketer: Page, app_server: RunningApp, opened: dict[str, Any], app_engine: Engine
) -> None:
    def kept() -> list[tuple[str, str]]:
        with reading(app_engine) as connection:
            mine = select(kept_sets.c.name, kept_sets.c.made_by).where(kept_sets.c.name.startswith("journey"))
            return [(row.name, row.made_by) for row in connection.execute(mine)]

    marketer.goto("/settings/rules")
    marketer.get_by_role("button", name="Keep the numbers of now").click()
    marketer.get_by_label("Name").fill("Journey 1")
    marketer.get_by_role("button", name="Keep them").click()
    expect(marketer.get_by_role("alert")).to_contain_text("1 to 63 of a-z")
    marketer.get_by_label("Name").fill("journey-1")
    marketer.get_by_role("button", name="Keep them").click()
    row = marketer.get_by_role("row", name="journey-1")
    expect(row).to_contain_text("Rules 4")
    [(name, made_by)] = kept()
    assert (name, made_by) == ("journey-1", row.locator("td").nth(1).inner_text().rpartition(", ")[2])

    register(app_server, opened["campaign_id"], "later@example.org")
    row.get_by_role("link", name="journey-1").click()
    notice = marketer.get_by_role("status").filter(has_text="Numbers of set “journey-1”")
    expect(notice).to_contain_text("judged by rules 4")
    marketer.goto(f"/campaigns/{opened['campaign_id']}?set=journey-1")
    expect(notice).to_be_visible()
    expect(marketer.get_by_role("region", name="Key figures")).to_contain_text("of 1 message")
    marketer.get_by_role("button", name="Show the numbers of now").click()
    expect(marketer.get_by_role("region", name="Key figures")).to_contain_text("of 2 messages")
    expect(notice).to_have_count(0)
    marketer.goto(f"/campaigns/compare?ids={opened['campaign_id']}&set=journey-1")
    expect(notice).to_be_visible()

    marketer.goto("/settings/rules")
    marketer.get_by_role("button", name="Drop the set journey-1").click()
    marketer.get_by_role("alertdialog").get_by_role("button", name="Drop it").click()
    expect(marketer.get_by_text("The set journey-1 is gone.")).to_be_visible()
    expect(row).to_have_count(0)
    assert kept() == []
    marketer.goto("/campaigns?set=journey-1")
    expect(marketer.get_by_text("There is no set “journey-1”")).to_be_visible()
