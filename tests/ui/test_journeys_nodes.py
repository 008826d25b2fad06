"""Two web nodes behind one address: the one that a page is connected to is killed, and whoever looks at it goes on at the other."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.fixtures.app import LITTLE_BELL, RunningApp, bare_environment, free_port, serving
from tests.fixtures.redis import RedisServer
from tests.test_roles import MAIL_CLIENT
from tests.test_setup import _children
from tests.ui.test_journeys import sign_in

START_SECONDS = 15.0


@pytest.fixture
def nodes(redis_server: RedisServer, tmp_path: Path) -> Iterator[tuple[RunningApp, RunningApp, str]]:
    """Two web nodes with a projector, and the address of an nginx that takes the second one when the first is away."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if nginx is None:
        pytest.skip("nginx isn't installed")
    port, data = free_port(), tmp_path / "data"
    settings = {"LITTLE_BELL_REDIS_URL": redis_server.url, "LITTLE_BELL_BASE_URL": f"http://localhost:{port}"}
    with ExitStack() as stack:
        first = stack.enter_context(serving(data, settings, ["--role", "web"]))
        second = stack.enter_context(serving(data, settings, ["--role", "web"]))
        environment = bare_environment() | settings | {"LITTLE_BELL_DATA_DIR": str(data)}
        projector = subprocess.Popen([LITTLE_BELL, "serve", "--role", "projector"], cwd=data, env=environment)
        stack.callback(_end, projector)
        ports = [app.url.rpartition(":")[2] for app in (first, second)]
        (tmp_path / "nginx.conf").write_text(
            f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1; events {{ worker_connections 256; }}\n"
            f"http {{ access_log off; proxy_temp_path {tmp_path}/p; client_body_temp_path {tmp_path}/b; fastcgi_temp_path {tmp_path}/f;"
            f" uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
            f"upstream web {{ server 127.0.0.1:{ports[0]} max_fails=1 fail_timeout=60s; server 127.0.0.1:{ports[1]} backup; }}\n"
            f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://web; proxy_http_version 1.1;"
            " proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade;"
            " proxy_set_header Connection upgrade; proxy_next_upstream error timeout; } } }\n"
        )
        proxy = subprocess.Popen([nginx, "-p", tmp_path, "-c", tmp_path / "nginx.conf", "-g", "daemon off;"])
        stack.callback(_end, proxy)
        url = f"http://localhost:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            assert time.monotonic() < deadline and proxy.poll() is None, (tmp_path / "error.log").read_text()
            time.sleep(0.05)
        yield first, second, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(40)


def kill(app: RunningApp) -> None:
    """As when its machine loses power: the supervisor first, so that it starts nothing again."""
    pids = [app.process.pid, *_children(app.process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    app.process.wait()


def read_by(node: RunningApp, message: dict[str, Any], reader: str) -> None:
    agent = {"User-Agent": f"{MAIL_CLIENT['User-Agent']} {reader}"}
    assert httpx.get(f"{node.url}/track/pixel/{message['tracking_token']}", headers=agent).status_code == 200


def test_whoever_looks_at_a_page_goes_on_when_its_node_is_killed(nodes: tuple[RunningApp, RunningApp, str], browser: Browser) -> None:
    first, second, url = nodes
    with second.client() as api:
        campaign = api.post("/api/campaigns", json={"name": "Two nodes"}).raise_for_status().json()
        new = [{"campaign_id": campaign["id"], "recipient_email": f"r{n}@example.com"} for n in range(3)]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
    context = browser.new_context(base_url=url)
    page = context.new_page()
    sign_in(page, first)
    page.goto(f"/campaigns/{campaign['id']}")
    expect(page.get_by_role("heading", name="Two nodes")).to_be_visible()

    read_by(second, made[0], "one")  # an event comes in at the other node than the page's
    expect(page.locator("body")).to_contain_text(re.compile(r"33\.3"), timeout=20_000)
    exporting = context.new_page()
    exporting.goto(f"/campaigns/{campaign['id']}?tab=messages")
    exporting.get_by_role("button", name="Export …").click()
    dialog = exporting.get_by_role("dialog")
    with exporting.expect_download() as download:
        dialog.get_by_role("button", name="Make the file").click()
    assert Path(download.value.path()).read_text().count("@example.com") == 3
    kill(first)
    shutil.rmtree(first.data_dir / "exports")  # they were on its disk
    read_by(second, made[1], "two")
    expect(page.locator("body")).to_contain_text(re.compile(r"66\.7"), timeout=30_000)  # nobody reloaded, nobody signed in again
    again = context.request.get(download.value.url)  # the other node makes it once more
    assert again.ok and again.text().count("@example.com") == 3 and "attachment" in again.headers["content-disposition"]
    page.get_by_role("link", name="Campaigns").first.click()
    expect(page.get_by_role("link", name="Two nodes").first).to_be_visible(timeout=20_000)
    assert "/login" not in page.url
    context.close()
