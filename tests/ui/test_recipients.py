"""A marketer brings a file of recipients into a campaign, in a real browser; and who can't."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from little_bell.actions.sessions import COOKIE
from little_bell.db import reading
from little_bell.models.tables import messages
from tests.fixtures.app import RunningApp
from tests.ui.conftest import Things
from tests.ui.test_journeys import as_somebody, new_campaign

FILE = "Mail,Name,Ref\nann@example.org,Ann,c-1\nbob@example.org,Bob,c-2\nnobody,No,c-3\nann@example.org,Ann,c-1\n"


@pytest.fixture
def marketer(page: Page, app_server: RunningApp, alice_secret: str) -> Page:
    return as_somebody(page, app_server, alice_secret)


def choose(page: Page, folder: Path, content: bytes) -> None:
    path = folder / "recipients.csv"
    path.write_bytes(content)
    page.get_by_label("CSV file").set_input_files(path)
    page.get_by_role("button", name="Upload").click()


def test_a_file_is_uploaded_mapped_checked_and_registered(marketer: Page, app_engine: Engine, tmp_path: Path) -> None:
    page = marketer
    campaign_id = new_campaign(page, "With a file")
    page.get_by_role("button", name="Import").click()
    choose(page, tmp_path, FILE.encode())
    columns = page.get_by_role("table", name="Columns")
    expect(columns.get_by_role("row", name="Mail ann@example.org · bob@example.org")).to_be_visible()
    kinds = columns.get_by_role("combobox", name="What this column is")
    expect(kinds.nth(0)).to_have_value("recipient_email")
    kinds.nth(1).select_option("Keep with the message")
    kinds.nth(2).select_option("Your own id")
    page.get_by_role("button", name="Check every line").click()
    expect(page.get_by_role("status").filter(has_text="2 lines are good, 2 refused.")).to_be_visible()
    refused = page.get_by_role("table", name="Refused lines")
    expect(refused.get_by_role("row", name="4 Mail has a form")).to_be_visible()
    expect(refused.get_by_role("row", name="5 Ref line 2 has the same")).to_be_visible()
    page.get_by_role("button", name="Register them").click()
    expect(page.get_by_role("status").filter(has_text="2 recipients registered, 2 refused.")).to_be_visible()
    with reading(app_engine) as connection:
        mine = messages.c.campaign_id == campaign_id
        rows = connection.execute(select(messages.c.recipient_email, messages.c.external_id, messages.c.metadata).where(mine)).all()
    assert {tuple(row)[:2]: row.metadata["Name"] for row in rows} == {("ann@example.org", "c-1"): "Ann", ("bob@example.org", "c-2"): "Bob"}
    page.get_by_role("button", name="Show messages").click()
    expect(page.get_by_role("link", name="ann@example.org")).to_be_visible()


def test_a_file_in_another_encoding_is_named_and_read_once_it_is_said(marketer: Page, tmp_path: Path) -> None:
    page = marketer
    new_campaign(page, "In another encoding")
    page.get_by_role("button", name="Import").click()
    choose(page, tmp_path, "email,name\nj@example.org,Jürgen\n".encode("cp1252"))
    expect(page.get_by_role("alert").filter(has_text="Line 2, column 16: the byte 0xfc")).to_be_visible()
    page.get_by_label("How the file is written").select_option("Windows (Western Europe)")
    expect(page.get_by_role("row", name="name Jürgen")).to_be_visible()
    page.get_by_role("button", name="Another file").click()
    expect(page.get_by_label("CSV file")).to_be_visible()


def post_file(app: RunningApp, campaign_id: int, secret: str | None, **headers: str) -> httpx.Response:
    cookies = {COOKIE: secret} if secret else {}
    with httpx.Client(base_url=app.url, cookies=cookies, headers=headers) as client:
        return client.post(f"/api/campaigns/{campaign_id}/file", files={"file": ("x.csv", b"email\na@b.c\n")})


def test_only_an_editor_of_the_tenant_leaves_a_file(
    app_server: RunningApp, things: Things, alice_secret: str, bob_secret: str, charlie_secret: str
) -> None:
    def answer(secret: str | None, **headers: str) -> Any:
        return post_file(app_server, things.campaign_id, secret, **headers).status_code

    folder = app_server.data_dir / "uploads"
    before = set(folder.glob("*"))
    assert [answer(None), answer(bob_secret), answer(charlie_secret)] == [401, 403, 404]
    assert answer(alice_secret, origin="https://evil.example") == 403
    assert set(folder.glob("*")) == before
    assert answer(alice_secret) == 303
    assert len(set(folder.glob("*")) - before) == 1


def test_a_file_that_is_gone_is_said(marketer: Page, things: Things) -> None:
    marketer.goto(f"/campaigns/{things.campaign_id}?tab=import&file={'0' * 32}")
    expect(marketer.get_by_role("alert").filter(has_text="isn’t here any more")).to_be_visible()


def test_an_owner_has_a_recipient_forgotten(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    page = marketer
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "To forget"}).json()["id"]
        new = {"campaign_id": campaign_id, "recipient_email": "forget+me@example.org"}
        message = api.post("/api/messages", json=new).json()
        api.post(f"/api/messages/{message['id']}/opened").raise_for_status()
    page.goto(f"/messages/{message['id']}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Everything stored").click()
    assert "forget+me@example.org" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Forget …").click()
    page.get_by_role("button", name="Forget this recipient").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("(erased)")
    with app_server.client() as api:
        assert api.get(f"/api/campaigns/{campaign_id}").json()["metrics"]["opens"] == 1
        assert api.get("/api/recipients/export", params={"recipient": "forget+me@example.org"}).status_code == 404
