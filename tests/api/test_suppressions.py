"""Suppressions over HTTP: said, looked up, taken from files, and what they do to messages."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.domain.events import Scope
from little_bell.models.tables import audit_log, suppressions
from little_bell.queries import suppressions as queries
from tests.api.conftest import Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person

Fold = Callable[[], None]
SOON = (datetime.now(UTC) + timedelta(days=3)).isoformat()


def add(api: Http, fold: Fold, address: str, **more: Any) -> None:
    assert api.post("/api/suppressions", json={"address": address, **more}).status_code == 201
    fold()


def listed(api: Http, **query: Any) -> list[tuple[str, str]]:
    return [(row["address"], row["reason"]) for row in api.get("/api/suppressions", params=query).json()]


def test_an_address_that_was_added_is_on_the_list(api: Http, fold: Fold, engine: Engine) -> None:
    answer = api.post("/api/suppressions", json={"address": "Ann@BÜCHER.example", "note": "asked by phone", "expires_at": SOON})
    assert answer.status_code == 201
    assert answer.headers["x-journal-position"]
    told = answer.json()
    assert (told["address"], told["email"], told["reason"]) == ("ann@xn--bcher-kva.example", "Ann@BÜCHER.example", "manual")
    fold()
    [row] = api.get("/api/suppressions").json()
    assert row == told | {
        "reasons": [{name: told[name] for name in ("reason", "source", "suppressed_at", "expires_at", "note", "message_id")}]
    }
    with reading(engine) as connection:
        said = connection.execute(select(audit_log.c.action, audit_log.c.subject).order_by(audit_log.c.id.desc()).limit(1)).one()
    assert tuple(said) == ("suppression.added", "Ann@BÜCHER.example")


def test_the_list_is_searched_filtered_and_read_page_by_page(api: Http, fold: Fold) -> None:
    many = [{"address": f"r{n:02}@{'big' if n % 2 else 'small'}.example", "reason": "unsubscribe"} for n in range(25)]
    assert api.post("/api/suppressions/batch", json={"suppressions": many}).json() == {"added": 25}
    fold()
    add(api, fold, "last@example.com", reason="complaint")
    assert listed(api, limit=1) == [("last@example.com", "complaint")]
    assert listed(api, reason="complaint") == [("last@example.com", "complaint")]
    assert len(listed(api, search="BIG.ex")) == 12
    seen: list[str] = []
    answer = api.get("/api/suppressions", params={"limit": 10})
    while True:
        seen += [row["address"] for row in answer.json()]
        if "x-next-cursor" not in answer.headers:
            break
        answer = api.get("/api/suppressions", params={"limit": 10, "cursor": answer.headers["x-next-cursor"]})
    assert len(seen) == len(set(seen)) == 26


def test_a_search_through_a_long_list_goes_on_where_it_stopped(api: Http, fold: Fold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SCANNED_ROWS", 5)
    many = [{"address": f"r{n:02}@{'far' if n == 0 else 'near'}.example"} for n in range(12)]
    api.post("/api/suppressions/batch", json={"suppressions": many})
    fold()
    pages, cursor = [], None
    while True:
        answer = api.get("/api/suppressions", params={"search": "far", **({"cursor": cursor} if cursor else {})})
        pages.append([row["address"] for row in answer.json()])
        cursor = answer.headers.get("x-next-cursor")
        if cursor is None:
            break
    assert [address for found in pages for address in found] == ["r00@far.example"]
    assert len(pages) > 1


def test_an_address_is_taken_off_the_list_whatever_there_was_against_it(api: Http, fold: Fold) -> None:
    add(api, fold, "ann@example.com", reason="complaint")
    add(api, fold, "ann@example.com")
    answer = api.delete("/api/suppressions", params={"address": "ANN@example.com"})
    assert (answer.status_code, answer.json()) == (200, {"removed": 1})
    fold()
    assert listed(api) == []
    gone = api.delete("/api/suppressions", params=[("address", "ann@example.com")])
    assert error_of(gone) == (404, "not_found", "address[0]")


def test_ten_thousand_addresses_are_checked_in_a_call_in_their_order(api: Http, fold: Fold) -> None:
    addresses = [f"r{n}@example.com" for n in range(10_000)]
    api.post("/api/suppressions/batch", json={"suppressions": [{"address": address.upper()} for address in addresses[::7]]})
    fold()
    answer = api.post("/api/suppressions/check", json={"addresses": addresses}).json()
    assert [one["address"] for one in answer["results"]] == addresses
    assert [one["address"] for one in answer["results"] if one["suppressed"]] == addresses[::7]
    assert (answer["suppressed"], answer["results"][0]["reason"], answer["results"][1]["reason"]) == (1_429, "manual", None)


def test_a_check_can_wait_for_what_was_just_written(api: Http) -> None:
    position = api.post("/api/suppressions", json={"address": "a@b.c"}).headers["x-journal-position"]
    answer = api.post("/api/suppressions/check", json={"addresses": ["a@b.c"]}, headers={"X-Read-After": position})
    assert answer.headers["x-stale"] == "true"  # nobody folds here


@on_sqlite
@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("", {"address": "nobody"}, (422, "invalid", "address")),
        ("", {"address": "a@b.c", "reason": "dislike"}, (422, "invalid", "reason")),
        ("", {"address": "a@b.c", "expires_at": "2020-01-01"}, (422, "invalid", "expires_at")),
        ("", {"address": "a@b.c", "note": "x\ny"}, (422, "invalid", "note")),
        ("/batch", {"suppressions": []}, (422, "invalid", "suppressions")),
        ("/batch", {"suppressions": [{"address": "a@b.c"}, {"address": "b"}]}, (422, "invalid", "suppressions[1].address")),
        (
            "/batch",
            {"suppressions": [{"address": "a@b.c"}, {"address": "b@b.c", "expires_at": "2020-01-01"}]},
            (422, "invalid", "suppressions[1].expires_at"),
        ),
        ("/check", {"addresses": ["a@b.c", "b"]}, (422, "invalid", "addresses[1]")),
        ("/check", {"addresses": ["a@b.c"] * 10_001}, (413, "too_large", "addresses")),
    ],
)
def test_what_cant_be_is_refused_by_name(api: Http, fold: Fold, path: str, body: Any, expected: Any) -> None:
    assert error_of(api.post(f"/api/suppressions{path}", json=body)) == expected
    fold()
    assert listed(api) == []


def test_a_message_to_a_suppressed_address_is_registered_and_says_so(api: Http, campaign: int, fold: Fold) -> None:
    add(api, fold, "ann@example.com", reason="complaint")
    made = api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "Ann@Example.com"})
    assert (made.status_code, made.json()["suppressed"], made.json()["suppressed_reason"]) == (201, True, "complaint")
    other = api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "bob@example.com"}).json()
    assert (other["suppressed"], other["suppressed_reason"]) == (False, None)
    found = api.get(f"/api/messages/{made.json()['id']}").json()
    assert (found["suppressed"], found["suppressed_reason"]) == (True, "complaint")


def test_a_batch_names_those_that_are_suppressed(api: Http, campaign: int, fold: Fold) -> None:
    add(api, fold, "ann@example.com")
    new = [{"campaign_id": campaign, "recipient_email": f"{name}@example.com"} for name in ("bob", "ann", "carl")]
    made = api.post("/api/messages/batch", json={"messages": new}).json()["messages"]
    assert [one["suppressed"] for one in made] == [False, True, False]


def test_strict_refuses_a_suppressed_address_and_the_whole_batch(api: Http, campaign: int, fold: Fold) -> None:
    add(api, fold, "ann@example.com")
    single = {"campaign_id": campaign, "recipient_email": "ann@example.com"}
    assert error_of(api.post("/api/messages?strict=1", json=single)) == (409, "suppressed", "recipient_email")
    batch = {"messages": [single | {"recipient_email": "bob@example.com"}, single]}
    assert error_of(api.post("/api/messages/batch?strict=1", json=batch)) == (409, "suppressed", "messages[1].recipient_email")
    assert api.get("/api/messages").json() == []


def test_suppressed_messages_are_outside_of_every_number_but_their_own(api: Http, campaign: int, fold: Fold) -> None:
    add(api, fold, "ann@example.com")
    new = [{"campaign_id": campaign, "recipient_email": f"{name}@example.com"} for name in ("ann", "bob")]
    ids = [one["id"] for one in api.post("/api/messages/batch", json={"messages": new}).json()["messages"]]
    for message_id in ids:
        api.post(f"/api/messages/{message_id}/opened")
    fold()
    numbers = api.get(f"/api/campaigns/{campaign}").json()["metrics"]
    assert [numbers[name] for name in ("total", "sent", "opened", "opens", "suppressed", "open_rate")] == [1, 1, 1, 1, 1, 100.0]


def test_a_file_is_taken_in_line_by_line_and_bad_lines_are_told(api: Http, fold: Fold) -> None:
    lines = [
        "\ufeffE-Mail;Reason;Note;Expires",
        f"ann@example.com;Bounce;old list;{SOON}",
        "nobody;bounce;;",
        "",
        "bob@example.com;dislike;;",
        "'+plus@example.com;spam;'=1+1;",
        "carl@example.com;;;1999-01-01",
        "dora@example.com;;;yesterday",
        "emil@example.com",
    ]
    body = "\r\n".join(lines).encode() + b"\r\n\xff\xfe@example.com\r\n"
    answer = api.post("/api/suppressions/import", content=body, headers={"Content-Type": "text/csv"})
    told = answer.json()
    assert (answer.status_code, told["added"], told["refused"]) == (200, 3, 5)
    assert [(one["line"], one["reason"].split()[0]) for one in told["refusals"]] == [
        (3, "holds"),
        (5, "has"),
        (7, "has"),
        (8, "has"),
        (10, "is"),
    ]
    fold()
    assert sorted(listed(api)) == [
        ("+plus@example.com", "complaint"),
        ("ann@example.com", "hard_bounce"),
        ("emil@example.com", "manual"),
    ]


def test_a_file_without_headings_is_a_list_of_addresses(api: Http, fold: Fold) -> None:
    assert api.post("/api/suppressions/import", content=b"a@example.com\nb@example.com,unsubscribe").json()["added"] == 2
    fold()
    assert sorted(listed(api)) == [("a@example.com", "manual"), ("b@example.com", "unsubscribe")]


def test_what_was_exported_can_be_imported_elsewhere_and_loses_nothing(
    api: Http, stranger: Http, fold: Fold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHUNK_ROWS", 2)
    for address, why in (
        ("+a@example.com", "manual"),
        ("b@example.com", "complaint"),
        ("b@example.com", "hard_bounce"),
        ("c@ü.example", "manual"),
    ):
        add(api, fold, address, reason=why, note="=cmd", expires_at=SOON)
    answer = api.get("/api/suppressions/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["address"] for row in rows} == {"'+a@example.com", "b@example.com", "c@ü.example"}
    assert {row["note"] for row in rows} == {"'=cmd"}
    done = stranger.post("/api/suppressions/import", content=answer.content).json()
    assert (done["added"], done["refused"]) == (4, 0)
    fold()
    there, here = (
        {
            row["address"]: [(r["reason"], r["suppressed_at"], r["expires_at"], r["note"]) for r in row["reasons"]]
            for row in one.get("/api/suppressions").json()
        }
        for one in (stranger, api)
    )
    assert there == here


def test_an_export_holds_what_is_filtered(api: Http, fold: Fold) -> None:
    add(api, fold, "a@example.com", reason="complaint")
    add(api, fold, "b@example.com")
    assert "b@example.com" not in api.get("/api/suppressions/export", params={"reason": "complaint"}).text


def test_rules_are_read_and_changed(api: Http, message: dict[str, Any], fold: Fold) -> None:
    usual = {"on_hard_bounce": True, "on_complaint": True, "soft_bounces": 3, "soft_of": 5, "soft_days": None}
    assert api.get("/api/suppressions/rules").json() == usual
    assert api.patch("/api/suppressions/rules", json={"on_hard_bounce": False, "soft_days": 30}).json() == usual | {
        "on_hard_bounce": False,
        "soft_days": 30,
    }
    assert api.get("/api/suppressions/rules").json()["soft_days"] == 30
    api.post(f"/api/messages/{message['id']}/bounce", json={"bounce_reason": "550 5.1.1 no such user"})
    fold()
    assert listed(api) == []
    assert error_of(api.patch("/api/suppressions/rules", json={"soft_bounces": 6, "soft_of": 5}))[:2] == (422, "invalid")


def test_a_hard_bounce_that_a_sender_reports_suppresses(api: Http, message: dict[str, Any], fold: Fold, engine: Engine) -> None:
    api.post(f"/api/messages/{message['id']}/bounce", json={"bounce_reason": "550 5.1.1 no such user"})
    fold()
    assert listed(api) == [("reader@example.com", "hard_bounce")]
    with reading(engine) as connection:
        [row] = connection.execute(select(suppressions.c.message_id, suppressions.c.note, suppressions.c.source)).all()
    assert tuple(row) == (message["id"], "550 5.1.1 no such user", "api")


def test_a_key_that_only_reads_may_check_and_not_write(app: Any, engine: Engine, alice: Person) -> None:
    reader = Http(app, key_of(engine, alice, Scope.READ))
    assert reader.post("/api/suppressions/check", json={"addresses": ["a@b.c"]}).status_code == 200
    for answer in (
        reader.post("/api/suppressions", json={"address": "a@b.c"}),
        reader.delete("/api/suppressions", params={"address": "a@b.c"}),
        reader.post("/api/suppressions/import", content=b"a@b.c"),
        reader.patch("/api/suppressions/rules", json={}),
    ):
        assert error_of(answer)[:2] == (403, "missing_scope")
