"""Whole mails, instrumented over HTTP."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from little_bell.api.context import Context
from little_bell.domain.links import LINK, parse_query, signer
from tests.api.conftest import Http, error_of, on_sqlite

HTML = '<body><A HREF="https://shop.example/?a=1&amp;b=ü">Shop</A> <a href="tel:1" data-x>Call</a></body>'
TEXT = "Shop: https://shop.example/text."


def test_a_mail_comes_back_with_signed_links_its_pixel_and_its_headers(
    api: Http, context: Context, campaign: int, message: dict[str, Any]
) -> None:
    answer = api.post(f"/api/messages/{message['id']}/instrument", json={"html": HTML, "text": TEXT})
    assert answer.status_code == 200
    mail = answer.json()
    (first, second) = mail["links"]
    assert (first["original_url"], second["original_url"]) == ("https://shop.example/?a=1&b=ü", "https://shop.example/text")
    link = first["click_url"].replace("&", "&amp;")
    assert mail["html"] == f'<body><A HREF="{link}">Shop</A> <a href="tel:1" data-x>Call</a>{message["pixel_html"]}</body>'
    assert mail["text"] == f"Shop: {second['click_url']}."
    query = parse_query(urlsplit(first["click_url"]).query.encode())
    assert signer(context.ring, LINK, query["s"], message["tracking_token"], query["url"]) == 1
    assert mail["headers"] == message["headers"]
    assert [left["url"] for left in mail["left_alone"]] == ["tel:1"]
    assert {link["url"] for link in api.get(f"/api/campaigns/{campaign}").json()["links"]} == {query["url"], "https://shop.example/text"}


def test_instrumenting_again_changes_nothing_and_registers_nothing(api: Http, campaign: int, message: dict[str, Any]) -> None:
    path = f"/api/messages/{message['id']}/instrument"
    once = api.post(path, json={"html": HTML, "text": TEXT, "utm": {"source": "news"}}).json()
    twice = api.post(path, json={"html": once["html"], "text": once["text"], "utm": {"source": "news"}}).json()
    assert (twice["html"], twice["text"], twice["links"]) == (once["html"], once["text"], [])
    links = {link["url"] for link in api.get(f"/api/campaigns/{campaign}").json()["links"]}
    assert links == {"https://shop.example/?a=1&b=ü&utm_source=news", "https://shop.example/text?utm_source=news"}


def test_the_campaigns_utm_parameters_are_the_default_and_the_calls_override_them(
    api: Http, campaign: int, message: dict[str, Any]
) -> None:
    api.patch(f"/api/campaigns/{campaign}", json={"utm": {"source": "news", "campaign": "spring", "term": "tea"}})
    path = f"/api/messages/{message['id']}/instrument"
    html = '<a href="https://shop.example/?a=1&amp;utm_term=own#top">Shop</a>'
    once = api.post(path, json={"html": html}).json()
    assert [link["original_url"] for link in once["links"]] == [
        "https://shop.example/?a=1&utm_term=own&utm_source=news&utm_campaign=spring#top"
    ]
    assert api.post(path, json={"html": once["html"]}).json()["html"] == once["html"]
    utm = {"medium": "mail", "source": "call", "campaign": None}
    called = api.post(path, json={"html": '<a href="https://x.example/">X</a>', "utm": utm}).json()
    assert called["links"][0]["original_url"] == "https://x.example/?utm_source=call&utm_medium=mail&utm_term=tea"
    links = {link["url"] for link in api.get(f"/api/campaigns/{campaign}").json()["links"]}
    assert links == {once["links"][0]["original_url"], called["links"][0]["original_url"]}


def test_a_campaign_without_parameters_is_untouched_by_anothers(api: Http, message: dict[str, Any]) -> None:
    api.post("/api/campaigns", json={"name": "Tagged", "utm": {"source": "news"}})
    mail = api.post(f"/api/messages/{message['id']}/instrument", json={"html": HTML, "text": TEXT}).json()
    assert [link["original_url"] for link in mail["links"]] == ["https://shop.example/?a=1&b=ü", "https://shop.example/text"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"html": "x" * 20_000_000}, (413, "too_large", None)),
        ({"html": "".join(f"<a href=https://x/{number}>" for number in range(1_001))}, (413, "too_large", "html")),
        ({}, (422, "invalid", "html")),
        ({"html": None}, (422, "invalid", "html")),
        ({"html": "x", "utm": {"sauce": "x"}}, (422, "invalid", "utm.sauce")),
        ({"html": "x", "utm": {"source": "x\ny"}}, (422, "invalid", "utm.source")),
    ],
)
@on_sqlite
def test_what_cannot_be_instrumented_is_refused_and_changes_nothing(
    api: Http, campaign: int, message: dict[str, Any], body: dict[str, Any], error: tuple[int, str, str | None]
) -> None:
    assert error_of(api.post(f"/api/messages/{message['id']}/instrument", json=body)) == error
    assert api.get(f"/api/campaigns/{campaign}").json()["links"] == []


@on_sqlite
def test_a_mail_larger_than_other_bodies_may_be_is_taken(api: Http, message: dict[str, Any]) -> None:
    html = f'<img src="data:image/png;base64,{"A" * 2_000_000}"><a href="https://x.example/">'
    assert len(api.post(f"/api/messages/{message['id']}/instrument", json={"html": html}).json()["links"]) == 1
