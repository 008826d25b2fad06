"""A campaign's analytics over HTTP, in one form or both."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Http


@pytest.fixture
def read(api: Http, campaign: int, fold: Callable[[], None]) -> str:
    """The address of a campaign's analytics: of two messages that were sent, one was opened."""
    new = [{"campaign_id": campaign, "recipient_email": f"{name}@gmail.com"} for name in ("ann", "bob")]
    messages: list[dict[str, Any]] = api.post("/api/messages/batch", json={"messages": new}).json()["messages"]
    for message in messages:
        api.post(f"/api/messages/{message['id']}/sent")
    api.post(f"/api/messages/{messages[0]['id']}/opened")
    fold()
    return f"/api/campaigns/{campaign}"


def test_everything_stands_in_one_answer(api: Http, read: str) -> None:
    found = api.get(f"{read}/analytics").json()
    assert found["open_rate_interval"] == {
        "lower": 50.0, "estimate": 50.0, "upper": 50.0,
        "how": "1 opened by people ÷ 2 delivered: Apple's Mail Privacy Protection hid nobody.",
    }  # fmt: skip
    assert [(row["name"], row["delivered"], row["human_open_rate"]) for row in found["mailboxes"]] == [("Gmail", 2, 50.0)]
    assert found["clients"] == [{"name": "unknown", "opens": 1, "human_opens": 1, "clicks": 0, "human_clicks": 0}]
    assert len(found["week"]) == 168 and sum(cell["sent"] for cell in found["week"]) == 2
    assert found["curve"]["points"][-1] == {"since": 90 * 86_400, "opened": 1, "human_opened": 1, "clicked": 0, "human_clicked": 0}
    assert found["formulas"]["open_rate"] == "opened ÷ delivered" and found["countries"] == []


def test_parts_can_be_asked_for_and_each_in_one_form(api: Http, read: str) -> None:
    found = api.get(f"{read}/analytics?what=curve&what=clients&include=human").json()
    assert set(found) == {"campaign_id", "curve", "clients", "systems", "devices"}
    assert set(found["clients"][0]) == {"name", "human_opens", "human_clicks"}
    assert set(found["curve"]) == {"points", "median_human_open", "median_human_click"}
    assert set(api.get(f"{read}/analytics?what=clients&include=all").json()["clients"][0]) == {"name", "opens", "clicks"}


@pytest.mark.parametrize(("include", "there", "gone"), [("human", "human_open_rate", "open_rate"), ("all", "open_rate", "human_open_rate")])
def test_numbers_of_campaigns_and_tenants_come_in_one_form(api: Http, read: str, include: str, there: str, gone: str) -> None:
    whole = api.get(f"{read}?include={include}").json()["metrics"]
    [listed] = api.get(f"/api/campaigns?include={include}").json()
    for numbers in (whole, listed["metrics"], api.get(f"/api/dashboard/summary?include={include}").json()):
        assert numbers[there] == 50.0 and gone not in numbers
        assert ("unique_clicks" in numbers) is (include == "all")  # machines' are in it
        assert numbers["open_rate_interval"]["lower"] == 50.0


@pytest.mark.parametrize("query", ["what=weather", "include=robots", "time_zone=Mars/Olympus"])
def test_what_is_not_known_is_refused(api: Http, read: str, query: str) -> None:
    assert api.get(f"{read}/analytics?{query}").status_code == 422
