"""Segments of recipients over HTTP, from a message's registration to the file."""

import io
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import Engine

from little_bell.projector.recipients_turn import settle_all
from tests.api.conftest import Http, error_of


@pytest.fixture
def audience(api: Http, fold: Callable[[], None], engine: Engine) -> Http:
    """Ann, who reads, and Bob, who got the same three campaigns and opened none; a machine fetched one of his."""
    marks: list[dict[str, Any]] = []
    for number in range(3):
        campaign = api.post("/api/campaigns", json={"name": f"Campaign {number}"}).json()["id"]
        new = [{"campaign_id": campaign, "recipient_email": email} for email in ("Ann@Example.com", "bob@example.com", "=cmd@example.org")]
        made = api.post("/api/messages/batch", json={"messages": new[:2] if number else new}).json()["messages"]
        marks += [{"id": one["id"], "mark": "sent"} for one in made]
        marks += [{"id": made[0]["id"], "mark": "clicked"}] if number == 1 else []
    api.post("/api/messages/marks", json={"marks": marks})
    api.post("/api/suppressions", json={"address": "BOB@example.com"})
    fold()
    settle_all(engine)
    return api


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["recipient_email"] for row in answer.json()]


def test_segments_are_listed_counted_and_exported(audience: Http) -> None:
    everybody = ["=cmd@example.org", "ann@example.com", "bob@example.com"]
    assert names(audience.get("/api/recipients")) == everybody
    assert names(audience.get("/api/recipients?unopened=2")) == ["bob@example.com"]
    assert names(audience.get("/api/recipients?clicked_within=30")) == ["ann@example.com"]
    assert names(audience.get("/api/recipients?suppressed=false&opened=never")) == ["=cmd@example.org"]
    assert names(audience.get("/api/recipients?domain=example.com&sort=-unopened")) == ["bob@example.com", "ann@example.com"]
    first = audience.get("/api/recipients?limit=1&sort=-unopened")
    assert names(first) == ["bob@example.com"] and 'rel="next"' in first.headers["Link"]
    assert names(audience.get(f"/api/recipients?limit=1&sort=-unopened&cursor={first.headers['X-Next-Cursor']}")) == everybody[1:2]
    [ann] = audience.get("/api/recipients?search=ann").json()
    assert (ann["campaigns"], ann["human_opened"], ann["opened"], ann["human_unopened"], ann["is_suppressed"]) == (3, 1, 1, 1, False)
    assert ann["last_human_clicked_at"] and ann["last_sent_at"] >= ann["first_sent_at"]
    [of_people] = audience.get("/api/recipients?search=bob&include=human").json()
    assert (of_people["human_unopened"], of_people["last_human_opened_at"], of_people["is_suppressed"]) == (3, None, True)
    assert "unopened" not in of_people

    assert audience.get("/api/recipients/count?unopened=1&suppressed=false").json() == {"recipients": 2}
    assert audience.get("/api/recipients/count?unopened=1&clicked=never&domain=example.org").json() == {"recipients": 1}
    counts = {row["name"]: row for row in audience.get("/api/recipients/segments").json()["segments"]}
    assert counts["unopened_3"] == {"name": "unopened_3", "query": {"unopened": 3}, "human": 1, "all": 1}
    assert [counts[name]["human"] for name in ("everybody", "clicked_30_days", "never_opened", "suppressed")] == [3, 1, 2, 1]

    elsewhere = audience.get(f"/api/recipients/exports/{'0' * 32}?opened=never")  # a page's file, which lies on another node
    assert elsewhere.text == audience.get("/api/recipients/file?opened=never").text
    answer = audience.get("/api/recipients/file?opened=never")
    lines = answer.text.splitlines()
    assert lines[0].startswith("recipient_email,domain,campaigns,") and answer.headers["content-disposition"].endswith('"recipients.csv"')
    assert [line.split(",")[0] for line in lines[1:]] == ["'=cmd@example.org", "bob@example.com"]
    assert '"recipient_email":"bob@example.com"' in audience.get("/api/recipients/file?search=bob&format=jsonl").text
    table = pyarrow.parquet.read_table(io.BytesIO(audience.get("/api/recipients/file?suppressed=true&format=parquet").content))
    assert table.column("human_unopened").to_pylist() == [3] and table.column("is_suppressed").to_pylist() == [True]
    assert audience.get("/api/recipients/file?format=xlsx").content.startswith(b"PK")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("unopened=0", "unopened"),
        ("unopened=21", "unopened"),
        ("opened=perhaps", "opened"),
        ("clicked_within=9999", "clicked_within"),
        ("sort=name", "sort"),
        ("cursor=x", "cursor"),
        ("unopend=3", "unopend"),
        ("suppressed=perhaps", "suppressed"),
    ],
)
def test_what_can_not_be_asked_for_is_refused_by_name(api: Http, query: str, field: str) -> None:
    status, _, named = error_of(api.get(f"/api/recipients?{query}"))
    assert (status, named) == (422, field)


def test_an_erased_recipient_is_in_no_segment(audience: Http, fold: Callable[[], None]) -> None:
    audience.post("/api/recipients/erase", json={"recipient": "bob@example.com"})
    fold()
    assert names(audience.get("/api/recipients")) == ["=cmd@example.org", "ann@example.com"]
    assert audience.get("/api/recipients/count?unopened=2").json() == {"recipients": 0}
