"""Recipients and their segments, in a real browser; each journey ends in a file that was downloaded, or a stored fact."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import recipients
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody


def test_a_marketer_finds_who_left_the_last_campaigns_unopened_and_takes_them_along(
    page: Page, app_server: RunningApp, app_engine: Engine, alice_secret: str
) -> None:
    marketer = as_somebody(page, app_server, alice_secret)
    marketer.goto("/audience?domain=segments.example")
    expect(marketer.get_by_role("heading", name="Audience")).to_be_visible()
    with app_server.client() as api:
        for number in range(3):
            campaign_id = api.post("/api/campaigns", json={"name": f"Segment journey {number}"}).raise_for_status().json()["id"]
            new = [{"campaign_id": campaign_id, "recipient_email": f"{name}@Segments.example"} for name in ("Keen", "silent")]
            made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
            api.post("/api/messages/marks", json={"marks": [{"id": one["id"], "mark": "sent"} for one in made]}).raise_for_status()
        api.post(f"/api/messages/{made[0]['id']}/clicked").raise_for_status()
    shown = marketer.get_by_role("table", name="Recipients")
    expect(shown).to_contain_text("keen@segments.example", timeout=20_000)  # the page hears of it by itself
    expect(marketer.get_by_text("2 recipients")).to_be_visible(timeout=20_000)

    marketer.get_by_label("Unopened campaigns").select_option("3")
    expect(shown).not_to_contain_text("keen@")
    assert "unopened=3" in marketer.url
    shown.get_by_role("button", name="silent@segments.example").click()
    dialog = marketer.get_by_role("dialog")
    expect(dialog.get_by_role("row")).to_have_count(4)
    expect(dialog.get_by_role("link", name="Segment journey 2")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    marketer.get_by_role("button", name="Export …").click()
    expect(dialog).to_contain_text("opened none of the last 3, at segments.example; by people’s opens and clicks")
    with marketer.expect_download() as download:
        dialog.get_by_role("button", name="Make the file").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert download.value.suggested_filename == "recipients.csv"
    assert [line.split(",")[0] for line in lines] == ["recipient_email", "silent@segments.example"]
    dialog.get_by_role("button", name="Close").click()

    marketer.get_by_role("group", name="Segments").get_by_role("button", name="Clicked in 30 days").click()
    expect(marketer.get_by_label("Clicked", exact=True)).to_have_value("30")
    expect(shown).to_contain_text("keen@segments.example")
    marketer.go_back()
    expect(shown).to_contain_text("silent@segments.example")

    marketer.goto(f"/campaigns/{campaign_id}?tab=messages")
    mail = marketer.get_by_role("table", name="Messages")
    expect(mail).to_contain_text("Keen@Segments.example")
    marketer.get_by_text("By recipient").click()
    marketer.get_by_label("Recipient’s unopened campaigns").select_option("3")
    expect(mail).not_to_contain_text("Keen@")
    expect(mail).to_contain_text("silent@Segments.example")
    assert "recipient_unopened=3" in marketer.url
    marketer.get_by_role("button", name="Export …").click()
    expect(dialog).to_contain_text("to recipients: opened none of the last 3")
    with marketer.expect_download() as download:
        dialog.get_by_role("button", name="Make the file").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert [line.split(",")[1] for line in lines] == ["recipient_email", "silent@Segments.example"]
    with reading(app_engine) as connection:
        table = recipients.c
        rows = connection.execute(select(table.address, table.human_unopened).where(table.domain == "segments.example")).all()
    assert sorted(map(tuple, rows)) == [("keen@segments.example", 0), ("silent@segments.example", 3)]
