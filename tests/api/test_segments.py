"""Segments of recipients over HTTP, from a message's registration to the file."""

import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models import metadata
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
    whole = audience.get("/api/recipients/count?unopened=1&clicked=never&whole=true").json()
    assert whole == {"recipients": 2}
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


def test_a_campaigns_messages_are_listed_and_exported_by_their_recipients(audience: Http) -> None:
    for asked, expected in {
        "recipient_unopened=3": ["bob@example.com"],
        "recipient_clicked_within=30": ["Ann@Example.com"],
        "recipient_opened=never": ["bob@example.com", "=cmd@example.org"],
        "recipient_opened=never&recipient_suppressed=false": ["=cmd@example.org"],
        "recipient_unopened=1&opened=none&domain=example.com": ["Ann@Example.com", "bob@example.com"],
        "recipient_unopened=1&recipient_include=all&sort=recipient_email&search=B": ["bob@example.com"],
        "recipient_include=all": ["Ann@Example.com", "bob@example.com", "=cmd@example.org"],
        "recipient_new_within=1&recipient_not_sent_within=1": [],
    }.items():
        assert names(audience.get(f"/api/campaigns/1/messages?{asked}")) == expected, asked
        for part in ("export", f"exports/{'0' * 32}"):
            if "sort" not in asked:
                lines = audience.get(f"/api/campaigns/1/{part}?{asked}&format=jsonl").text.splitlines()
                assert [json.loads(line)["recipient_email"] for line in lines] == expected, asked
    for query in ("recipient_unopened=0", "recipient_opened=x", "recipient_domain=x", "recipient_search=x", "recipient_include=people"):
        assert error_of(audience.get(f"/api/campaigns/1/messages?{query}"))[::2] == (422, query.split("=")[0])


def test_whoever_is_erased_is_found_however_their_address_was_written(audience: Http, fold: Callable[[], None], engine: Engine) -> None:
    audience.post("/api/recipients/erase", json={"recipient": "ann@EXAMPLE.com"}).raise_for_status()
    fold()
    settle_all(engine)
    assert names(audience.get("/api/recipients")) == ["=cmd@example.org", "bob@example.com"]
    assert names(audience.get("/api/campaigns/1/messages?recipient_unopened=1")) == ["bob@example.com", "=cmd@example.org"]
    assert "ann" not in audience.get("/api/recipients/file").text + audience.get("/api/campaigns/1/export").text.lower()
    assert audience.get("/api/recipients/count").json() == {"recipients": 2}
    with reading(engine) as connection:
        for table in (table for name, table in metadata.tables.items() if name.startswith("recipient")):
            assert "ann@" not in repr(connection.execute(select(table)).all()).lower(), table.name


def test_a_long_address_in_foreign_letters_has_a_row(api: Http, fold: Callable[[], None], engine: Engine) -> None:
    email = "İ" * 64 + "@" + ".".join(["d" * 60] * 4)  # in lower case each of these letters is two
    key = "i̇" * 64 + "@" + email.partition("@")[2]
    campaign = api.post("/api/campaigns", json={"name": "long"}).json()["id"]
    made = api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": email}).raise_for_status().json()
    api.post(f"/api/messages/{made['id']}/sent")
    fold()
    settle_all(engine)
    assert names(api.get("/api/recipients")) == [key[:320]] != [key]
    assert names(api.get(f"/api/campaigns/{campaign}/messages?recipient_unopened=1")) == [email]


def test_what_is_typed_is_no_pattern(audience: Http) -> None:
    for typed in ("%", "_nn", "a%", "ann@example.com\\", "\U0010ffff"):
        assert names(audience.get("/api/recipients", params={"search": typed})) == []
        assert names(audience.get("/api/recipients", params={"domain": typed})) == []
    assert names(audience.get("/api/recipients", params={"search": " ANN@Ex "})) == ["ann@example.com"]
    forged = (b"[]", b"[1]", b'["a","b"]', b"null", b"[null]", b'[{"a":1}]', b'[9223372036854775808,"a"]', b'["\\u0000"]', b'["\\ud800"]')
    forged += (b'[1,"\\u0000"]', b'["\\ud800",1]', b'["a\\u0000",1]', b'[1,"\\ud800"]')
    for place in forged:
        cursor = urlsafe_b64encode(place).decode().rstrip("=")
        for sort in ("address", "-unopened"):
            answer = audience.get("/api/recipients", params={"cursor": cursor, "sort": sort})
            assert answer.status_code in (200, 422), (place, sort, answer.text)
        answer = audience.get("/api/campaigns/1/messages", params={"cursor": cursor, "sort": "recipient_email", "recipient_unopened": 1})
        assert answer.status_code in (200, 422), (place, answer.text)


def test_foreign_letters_are_found_as_they_are_written(api: Http, fold: Callable[[], None], engine: Engine) -> None:
    campaign = api.post("/api/campaigns", json={"name": "foreign"}).json()["id"]
    new = [{"campaign_id": campaign, "recipient_email": email} for email in ("Zoë+news@Müller.example", "zoe@muller.example")]
    made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
    api.post("/api/messages/marks", json={"marks": [{"id": one["id"], "mark": "sent"} for one in made]})
    fold()
    settle_all(engine)
    key = "zoë+news@xn--mller-kva.example"
    for asked in ({"domain": "MÜLLER.example"}, {"domain": "xn--mller-kva.example"}, {"search": "ZOE\u0308+"}, {"search": "zoë+news@xn"}):
        assert names(api.get("/api/recipients", params=asked)) == [key], asked
        assert api.get("/api/recipients/count", params=asked).json() == {"recipients": 1}
    for nasty in ("\0", "a\0b", "\ud7ff", "\uffff"):
        for name in ("search", "domain"):
            assert api.get("/api/recipients", params={name: nasty}).status_code in (200, 400, 422), (name, nasty)
