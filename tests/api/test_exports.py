"""Downloads: campaigns and bounces as CSV, by key and by cookie."""

import csv
import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from little_bell.queries import exports
from tests.api.conftest import Http, error_of, on_sqlite
from tests.fixtures.people import Person

SEED_COLUMNS = [
    "id", "recipient_email", "status", "tracking_token", "queued_at", "sent_at", "opened_at", "clicked_at", "bounced_at", "bounce_reason",
    "bounce_type", "error_message",
]  # fmt: skip


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_every_message_is_a_line(api: Http, campaign: int, fold: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CHUNK_ROWS", 10)
    api.post(
        "/api/messages/batch", json={"messages": [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(31)]}
    )
    api.post("/api/messages/1/sent", json={"sent_at": "2026-11-20T10:00:00"})
    fold()
    answer = api.get(f"/api/campaigns/{campaign}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="spring-{campaign}.csv"'
    assert answer.text.split("\r\n")[0].split(",")[:12] == SEED_COLUMNS
    rows = rows_of(answer)
    assert [row["recipient_email"] for row in rows] == [f"r{n}@example.com" for n in range(31)]
    assert (rows[0]["status"], rows[1]["status"]) == ("sent", "queued")
    assert rows[0]["queued_at"].endswith("Z")


def test_a_cell_that_a_spreadsheet_would_run_is_made_inert(api: Http, campaign: int, fold: Callable[[], None]) -> None:
    api.post(
        "/api/messages",
        json={"campaign_id": campaign, "recipient_email": "=cmd@example.com", "subject": "@sum", "variant": "+1", "external_id": "-1"},
    )
    reason = '\ttab, "quote"\nand a second line'
    api.post("/api/messages/1/bounce", json={"bounce_reason": "=" + reason})
    fold()
    row = rows_of(api.get(f"/api/campaigns/{campaign}/export"))[0]
    assert (row["recipient_email"], row["subject"], row["variant"], row["external_id"]) == ("'=cmd@example.com", "'@sum", "'+1", "'-1")
    assert row["bounce_reason"] == "'=" + reason


def test_bounces_are_listed_filtered_and_exported(api: Http, campaign: int, fold: Callable[[], None]) -> None:
    for n, reason in enumerate(["550 5.1.1 unknown", "452 4.2.2 full", "550 5.7.1 blocked"], 1):
        api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": f"r{n}@Host{n}.example"})
        api.post(f"/api/messages/{n}/bounce", json={"bounce_reason": reason, "bounced_at": f"2026-11-{10 + n}T00:00:00Z"})
    fold()

    def recipients(query: str) -> list[str]:
        return [row["recipient_email"][:2] for row in api.get(f"/api/bounces?{query}").json()]

    assert recipients("") == ["r3", "r2", "r1"]
    assert recipients("type=permanent") == ["r3", "r1"]
    assert recipients("reason=BLOCK") == ["r3"]
    assert recipients("domain=HOST2.example") == ["r2"]
    assert recipients(f"campaign_id={campaign}&start=2026-11-12&end=2026-11-13") == ["r2"]
    first = api.get("/api/bounces?limit=2")
    assert [row["recipient_email"][:2] for row in api.get(first.links["next"]["url"]).json()] == ["r1"]
    assert [row["reason"] for row in rows_of(api.get("/api/bounces/export?type=temporary"))] == ["452 4.2.2 full"]
    assert error_of(api.get("/api/bounces?type=hard")) == (422, "invalid", "type")
    assert error_of(api.get("/api/bounces?campaign_id=99"))[0] == 404


def test_somebody_signed_in_follows_a_download_link(api: Http, browser: Http, bob: Person, campaign: int, message: dict[str, Any]) -> None:
    browser.post("/auth/login", data={"email": bob.email, "password": bob.password})
    assert rows_of(browser.get(f"/api/campaigns/{campaign}/export"))[0]["recipient_email"] == "reader@example.com"
    assert rows_of(browser.get("/api/bounces/export")) == []
    assert browser.get(f"/api/campaigns/{campaign}").status_code == 401  # the cookie opens downloads alone
    assert browser.delete(f"/api/campaigns/{campaign}").status_code == 401


def test_a_stranger_who_is_signed_in_downloads_nothing_of_it(browser: Http, charlie: Person, campaign: int) -> None:
    browser.post("/auth/login", data={"email": charlie.email, "password": charlie.password})
    assert browser.get(f"/api/campaigns/{campaign}/export").status_code == 404


@pytest.mark.parametrize("query", ["format=pdf", "what=secrets"])
@on_sqlite
def test_an_unknown_format_is_refused(api: Http, campaign: int, query: str) -> None:
    assert error_of(api.get(f"/api/campaigns/{campaign}/export?{query}")) == (422, "invalid", query.partition("=")[0])
