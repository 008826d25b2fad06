"""Downloads: campaigns and bounces as files, by key and by cookie."""

import csv
import gc
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import orjson
import pytest
from pyarrow import parquet
from sqlalchemy import Engine

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.domain.exports import Format, What
from little_bell.queries import export_formats, exports
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


def test_somebody_signed_in_follows_a_download_link(api: Http, visitor: Http, bob: Person, campaign: int, message: dict[str, Any]) -> None:
    visitor.post("/auth/login", data={"email": bob.email, "password": bob.password})
    assert rows_of(visitor.get(f"/api/campaigns/{campaign}/export"))[0]["recipient_email"] == "reader@example.com"
    assert rows_of(visitor.get("/api/bounces/export")) == []
    assert visitor.get(f"/api/campaigns/{campaign}").status_code == 401  # the cookie opens downloads alone
    assert visitor.delete(f"/api/campaigns/{campaign}").status_code == 401


def test_a_stranger_who_is_signed_in_downloads_nothing_of_it(visitor: Http, charlie: Person, campaign: int) -> None:
    visitor.post("/auth/login", data={"email": charlie.email, "password": charlie.password})
    assert visitor.get(f"/api/campaigns/{campaign}/export").status_code == 404


@pytest.mark.parametrize("query", ["format=pdf", "what=secrets"])
@on_sqlite
def test_an_unknown_format_is_refused(api: Http, campaign: int, query: str) -> None:
    assert error_of(api.get(f"/api/campaigns/{campaign}/export?{query}")) == (422, "invalid", query.partition("=")[0])


@pytest.fixture
def story(api: Http, campaign: int, fold: Callable[[], None]) -> int:
    """A campaign whose messages were opened, clicked and bounced."""
    for n in range(3):
        api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": f"r{n}@example.com", "subject": "=1+1"})
    api.post("/api/messages/2/opened")
    api.post("/api/messages/1/clicked", json={"url": "https://example.com/a"})
    api.post("/api/messages/1/opened")
    api.post("/api/messages/3/bounce", json={"bounce_reason": "550 5.1.1 unknown"})
    fold()
    return campaign


def read_jsonl(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def read_parquet(answer: httpx.Response) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    return rows


def read_xlsx(answer: httpx.Response) -> list[list[str]]:
    """The cells as text, as a workbook holds them: in order, empty ones left out."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert "f" not in {element.tag.rpartition("}")[2] for element in sheet.iter()}, "a formula"
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [["".join(cell.itertext()) for cell in row.iter(f"{space}c")] for row in sheet.iter(f"{space}row")]


@pytest.mark.parametrize("what", list(What))
def test_every_format_holds_the_same_rows(api: Http, story: int, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "CHUNK_ROWS", 2)
    monkeypatch.setattr(export_formats, "GROUP_ROWS", 2)
    answers = {format_: api.get(f"/api/campaigns/{story}/export?what={what}&format={format_}") for format_ in Format}
    lines = rows_of(answers[Format.CSV])
    assert len(lines) == {"messages": 3, "events": 4, "bounces": 1, "links": 1}[what]
    ids = [int(line["id"]) for line in lines]
    objects = read_jsonl(answers[Format.JSONL])
    assert [list(one) for one in objects] == [list(line) for line in lines]
    assert [one["id"] for one in objects] == ids
    table = read_parquet(answers[Format.PARQUET])
    assert [list(row) for row in table] == [list(line) for line in lines] and [row["id"] for row in table] == ids
    cells = read_xlsx(answers[Format.XLSX])
    assert [name.removesuffix(" (UTC)") for name in cells[0]] == list(lines[0]) and [int(row[0]) for row in cells[1:]] == ids
    part = "" if what == "messages" else f"-{what}"
    assert answers[Format.XLSX].headers["content-disposition"] == f'attachment; filename="spring{part}-{story}.xlsx"'


def test_values_keep_their_kinds(api: Http, story: int) -> None:
    asked = f"/api/campaigns/{story}/export?what=messages&format="
    [first, *_] = read_parquet(api.get(asked + "parquet"))
    assert isinstance(first["queued_at"], datetime) and first["queued_at"].tzinfo is not None
    assert (first["subject"], first["clicks"], first["sent_at"]) == ("=1+1", 1, None)
    [same, *_] = read_jsonl(api.get(asked + "jsonl"))
    assert (same["subject"], same["clicks"], datetime.fromisoformat(same["queued_at"])) == ("=1+1", 1, first["queued_at"])
    assert "=1+1" in read_xlsx(api.get(asked + "xlsx"))[1]


def test_events_come_in_the_order_of_their_messages(api: Http, story: int) -> None:
    events = read_jsonl(api.get(f"/api/campaigns/{story}/export?what=events&format=jsonl"))
    assert [(event["message_id"], event["type"], event["is_counted"]) for event in events] == [
        (1, "clicked", True), (1, "opened", True), (2, "opened", True), (3, "bounced", True),
    ]  # fmt: skip
    assert events[0]["url"] == "https://example.com/a" and events[0]["recipient_email"] == "r0@example.com"


@pytest.mark.parametrize("format_", list(Format))
def test_nothing_is_a_file_with_headings_alone(api: Http, campaign: int, format_: Format) -> None:
    answer = api.get(f"/api/campaigns/{campaign}/export?what=links&format={format_}")
    assert answer.status_code == 200
    match format_:
        case Format.CSV:
            assert rows_of(answer) == []
        case Format.JSONL:
            assert answer.content == b""
        case Format.XLSX:
            assert len(read_xlsx(answer)) == 1
        case Format.PARQUET:
            assert read_parquet(answer) == []


def test_a_long_sheet_goes_on_in_another(api: Http, story: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_formats, "EXCEL_LINES", 3)
    answer = api.get(f"/api/campaigns/{story}/export?format=xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()


@on_sqlite
def test_memory_stays_as_it_is_however_much_is_exported(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="Large"), "test")
        for _ in range(6):
            new = [NewMessage(campaign_id=campaign_id, recipient_email=f"reader-{n}@example.com") for n in range(10_000)]
            create_messages(connection, alice.tenant_id, new)
    for format_ in (Format.CSV, Format.XLSX, Format.PARQUET):  # tracemalloc doesn't see that what orjson makes is given back
        list(export_formats.export(lambda: reading(engine), alice.tenant_id, campaign_id, What.LINKS, format_))  # loads what it needs
        tracemalloc.start()
        try:
            pieces = 0
            for _ in export_formats.export(lambda: reading(engine), alice.tenant_id, campaign_id, What.MESSAGES, format_):
                pieces += 1
                gc.collect()  # what nobody holds any more: when that is noticed is no business of this test
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        # All 60,000 rows take 36 MB as they come from the database; a Parquet row group holds 20,000 of them.
        assert pieces > 1 and peak < (28e6 if format_ is Format.PARQUET else 12e6), (format_, peak)
