"""Reports over HTTP that are pinned to a set of numbers which was kept."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from little_bell.actions.kept_sets import make_set
from little_bell.db import writing
from tests.api.conftest import Http, error_of


@pytest.fixture
def autumn(api: Http, message: dict[str, Any], fold: Callable[[], None], engine: Engine) -> int:
    """A set kept when one message was opened, and clicked once; then it was clicked again."""
    for _ in range(2):
        api.post(f"/api/messages/{message['id']}/clicked", json={"url": "https://example.com/a"})
        fold()
        with writing(engine) as connection:
            if not api.get("/api/dashboard/sets").json():
                make_set(connection, "autumn", 1)
    return 1


def test_campaigns_and_totals_are_shown_as_they_were_kept(api: Http, stranger: Http, autumn: int) -> None:
    one = api.get(f"/api/campaigns/{autumn}").json()
    kept = api.get(f"/api/campaigns/{autumn}?set=autumn").json()
    assert [shape["metrics"]["clicks"] for shape in (one, kept)] == [2, 1]
    assert [shape["links"][0]["clicks"] for shape in (one, kept)] == [2, 1]
    assert [row["metrics"]["clicks"] for row in api.get("/api/campaigns?set=autumn").json()] == [1]
    assert api.get("/api/dashboard/summary?set=autumn").json()["clicks"] == 1
    assert api.get("/api/dashboard/summary?set=autumn&start=2026-01-01").json()["clicks"] == 1
    assert api.get("/api/dashboard/summary?set=autumn&end=2026-01-01").json()["clicks"] == 0
    [told] = api.get("/api/dashboard/sets").json()
    assert (told["name"], told["rules"], told["says"][:12]) == ("autumn", 1, "each request")
    assert stranger.get("/api/dashboard/summary?set=autumn").json()["clicks"] == 0
    assert error_of(stranger.get(f"/api/campaigns/{autumn}?set=autumn")) == (404, "not_found", "campaign_id")
    assert error_of(api.delete("/api/dashboard/sets/autumn")) == (404, "not_found", "name")  # it is everybody's


def test_a_set_that_is_not_there_is_not_found(api: Http, autumn: int) -> None:
    campaign = f"/api/campaigns/{autumn}"
    told = ("analytics", "variants")
    for path in (campaign, *(f"{campaign}/{part}" for part in told), "/api/campaigns", "/api/dashboard/summary", "/api/dashboard/trend"):
        path += "?set="
        assert error_of(api.get(f"{path}spring")) == (404, "not_found", "set")
        assert api.get(path).status_code == 422


def test_a_tenant_keeps_its_own_numbers_and_drops_them(
    api: Http, stranger: Http, message: dict[str, Any], fold: Callable[[], None]
) -> None:
    made = api.post("/api/dashboard/sets", json={"name": "spring"})
    assert (made.status_code, made.json()["name"], made.json()["is_own"]) == (201, "spring", True)
    assert error_of(api.post("/api/dashboard/sets", json={"name": "spring"})) == (409, "conflict", "name")
    assert error_of(api.post("/api/dashboard/sets", json={"name": "No Name"}))[0] == 422
    assert stranger.get("/api/dashboard/sets").json() == []
    assert error_of(stranger.get("/api/dashboard/summary?set=spring")) == (404, "not_found", "set")
    assert stranger.post("/api/dashboard/sets", json={"name": "spring"}).status_code == 201  # a name of its own
    api.post(f"/api/messages/{message['id']}/opened")
    fold()
    assert [api.get(f"/api/dashboard/summary{query}").json()["total_opened"] for query in ("", "?set=spring")] == [1, 0]
    assert api.delete("/api/dashboard/sets/spring").json() == {"dropped": "spring"}
    assert error_of(api.delete("/api/dashboard/sets/spring")) == (404, "not_found", "name")
    assert [row["name"] for row in stranger.get("/api/dashboard/sets").json()] == ["spring"]
