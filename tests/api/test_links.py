"""Signed links."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from little_bell.api.context import Context
from little_bell.domain.links import LINK, signer
from tests.api.conftest import Http, error_of, on_sqlite


def test_a_link_is_signed_for_this_message_and_destination(api: Http, context: Context, message: dict[str, Any]) -> None:
    url = "https://müller.example/a[0]=1?b=ü&c=%20+#part"
    answer = api.post(f"/api/messages/{message['id']}/links", json={"url": url})
    assert answer.status_code == 200
    assert answer.json()["original_url"] == url
    query = parse_qs(urlsplit(answer.json()["click_url"]).query)
    assert query["url"] == [url]
    assert signer(context.ring, LINK, query["s"][0], message["tracking_token"], url) == 1
    assert signer(context.ring, LINK, query["s"][0], message["tracking_token"], url + "x") is None


def test_several_urls_come_back_in_order_and_are_links_of_the_campaign(api: Http, campaign: int, message: dict[str, Any]) -> None:
    urls = ["https://example.com/b", "https://example.com/a", "https://example.com/b"]
    for _ in range(2):
        answer = api.post(f"/api/messages/{message['id']}/links", json={"urls": urls}).json()
    assert [pair["original_url"] for pair in answer["links"]] == urls
    assert {link["url"] for link in api.get(f"/api/campaigns/{campaign}").json()["links"]} == set(urls)
    assert len(api.get(f"/api/campaigns/{campaign}").json()["links"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, None),
        ({"url": "https://a.example", "urls": ["https://a.example"]}, None),
        ({"url": "ftp://a.example"}, "url"),
        ({"url": "https://user@a.example"}, "url"),
        ({"urls": ["https://a.example", "https://a.example/\\"]}, "urls[1]"),
        ({"urls": []}, "urls"),
    ],
)
@on_sqlite
def test_what_cannot_be_a_destination_is_refused(
    api: Http, campaign: int, message: dict[str, Any], body: dict[str, Any], field: str | None
) -> None:
    assert error_of(api.post(f"/api/messages/{message['id']}/links", json=body)) == (422, "invalid", field)
    assert api.get(f"/api/campaigns/{campaign}").json()["links"] == []
