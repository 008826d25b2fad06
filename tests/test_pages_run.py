"""One web build runs in a real browser whatever name the installation is reached by, under its strict policy."""

import pytest
from playwright.sync_api import Browser, ConsoleMessage, WebSocket

from tests.fixtures.app import RunningApp


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_connects_to_its_own_origin_and_breaks_no_rule_of_the_policy(browser: Browser, app_server: RunningApp, host: str) -> None:
    origin = app_server.url.replace("localhost", host)
    complaints: list[str] = []
    sockets: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def on_socket(socket: WebSocket) -> None:
        sockets.append(socket.url)

    context = browser.new_context()
    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("websocket", on_socket)
    with page.expect_websocket(lambda socket: socket.url.startswith(origin.replace("http", "ws", 1)), timeout=10_000) as opened:
        page.goto(origin)
    opened.value.wait_for_event("framereceived", timeout=10_000)
    page.wait_for_url("**/login**", timeout=10_000)
    page.get_by_label("Password").wait_for(timeout=10_000)
    context.close()
    assert complaints == []
    assert all(url.startswith(origin.replace("http", "ws", 1)) for url in sockets)
