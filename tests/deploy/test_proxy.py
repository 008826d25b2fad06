"""What the samples promise, through a real nginx: whose address counts, sockets, long links, large files."""

import socket
import ssl
import time
from typing import Any

import httpx

from tests.deploy.conftest import Proxied

READER = "127.9.8.7"  # a reader's machine, as far as nginx can tell


def reader(proxied: Proxied, address: str = READER) -> httpx.Client:
    return httpx.Client(base_url=proxied.url, transport=httpx.HTTPTransport(local_address=address, verify=False))


def stored(proxied: Proxied, message_id: int) -> list[Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with proxied.app.client() as api:
            events = api.get(f"/api/messages/{message_id}").json()["events"]
        if events:
            return [event["address"] for event in events]
        time.sleep(0.05)
    return []


def message(proxied: Proxied) -> dict[str, Any]:
    with proxied.app.client() as api:
        campaign = api.post("/api/campaigns", json={"name": "Proxied"}).json()
        new = {"campaign_id": campaign["id"], "recipient_email": "a@example.com"}
        return dict(api.post("/api/messages", json=new).json())


def test_the_readers_address_is_the_one_that_nginx_saw_whatever_the_reader_claims(behind_nginx: Proxied) -> None:
    one = message(behind_nginx)
    with reader(behind_nginx) as client:
        answer = client.get(one["pixel_url"], headers={"X-Forwarded-For": "6.6.6.6"})
    assert answer.headers["content-type"] == "image/gif" and "no-store" in answer.headers["cache-control"]
    assert stored(behind_nginx, one["id"]) == ["127.9.8.0/24"]


def test_whoever_comes_past_the_proxy_isnt_believed_either(behind_nginx: Proxied) -> None:
    one = message(behind_nginx)
    past = httpx.HTTPTransport(local_address="127.5.5.5")
    with httpx.Client(base_url=behind_nginx.app.url.replace("localhost", "127.0.0.1"), transport=past) as client:
        client.get(f"/track/pixel/{one['tracking_token']}", headers={"X-Forwarded-For": "6.6.6.6"})
    assert stored(behind_nginx, one["id"]) == ["127.5.5.0/24"]


def test_a_link_as_long_as_one_can_be_is_followed(behind_nginx: Proxied) -> None:
    one, url = message(behind_nginx), "https://example.com/?q=" + "ä" * 1_300
    with behind_nginx.app.client() as api:
        link = api.post(f"/api/messages/{one['id']}/links", json={"url": url}).raise_for_status().json()["click_url"]
    assert link.startswith(behind_nginx.url)
    with reader(behind_nginx) as client:
        answer = client.get(link)
    assert answer.status_code == 302, answer.text
    assert httpx.URL(answer.headers["location"]) == httpx.URL(url)


def test_a_page_opens_its_socket(behind_nginx: Proxied) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", behind_nginx.port), 10) as plain, context.wrap_socket(plain) as line:
        asked = (
            "GET /_event/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: localhost:{behind_nginx.port}\r\nOrigin: {behind_nginx.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        line.sendall(asked.encode())
        assert line.recv(200).startswith(b"HTTP/1.1 101 ")


def test_the_id_that_nginx_gives_a_request_is_the_one_in_our_answer(behind_nginx: Proxied) -> None:
    with reader(behind_nginx) as client:
        first, second = (client.get("/health").headers["x-request-id"] for _ in range(2))
    assert len(first) == 32 and first != second


def test_metrics_arent_for_readers(behind_nginx: Proxied) -> None:
    with reader(behind_nginx) as client:
        assert client.get("/metrics").status_code == 403
