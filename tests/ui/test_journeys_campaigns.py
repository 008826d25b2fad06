"""Campaigns and their messages, in a real browser; each journey ends in a stored fact, or in a file that was downloaded."""

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest
from playwright.sync_api import Page, expect
from pyarrow import parquet
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.domain.intervals import wilson
from little_bell.models.tables import campaigns, links, message_events, messages
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys import as_somebody

PEOPLE = ("ann@one.example", "bob@two.example", "cid@one.example", "dot@three.example")


@pytest.fixture
def marketer(page: Page, app_server: RunningApp, alice_secret: str) -> Page:
    return as_somebody(page, app_server, alice_secret)


def campaign_of(app: RunningApp, name: str, *people: str, **more: Any) -> tuple[int, list[int]]:
    """A campaign and its messages: the first is opened, the second clicked, the last bounced."""
    with app.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": name, **more}).raise_for_status().json()["id"]
        new = [{"campaign_id": campaign_id, "recipient_email": email} for email in people]
        made = [one["id"] for one in api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]]
        marks: list[dict[str, Any]] = [{"id": one, "mark": "sent"} for one in made]
        marks += [{"id": made[0], "mark": "opened"}, {"id": made[1], "mark": "clicked", "url": "https://example.org/offer"}]
        marks += [{"id": made[-1], "mark": "bounced", "bounce_reason": "550 5.1.1 no such user"}]
        answer = api.post("/api/messages/marks", json={"marks": marks}).raise_for_status()
        api.get(f"/api/campaigns/{campaign_id}", headers={"X-Read-After": answer.headers["X-Journal-Position"]}).raise_for_status()
    return campaign_id, made


def test_campaigns_are_edited_found_by_tag_archived_and_taken_back(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    campaign_id, _ = campaign_of(app_server, "Tagged journey", *PEOPLE)

    def stored() -> Any:
        with reading(app_engine) as connection:
            columns = (campaigns.c.tags, campaigns.c.utm, campaigns.c.archived_at)
            return connection.execute(select(*columns).where(campaigns.c.id == campaign_id)).one()

    marketer.goto("/campaigns")
    marketer.get_by_role("button", name="Edit Tagged journey").click()
    marketer.get_by_label("Tags").fill("autumn journey, <b>bold</b>")
    marketer.get_by_text("UTM parameters").click()
    marketer.get_by_label("utm_source").fill("journey-mail")
    marketer.get_by_role("button", name="Save campaign").click()
    expect(marketer.get_by_text("Saved.")).to_be_visible()
    assert stored()[:2] == (["autumn journey", "<b>bold</b>"], {"source": "journey-mail"})
    marketer.get_by_label("Tag", exact=True).select_option("autumn journey")
    marketer.wait_for_url(re.compile("tag=autumn"))
    rows = marketer.get_by_role("table", name="Campaigns").get_by_role("row")
    expect(rows).to_have_count(2)
    marketer.get_by_role("button", name="Archive Tagged journey").click()
    expect(marketer.get_by_text("Nothing matches")).to_be_visible()
    assert stored().archived_at is not None
    marketer.get_by_role("button", name="Undo").click()
    expect(marketer.get_by_role("link", name="Tagged journey")).to_be_visible()
    assert stored().archived_at is None
    marketer.goto(f"/campaigns/{campaign_id}")
    marketer.get_by_role("button", name="Archive", exact=True).click()
    expect(marketer.get_by_text("archived", exact=True)).to_be_visible()
    marketer.goto("/campaigns?archived=yes&sort=name")
    expect(marketer.get_by_role("link", name="Tagged journey")).to_be_visible()
    assert stored().archived_at is not None


def test_two_campaigns_stand_side_by_side_with_how_far_off_their_rates_may_be(marketer: Page, app_server: RunningApp) -> None:
    first, _ = campaign_of(app_server, "Side one", *PEOPLE, tags=["sides"])
    second, _ = campaign_of(app_server, "Side two", *PEOPLE[:2], "eve@one.example", "fay@one.example", "gus@one.example", tags=["sides"])
    marketer.set_viewport_size({"width": 390, "height": 844})
    marketer.goto("/campaigns?tag=sides&sort=name")
    marketer.get_by_role("checkbox", name="Compare Side one").click()
    expect(marketer.get_by_text("Pick one more to compare.")).to_be_visible()
    expect(marketer.get_by_role("button", name="Archive Side one")).to_be_visible()
    marketer.set_viewport_size({"width": 1440, "height": 900})
    marketer.get_by_role("checkbox", name="Compare Side two").click()
    marketer.get_by_role("link", name="Compare", exact=True).click()
    table = marketer.get_by_role("table", name="Rates side by side")
    expect(table.get_by_role("columnheader")).to_have_count(3)
    opens = table.get_by_role("row").filter(has_text="Open rate")
    with app_server.client() as api:
        for place, campaign_id in enumerate((first, second)):
            numbers = api.get(f"/api/campaigns/{campaign_id}").json()["metrics"]
            found = wilson(numbers["human_opened"], numbers["delivered"])
            assert found is not None
            told = f"{numbers['human_open_rate']:.1f} % {100 * found.low:.1f} – {100 * found.high:.1f} %"
            expect(opens.get_by_role("cell").nth(place)).to_contain_text(told)
    marketer.get_by_role("button", name="Clicked").click()
    marketer.wait_for_url(re.compile("curve=clicked"))
    expect(marketer.get_by_role("group", name=re.compile("^Percent of those delivered"))).to_be_visible()
    marketer.get_by_text("As a table").click()
    numbers_of_it = marketer.get_by_role("table", name=re.compile("^Percent of those delivered"))
    expect(numbers_of_it.get_by_role("columnheader")).to_have_text(["When", "A", "B"])
    with app_server.client() as api:
        clicked = [api.get(f"/api/campaigns/{one}").json()["metrics"]["human_click_rate"] for one in (first, second)]
    expect(numbers_of_it.get_by_role("row").last.get_by_role("cell")).to_have_text([f"{round(rate, 1):g} %" for rate in clicked])
    marketer.goto(f"/campaigns/compare?ids={first},999999,x")
    expect(marketer.get_by_text("Nothing to compare")).to_be_visible()


def test_messages_are_filtered_in_the_address_and_lead_to_each_message(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    campaign_id, made = campaign_of(app_server, "Filtered journey", *PEOPLE)
    with reading(app_engine) as connection:
        link_id = connection.execute(select(links.c.id).where(links.c.campaign_id == campaign_id)).scalar_one()
    marketer.goto(f"/campaigns/{campaign_id}?tab=messages")
    rows = marketer.get_by_role("table", name="Messages").get_by_role("row")
    cases = [
        ("Status", "bounced", "d"),
        ("Opened", "human", "ba"),
        ("Opened", "none", "dc"),
        ("Clicked", "human", "b"),
        ("Clicked", "not-human", "dca"),
        ("Link", str(link_id), "b"),
        ("Order", "recipient_email", "abcd"),
        ("Order", "-human_clicked_at", "bdca"),
    ]
    for label, value, found in cases:
        select_ = marketer.get_by_label(label, exact=True)
        select_.select_option(value)
        marketer.wait_for_url(re.compile(f"={value}"))
        expect(rows).to_have_count(len(found) + 1)
        expect(rows.nth(1)).to_contain_text(next(one for one in PEOPLE if one.startswith(found[0])))
        select_.select_option("-created_at" if label == "Order" else "")
        expect(rows).to_have_count(5)
    marketer.get_by_label("Mailbox domain").fill("one.example")
    expect(rows).to_have_count(3)
    marketer.get_by_role("searchbox").fill("ci")
    expect(rows).to_have_count(2)
    marketer.reload()
    expect(rows).to_have_count(2)
    marketer.get_by_role("link", name="cid@one.example").click()
    expect(marketer.get_by_role("heading", level=1)).to_have_text("cid@one.example")
    assert marketer.url.endswith(f"/messages/{made[2]}")
    marketer.go_back()
    expect(rows).to_have_count(2)
    marketer.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(5)


def csv_of(path: Path) -> set[str]:
    return {row["recipient_email"] for row in csv.DictReader(path.read_text().splitlines())}


def xlsx_of(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as book:
        texts = [one.text or "" for one in ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iter() if one.tag.endswith("}t")]
    return {text for text in texts if "@" in text}


def jsonl_of(path: Path) -> set[str]:
    return {orjson.loads(line)["recipient_email"] for line in path.read_bytes().splitlines()}


def parquet_of(path: Path) -> set[str]:
    return set(parquet.read_table(path).column("recipient_email").to_pylist())


def test_a_file_of_each_kind_holds_exactly_what_the_list_shows(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    campaign_id, _ = campaign_of(app_server, "Exported journey", *PEOPLE)
    with reading(app_engine) as connection:
        wanted = (messages.c.campaign_id == campaign_id, messages.c.human_opened_at.is_(None), messages.c.recipient_email.like("%@one.%"))
        stored = set(connection.execute(select(messages.c.recipient_email).where(*wanted)).scalars())
    marketer.goto(f"/campaigns/{campaign_id}?tab=messages&opened=not-human&domain=one.example")
    kinds: dict[str, Callable[[Path], set[str]]] = {"CSV": csv_of, "Excel": xlsx_of, "JSON Lines": jsonl_of, "Parquet": parquet_of}
    for words, read in kinds.items():
        marketer.get_by_role("button", name="Export …").click()
        dialog = marketer.get_by_role("dialog")
        expect(dialog).to_contain_text("not opened by a person, to one.example")
        dialog.get_by_role("button", name=words).click()
        expect(dialog.get_by_role("button", name=words)).to_have_attribute("aria-pressed", "true")
        with marketer.expect_download() as download:
            dialog.get_by_role("button", name="Make the file").click()
        assert download.value.suggested_filename.startswith("exported-journey-")
        assert read(Path(download.value.path())) == stored == {"cid@one.example"}, words
        expect(dialog).to_contain_text("1 message in the file.")
        dialog.get_by_role("button", name="Close").click()


def test_somebody_marks_a_message_by_hand_and_sees_what_came_of_it(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Marked journey"}).json()["id"]
        new = {"campaign_id": campaign_id, "recipient_email": "marked@example.org"}
        message_id = api.post("/api/messages", json=new).json()["id"]
    marketer.goto(f"/messages/{message_id}")
    for mark in ("sent", "opened"):
        marketer.get_by_role("button", name=f"Mark as {mark}").click()
        marketer.get_by_role("button", name="Mark it").click()
        expect(marketer.get_by_text(f"Marked as {mark}.")).to_be_visible()
        expect(marketer.locator(".timeline")).to_contain_text(mark)
    with reading(app_engine) as connection:
        told = select(message_events.c.type, message_events.c.source, message_events.c.verdict).where(
            message_events.c.message_id == message_id
        )
        assert [tuple(row) for row in connection.execute(told.order_by(message_events.c.id))][1][:3] == ("opened", "page", "manual")
        assert connection.execute(select(messages.c.status).where(messages.c.id == message_id)).scalar_one() == "opened"
    marketer.goto(f"/campaigns/{campaign_id}")
    expect(marketer.get_by_role("img", name=re.compile("^Most was opened on"))).to_be_visible()
    expect(marketer.get_by_text("100 % of delivered")).to_be_visible()
