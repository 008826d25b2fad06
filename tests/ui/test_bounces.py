"""Bounces, suppressions and the review queue in a real browser; each journey ends in a stored fact or a file."""

import csv
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import bounces, suppression_rules, suppressions, webhook_receipts
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody, marketer  # noqa: F401 - a fixture

DEAD, FULL = "550 5.1.1 no such user", "452 4.2.2 mailbox full"


def bounced(app: RunningApp, campaign: str, **replies: str) -> dict[str, int]:
    """A campaign of which some messages bounced: name of the recipient → reply. Returns the ids by name."""
    with app.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": campaign}).raise_for_status().json()["id"]
        ids = {}
        for name, reply in replies.items():
            new = {"campaign_id": campaign_id, "recipient_email": f"{name}@{campaign.lower()}.example"}
            ids[name] = api.post("/api/messages", json=new).raise_for_status().json()["id"]
            api.post(f"/api/messages/{ids[name]}/bounce", json={"bounce_reason": reply}).raise_for_status()
        eventually(lambda: len(api.get("/api/bounces", params={"campaign_id": campaign_id}).json()) == len(ids))
    return ids | {"campaign": campaign_id}


def eventually(is_so: Any) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rows_of(page: Page, name: str) -> Any:
    return page.get_by_role("table", name=name, exact=True).locator("tbody tr")


def test_the_filters_stand_in_the_address_and_the_file_holds_what_they_leave(marketer: Page, app_server: RunningApp) -> None:  # noqa: F811
    ids = bounced(app_server, "Filtered", ann=DEAD, bob=FULL, carl=DEAD)
    marketer.goto("/bounces")
    marketer.get_by_role("searchbox").fill("filtered.example")
    expect(marketer).to_have_url(re.compile("q=filtered.example"))
    expect(rows_of(marketer, "Bounces")).to_have_count(3)
    marketer.get_by_label("Kind").select_option("hard")
    expect(rows_of(marketer, "Bounces")).to_have_count(2)
    marketer.get_by_label("Order").select_option("recipient")
    expect(rows_of(marketer, "Bounces").first).to_contain_text("ann@filtered.example")
    assert re.search(r"kind=hard.*q=filtered.example.*sort=recipient", marketer.url)
    with marketer.expect_download() as download:
        marketer.get_by_role("link", name="Download CSV").click()
    found = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert sorted(row["recipient_email"] for row in found) == ["ann@filtered.example", "carl@filtered.example"]
    marketer.reload()
    expect(rows_of(marketer, "Bounces")).to_have_count(2)
    marketer.goto(f"/bounces?campaign={ids['campaign']}&period=all")
    expect(rows_of(marketer, "Bounces")).to_have_count(3)
    marketer.get_by_role("button", name="Don’t filter by Filtered").click()
    expect(marketer).to_have_url(re.compile(r"/bounces\?period=all$"))


def test_a_row_opens_its_diagnosis_and_the_mail_that_reported_it(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:  # noqa: F811
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Diagnosed"}).json()["id"]
        api.post("/api/messages", json={"campaign_id": campaign_id, "recipient_email": "gone@diagnosed.example"})
        mail = (
            b"From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n\r\n<gone@diagnosed.example>:\r\n550 5.1.1 User <b>unknown</b>\r\n"
        )
        api.post("/webhooks/dsn", content=mail, headers={"Content-Type": "message/rfc822"}).raise_for_status()
        eventually(lambda: api.get("/api/bounces", params={"campaign_id": campaign_id}).json())
    marketer.goto("/bounces?q=diagnosed.example")
    marketer.get_by_role("link", name="gone@diagnosed.example").click()
    expect(marketer.get_by_role("heading", level=1)).to_have_text("gone@diagnosed.example")
    expect(marketer.get_by_label("The report as it came")).to_contain_text("User <b>unknown</b>")
    expect(marketer.get_by_label("Diagnosis")).to_contain_text("Suppressed since")
    with marketer.expect_download() as download:
        marketer.get_by_role("link", name="Download the mail").click()
    assert Path(download.value.path()).read_bytes() == mail


def test_an_address_is_added_found_and_taken_off_after_a_second_yes(marketer: Page, app_engine: Engine) -> None:  # noqa: F811
    marketer.goto("/suppressions")
    marketer.get_by_role("button", name="Suppress an address").click()
    marketer.get_by_label("Address", exact=True).fill("Journey@Suppressed.example")
    marketer.get_by_label("Note").fill("asked by phone")
    marketer.get_by_role("button", name="Suppress", exact=True).click()
    expect(marketer.get_by_text("gets no more mail.")).to_be_visible()
    marketer.get_by_role("searchbox").fill("journey@")
    expect(rows_of(marketer, "Suppressions")).to_have_count(1)
    assert standing(app_engine, "journey@suppressed.example") == ["manual"]
    marketer.get_by_role("button", name="Remove Journey@Suppressed.example").click()
    marketer.get_by_role("button", name="Cancel").click()
    assert standing(app_engine, "journey@suppressed.example") == ["manual"]
    marketer.get_by_role("button", name="Remove Journey@Suppressed.example").click()
    marketer.get_by_role("button", name="Take it off the list").click()
    expect(marketer.get_by_text("Nothing matches")).to_be_visible()
    assert standing(app_engine, "journey@suppressed.example") == []


def test_a_file_is_imported_bad_lines_are_told_and_the_list_comes_back_as_a_file(
    marketer: Page,  # noqa: F811
    app_engine: Engine,
    tmp_path: Path,
) -> None:
    file = tmp_path / "old.csv"
    file.write_text("email,reason\nann@imported.example,bounce\nnobody\nbob@imported.example,spam\n")
    marketer.goto("/suppressions")
    marketer.get_by_label("A CSV file").set_input_files(file)
    marketer.get_by_role("button", name="Import").click()
    expect(marketer.get_by_text("2 lines were taken from the file. 1 line was refused (line 3).")).to_be_visible()
    eventually(lambda: standing(app_engine, "bob@imported.example") == ["complaint"])
    marketer.goto("/suppressions")
    marketer.get_by_role("searchbox").fill("imported.example")
    expect(rows_of(marketer, "Suppressions")).to_have_count(2)
    with marketer.expect_download() as download:
        marketer.get_by_role("link", name="Download CSV").click()
    found = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert sorted((row["address"], row["reason"]) for row in found) == [
        ("ann@imported.example", "hard_bounce"),
        ("bob@imported.example", "complaint"),
    ]


def test_a_hard_bounce_shows_on_an_open_list_and_on_the_message(marketer: Page, app_server: RunningApp) -> None:  # noqa: F811
    marketer.goto("/suppressions")
    marketer.get_by_role("searchbox").fill("live.example")
    expect(marketer.get_by_text("Nothing matches")).to_be_visible()
    ids = bounced(app_server, "Live", ann=DEAD)
    expect(rows_of(marketer, "Suppressions")).to_have_count(1)
    rows_of(marketer, "Suppressions").get_by_role("link").click()
    expect(marketer).to_have_url(re.compile(f"/messages/{ids['ann']}$"))
    expect(marketer.locator(".notice")).to_contain_text("gets no more mail since")


def test_the_rules_are_changed_by_their_owner(marketer: Page, app_engine: Engine) -> None:  # noqa: F811
    marketer.goto("/suppressions")
    marketer.get_by_role("button", name="Change").click()
    marketer.get_by_label("Soft bounces", exact=True).fill("9")
    marketer.get_by_role("button", name="Save rules").click()
    expect(marketer.get_by_role("alert")).to_contain_text("9 of 5 messages can't fail")
    marketer.get_by_label("Soft bounces", exact=True).fill("4")
    marketer.get_by_label("For so many days").fill("60")
    marketer.get_by_role("button", name="Save rules").click()
    expect(marketer.get_by_text("4 soft bounces among 5 messages in a row suppress an address for 60 days.")).to_be_visible()
    with reading(app_engine) as connection:
        assert connection.execute(select(suppression_rules.c.soft_bounces, suppression_rules.c.soft_days)).all() == [(4, 60)]


def test_a_report_that_found_no_message_is_given_to_one_and_another_is_dismissed(
    marketer: Page,  # noqa: F811
    app_server: RunningApp,
    app_engine: Engine,
) -> None:
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Reviewed"}).json()["id"]
        new = {"campaign_id": campaign_id, "recipient_email": "alias@reviewed.example"}
        message_id = api.post("/api/messages", json=new).json()["id"]
        for name in ("behind-the-alias", "nobody-at-all"):
            mail = f"From: MAILER-DAEMON@mx.example\r\n\r\n<{name}@reviewed.example>:\r\n550 5.1.1 User unknown\r\n".encode()
            api.post("/webhooks/dsn", content=mail, headers={"Content-Type": "message/rfc822"}).raise_for_status()
        eventually(lambda: len(api.get("/api/reports", params={"state": "unmatched"}).json()) >= 2)
    marketer.goto("/bounces")
    marketer.get_by_role("link", name="Review").click()
    marketer.get_by_role("link", name="behind-the-alias@reviewed.example").click()
    expect(marketer.get_by_text("No message of yours")).to_be_visible()
    marketer.get_by_role("searchbox").fill("alias@reviewed.example")
    marketer.get_by_role("button", name="It is about alias@reviewed.example").click()
    expect(marketer).to_have_url(re.compile(f"/messages/{message_id}$"))
    with reading(app_engine) as connection:
        assert connection.execute(select(bounces.c.category).where(bounces.c.message_id == message_id)).scalars().all() == ["user_unknown"]
    marketer.goto("/review")
    marketer.get_by_role("link", name="nobody-at-all@reviewed.example").click()
    marketer.get_by_role("button", name="Dismiss").click()
    expect(marketer.get_by_role("heading", level=1)).to_have_text("Review")
    with reading(app_engine) as connection:
        states = connection.execute(select(webhook_receipts.c.state).where(webhook_receipts.c.outcome.contains("dismissed")))
        assert states.scalars().all() == ["ignored"]


@pytest.mark.parametrize("address", ["/bounces/1", "/review/1"])
def test_another_tenants_bounce_and_report_are_not_there(page: Page, app_server: RunningApp, charlie_secret: str, address: str) -> None:
    charlie = as_somebody(page, app_server, charlie_secret)
    charlie.goto(address)
    expect(charlie.get_by_role("heading", name=re.compile("There is no such"))).to_be_visible()


def standing(engine: Engine, address: str) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(suppressions.c.why).where(suppressions.c.address == address)).scalars())
