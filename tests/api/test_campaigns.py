"""Campaigns over HTTP."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, null, select

from little_bell.db import reading
from little_bell.journal.base import JournalFull
from little_bell.journal.local import LocalJournal
from little_bell.models.tables import audit_log, campaigns
from tests.api.conftest import Http, error_of, on_sqlite


def test_a_campaign_is_created_with_what_was_given(api: Http) -> None:
    given = {"name": "Spring", "template_id": "t1", "subject": "Hello", "tags": ["news", "spring"], "external_id": "c-1"}
    answer = api.post("/api/campaigns", json=given)
    assert answer.status_code == 201
    campaign = answer.json()
    assert campaign.items() >= given.items()
    assert list(campaign)[:5] == ["id", "name", "template_id", "created_at", "updated_at"]
    assert campaign["created_at"].endswith("Z")
    assert api.get(f"/api/campaigns/{campaign['id']}").json()["metrics"]["open_rate"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\r\nBcc: everyone@example.com"}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": "a", "tags": ['say "hi"']}, "tags[0]"),
        ({"name": "a", "tags": ["t"] * 51}, "tags"),
        ({"name": "a", "colour": "red"}, "colour"),
        ({"name": "a", "utm": "news"}, "utm"),
        ({"name": "a", "utm": {"sauce": "x"}}, "utm.sauce"),
        ({"name": "a", "utm": {"source": "x\ny"}}, "utm.source"),
        ({"name": "a", "utm": {"term": ""}}, "utm.term"),
    ],
)
@on_sqlite
def test_a_bad_campaign_is_refused_by_its_field(api: Http, body: dict[str, object], field: str) -> None:
    assert error_of(api.post("/api/campaigns", json=body)) == (422, "invalid", field)
    assert api.get("/api/campaigns").json() == []


def test_an_external_id_names_one_campaign(api: Http) -> None:
    first = api.post("/api/campaigns", json={"name": "a", "external_id": "c-1"}).json()
    assert error_of(api.post("/api/campaigns", json={"name": "b", "external_id": "c-1"})) == (409, "conflict", "external_id")
    other = api.post("/api/campaigns", json={"name": "b", "external_id": "c-2"}).json()
    assert error_of(api.patch(f"/api/campaigns/{other['id']}", json={"external_id": "c-1"})) == (409, "conflict", "external_id")
    assert [row["id"] for row in api.get("/api/campaigns?external_id=c-1").json()] == [first["id"]]


def test_the_list_is_paged_through_its_link_header(api: Http) -> None:
    for name in ("a", "b", "c", "d", "e"):
        api.post("/api/campaigns", json={"name": name})
    names, path = [], "/api/campaigns?limit=2&sort=name"
    while path:
        page = api.get(path)
        names += [row["name"] for row in page.json()]
        assert ("X-Next-Cursor" in page.headers) == ("next" in page.links)
        path = page.links["next"]["url"] if "next" in page.links else ""
    assert names == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("query", "names"),
    [("search=SPRI", ["Spring"]), ("search=%25", []), ("tag=News", ["Spring", "Autumn"]), ("tag=news&tag=b", ["Autumn"]), ("tag=new", [])],
)
def test_the_list_is_searched(api: Http, query: str, names: list[str]) -> None:
    api.post("/api/campaigns", json={"name": "Spring", "tags": ["news"]})
    api.post("/api/campaigns", json={"name": "Autumn", "tags": ["news", "b"]})
    assert [row["name"] for row in api.get(f"/api/campaigns?sort=created_at&{query}").json()] == names


@pytest.mark.parametrize("query", ["sort=colour", "limit=0", "limit=10001", "cursor=x", "cursor=WzFd", "colour=red", "limit=ten"])
@on_sqlite
def test_a_bad_parameter_is_refused_by_its_name(api: Http, query: str) -> None:
    assert error_of(api.get(f"/api/campaigns?{query}")) == (422, "invalid", query.partition("=")[0])


def test_only_what_is_named_is_changed(api: Http, campaign: int) -> None:
    answer = api.patch(f"/api/campaigns/{campaign}", json={"subject": "Hi", "archived": True})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["subject"]) == ("Spring", "Hi")
    assert answer.json()["archived_at"] is not None
    assert error_of(api.patch(f"/api/campaigns/{campaign}", json={"name": None})) == (422, "invalid", "name")
    assert api.patch(f"/api/campaigns/{campaign}", json={"subject": None, "archived": False}).json()["archived_at"] is None


def test_utm_parameters_are_shown_replaced_and_taken_away(api: Http, engine: Engine, campaign: int) -> None:
    made = api.post("/api/campaigns", json={"name": "Tagged", "utm": {"source": " news ", "term": None}}).json()
    path = f"/api/campaigns/{made['id']}"
    assert made["utm"] == api.get(path).json()["utm"] == {"source": "news"}
    assert api.patch(path, json={"utm": {"medium": "mail"}}).json()["utm"] == {"medium": "mail"}
    assert error_of(api.patch(path, json={"utm": {"medium": "a\nb"}})) == (422, "invalid", "utm.medium")
    assert api.patch(path, json={"subject": "Hi"}).json()["utm"] == {"medium": "mail"}
    assert api.get(f"/api/campaigns/{campaign}").json()["utm"] is None
    for nothing in (None, {}):
        assert api.patch(path, json={"utm": nothing}).json()["utm"] is None
        with reading(engine) as connection:
            assert connection.scalar(select(campaigns.c.id).where(campaigns.c.id == made["id"], campaigns.c.utm.is_(null()))) == made["id"]


def test_a_deleted_campaign_is_gone_at_once_and_purged_later(
    api: Http, campaign: int, message: dict[str, int], fold: Callable[[], None]
) -> None:
    answer = api.delete(f"/api/campaigns/{campaign}")
    assert (answer.status_code, answer.json()) == (200, {"message": "Campaign deleted successfully"})
    for path in (f"/api/campaigns/{campaign}", f"/api/campaigns/{campaign}/messages", f"/api/messages/{message['id']}"):
        assert api.get(path).status_code == 404
    assert api.get("/api/campaigns").json() == api.get("/api/messages").json() == []
    assert api.delete(f"/api/campaigns/{campaign}").status_code == 404
    fold()
    assert api.get("/api/dashboard/summary").json()["total_messages"] == 0


def test_a_campaign_stays_where_its_deletion_cannot_be_journaled(
    api: Http, campaign: int, journal: LocalJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_records: object) -> None:
        raise JournalFull("disk_low")

    monkeypatch.setattr(journal, "append", full)
    answer = api.delete(f"/api/campaigns/{campaign}")
    assert error_of(answer) == (503, "unavailable", None)
    assert int(answer.headers["Retry-After"]) > 0
    assert api.get(f"/api/campaigns/{campaign}").status_code == 200


def test_changes_are_in_the_audit_log_with_the_key(api: Http, campaign: int, engine: Engine) -> None:
    api.delete(f"/api/campaigns/{campaign}")
    with reading(engine) as connection:
        rows = connection.execute(select(audit_log.c.actor, audit_log.c.action).where(audit_log.c.action.like("campaign.%"))).all()
    assert [row.action for row in rows] == ["campaign.created", "campaign.deleted"]
    assert all(row.actor.startswith("key lb_") for row in rows)


@pytest.mark.parametrize("path", ["abc", "1.5", "-1", "0", "99999999999999999999", "1%20", "true"])
@on_sqlite
def test_what_is_no_id_is_not_there(api: Http, path: str) -> None:
    assert error_of(api.get(f"/api/campaigns/{path}"))[:2] == (404, "not_found")
