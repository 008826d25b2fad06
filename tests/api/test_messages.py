"""Messages over HTTP: one at a time, ten thousand, and found again."""

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from little_bell.actions.forms import MAX_BATCH, NewMessages, fill_from_json
from little_bell.api.answers import to_json
from little_bell.db import reading
from little_bell.domain.errors import BellError
from little_bell.models.tables import message_quarters, messages
from tests.api.conftest import BASE_URL, Http, error_of, on_sqlite


def test_the_answer_holds_all_that_goes_into_the_mail(api: Http, campaign: int) -> None:
    answer = api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@example.com"})
    assert answer.status_code == 201
    told = answer.json()
    token = told["tracking_token"]
    assert (told["status"], told["pixel_url"]) == ("queued", f"{BASE_URL}/track/pixel/{token}.gif")
    assert told["pixel_url"] in told["pixel_html"]
    assert told["unsubscribe_url"].startswith(f"{BASE_URL}/track/unsubscribe/{token}?s=")
    assert told["headers"]["List-Unsubscribe"] == f"<{told['unsubscribe_url']}>"


def test_a_message_keeps_what_its_sender_said(api: Http, campaign: int) -> None:
    said = {
        "campaign_id": campaign,
        "recipient_email": "ü.o'neil+x@müller.example",
        "tracking_token": "chosen-token_1.~",
        "template_id": "t",
        "subject": "Grüße",
        "variant": "B",
        "external_id": "order-7",
        "metadata": {"order": [1, None, {"a": "ß\u0000"}]},
        "test": True,
    }
    made = api.post("/api/messages", json=said).json()
    assert made["tracking_token"] == "chosen-token_1.~"
    assert api.get(f"/api/messages/{made['id']}").json().items() >= said.items()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recipient_email": "nobody"}, "recipient_email"),
        ({"recipient_email": "a@b.c\r\nBcc: x@y.z"}, "recipient_email"),
        ({"recipient_email": "a@b.c, d@e.f"}, "recipient_email"),
        ({"recipient_email": "x" * 310 + "@example.com"}, "recipient_email"),
        ({"tracking_token": "short"}, "tracking_token"),
        ({"tracking_token": "ends-in.gif"}, "tracking_token"),
        ({"tracking_token": "has/slash/in/it"}, "tracking_token"),
        ({"metadata": {"a": "x" * 9_000}}, "metadata"),
        ({"metadata": [1]}, "metadata"),
        ({"external_id": ""}, "external_id"),
        ({"campaign_id": 2**63}, "campaign_id"),
        ({"recipient": "a@b.c"}, "recipient"),
    ],
)
@on_sqlite
def test_a_bad_message_is_refused_by_its_field(api: Http, campaign: int, engine: Engine, change: dict[str, Any], field: str) -> None:
    body = {"campaign_id": campaign, "recipient_email": "a@example.com", **change}
    assert error_of(api.post("/api/messages", json=body)) == (422, "invalid", field)
    assert count(engine) == 0


def test_a_token_is_used_once(api: Http, stranger: Http, campaign: int) -> None:
    body = {"campaign_id": campaign, "recipient_email": "a@example.com", "tracking_token": "chosen-token"}
    assert api.post("/api/messages", json=body).status_code == 201
    assert error_of(api.post("/api/messages", json=body)) == (409, "conflict", "tracking_token")
    theirs = stranger.post("/api/campaigns", json={"name": "c"}).json()["id"]
    assert stranger.post("/api/messages", json={**body, "campaign_id": theirs}).status_code == 409


def test_a_full_batch_comes_back_in_its_order(api: Http, campaign: int, engine: Engine) -> None:
    rows = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com", "test": n % 10 == 0} for n in range(MAX_BATCH)]
    rows[77]["tracking_token"] = "the-seventy-seventh"
    started = time.perf_counter()
    answer = api.post("/api/messages/batch", json={"messages": rows})
    assert answer.status_code == 201
    assert time.perf_counter() - started < 5  # seconds; some 0.3 on an idle machine
    made = answer.json()["messages"]
    assert made[77]["tracking_token"] == "the-seventy-seventh"
    assert [one["id"] for one in made] == list(range(made[0]["id"], made[0]["id"] + MAX_BATCH))
    assert api.get(f"/api/messages/{made[9_999]['id']}").json()["recipient_email"] == "r9999@example.com"
    assert count(engine) == MAX_BATCH
    assert api.get(f"/api/campaigns/{campaign}").json()["metrics"]["total"] == MAX_BATCH * 9 // 10
    with reading(engine) as connection:
        assert connection.execute(select(func.sum(message_quarters.c.created))).scalar_one() == MAX_BATCH * 9 // 10


@pytest.mark.parametrize(
    ("place", "change", "expected"),
    [
        (17, {"recipient_email": "@"}, (422, "invalid", "messages[17].recipient_email")),
        (3, {"campaign_id": 999}, (404, "not_found", "messages[3].campaign_id")),
        (2, {"tracking_token": "in-use-already"}, (409, "conflict", "messages[2].tracking_token")),
        (5, {"tracking_token": "token-of-row-4"}, (409, "conflict", "messages[5].tracking_token")),
        (19, {"name": "x"}, (422, "invalid", "messages[19].name")),
    ],
)
def test_one_bad_row_refuses_the_batch_and_is_named(
    api: Http, campaign: int, engine: Engine, place: int, change: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@b.c", "tracking_token": "in-use-already"})
    rows: list[dict[str, Any]] = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(20)]
    rows[4]["tracking_token"] = "token-of-row-4"
    rows[place] |= change
    assert error_of(api.post("/api/messages/batch", json={"messages": rows})) == expected
    assert count(engine) == 1


@pytest.mark.parametrize(("rows", "status"), [(0, 422), (MAX_BATCH + 1, 413)])
@on_sqlite
def test_a_batch_has_one_to_ten_thousand_messages(api: Http, campaign: int, engine: Engine, rows: int, status: int) -> None:
    answer = api.post("/api/messages/batch", json={"messages": [{"campaign_id": campaign, "recipient_email": "a@b.c"}] * rows})
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, "messages")
    assert count(engine) == 0


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(["campaign_id", "recipient_email", "metadata", "test", "subject", "x"]), anything), max_size=5
    )
)
@how(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_a_batch_holds_it_is_taken_or_refused_by_name(rows: list[dict[str, Any]]) -> None:
    try:
        body = to_json({"messages": rows})
    except TypeError:  # an integer that JSON libraries don't carry
        return
    refused = taken = None
    try:
        taken = fill_from_json(NewMessages, body)
    except BellError as error:
        refused = error.field or "messages"
    assert refused is None or refused.startswith("messages")
    assert taken is None or all("@" in message.recipient_email and message.campaign_id > 0 for message in taken.messages)


def test_messages_are_found_by_each_of_their_names(api: Http, campaign: int) -> None:
    for n in range(3):
        api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": f"r{n}@example.com", "external_id": f"e{n}"})
    made = api.post(
        "/api/messages", json={"campaign_id": campaign, "recipient_email": "r1@example.com", "tracking_token": "the-last-one"}
    ).json()

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/api/messages?{query}").json()]

    first = made["id"] - 3
    assert ids("external_id=e1") == [first + 1]
    assert ids("recipient=R1@EXAMPLE.COM") == [first + 1, made["id"]]
    assert ids("recipient=r1@example.com&external_id=e1") == [first + 1]
    assert ids("tracking_token=the-last-one") == [made["id"]]
    assert ids(f"campaign_id={campaign}&status=queued&limit=2") == [first, first + 1]
    assert ids("external_id=nobody") == ids("status=sent") == []
    assert api.get("/api/messages?status=sennt").status_code == 422


def test_a_campaigns_messages_are_paged_by_cursor_and_by_offset(api: Http, campaign: int) -> None:
    api.post(
        "/api/messages/batch", json={"messages": [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(25)]}
    )
    path = f"/api/campaigns/{campaign}/messages"
    assert [row["recipient_email"] for row in api.get(f"{path}?limit=2&offset=3").json()] == ["r3@example.com", "r4@example.com"]
    seen, following = [], f"{path}?limit=10&offset=5"
    while following:
        page = api.get(following)
        seen += [row["recipient_email"] for row in page.json()]
        following = page.links["next"]["url"] if "next" in page.links else ""
    assert seen == [f"r{n}@example.com" for n in range(5, 25)]
    assert [row["recipient_email"] for row in api.get(f"{path}?search=R2").json()] == [
        "r2@example.com",
        *(f"r{n}@example.com" for n in range(20, 25)),
    ]
    assert api.get(f"{path}?search=_").json() == []


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(messages)).scalar_one())
