"""Which messages of a campaign: the same words in lists and in exports of every kind."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import Http, error_of, on_sqlite


@pytest.fixture
def read_campaign(api: Http, campaign: int, fold: Callable[[], None]) -> int:
    """Three messages: the first opened by somebody, the second clicked, the third nothing."""
    new = [{"campaign_id": campaign, "recipient_email": email} for email in ("c@one.example", "b@two.example", "a@one.example")]
    first, second, _ = (made["id"] for made in api.post("/api/messages/batch", json={"messages": new}).json()["messages"])
    api.post(f"/api/messages/{first}/opened")
    api.post(f"/api/messages/{second}/clicked", json={"url": "https://example.org/"})
    fold()
    return campaign


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "cba"),
    ({"status": "clicked"}, "b"),
    ({"opened": "human"}, "cb"),
    ({"opened": "none"}, "a"),
    ({"opened": "machine"}, ""),
    ({"opened": "human", "clicked": "not-human"}, "c"),
    ({"domain": "ONE.example"}, "ca"),
    ({"search": "@two"}, "b"),
    ({"sort": "recipient_email"}, "abc"),
    ({"sort": "-created_at", "domain": "one.example"}, "ac"),
    ({"sort": "-human_clicked_at"}, "bac"),
]


@pytest.mark.parametrize(("asked", "found"), CASES)
def test_a_list_shows_what_fits(api: Http, read_campaign: int, asked: dict[str, Any], found: str) -> None:
    answer = api.get(f"/api/campaigns/{read_campaign}/messages", params=asked)
    assert [row["recipient_email"][0] for row in answer.json()] == list(found)
    if "sort" not in asked:
        for part in ("export", f"exports/{'0' * 32}"):  # the second: a page's file, which lies on another node
            told = api.get(f"/api/campaigns/{read_campaign}/{part}", params=asked)
            assert [row["recipient_email"][0] for row in csv.DictReader(io.StringIO(told.text, newline=""))] == list(found)


def test_who_followed_a_link_is_listed_and_their_events_exported(api: Http, read_campaign: int) -> None:
    (link,) = api.get(f"/api/campaigns/{read_campaign}").json()["links"]
    asked = {"link_id": link["id"]}
    assert [row["recipient_email"] for row in api.get(f"/api/campaigns/{read_campaign}/messages", params=asked).json()] == ["b@two.example"]
    told = api.get(f"/api/campaigns/{read_campaign}/export", params={**asked, "what": "events", "format": "jsonl"})
    assert [line.count("b@two.example") for line in told.text.splitlines()] == [1]
    nobody = api.get(f"/api/campaigns/{read_campaign}/messages", params={"link_id": link["id"] + 1})
    assert nobody.json() == []


@on_sqlite
@pytest.mark.parametrize(
    "asked", [{"opened": "maybe"}, {"clicked": ""}, {"sort": "opens"}, {"link_id": "0"}, {"link_id": "x"}, {"nothing": "1"}]
)
def test_a_word_that_means_nothing_is_refused(api: Http, campaign: int, asked: dict[str, str]) -> None:
    for part in ("messages", "export"):
        assert api.get(f"/api/campaigns/{campaign}/{part}", params=asked).status_code == 422, part


@on_sqlite
def test_bounces_and_links_are_exported_whole_or_not_at_all(api: Http, campaign: int) -> None:
    answer = api.get(f"/api/campaigns/{campaign}/export", params={"what": "links", "opened": "human"})
    assert error_of(answer) == (422, "invalid", "what")


def test_an_archived_campaign_is_left_out_until_it_is_asked_for(api: Http, campaign: int) -> None:
    assert api.patch(f"/api/campaigns/{campaign}", json={"archived": True}).json()["archived_at"]
    names = {word: [row["id"] for row in api.get("/api/campaigns", params={"archived": word}).json()] for word in ("no", "yes", "all")}
    assert names == {"no": [], "yes": [campaign], "all": [campaign]}
    assert api.get("/api/campaigns").json() == []
    assert api.get(f"/api/campaigns/{campaign}").status_code == 200
    api.patch(f"/api/campaigns/{campaign}", json={"archived": False}).raise_for_status()
    assert [row["id"] for row in api.get("/api/campaigns").json()] == [campaign]
