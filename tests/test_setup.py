"""`little-bell serve` as a user meets it: made ready once, one port, drained at the end, and safe to kill."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from little_bell.cli.app import options_first
from little_bell.ui import routes
from tests.fixtures.app import LITTLE_BELL, RunningApp, bare_environment, free_port, serving, wait_until_healthy

PRINTED_SECRETS = {"LITTLE_BELL_ADMIN_PASSWORD": "", "LITTLE_BELL_API_KEY": ""}


def test_the_first_start_prints_credentials_that_work_and_the_second_prints_none(tmp_path: Path) -> None:
    with serving(tmp_path, PRINTED_SECRETS) as app:
        said = app.log.read_text()
        key = re.search(r"API key +(lb_\S+)", said)
        password = re.search(r"Password +(\S+)", said)
        assert key and password
        assert f"Address     {app.url}" in said
        assert _campaigns(app, key[1]).status_code == 200
        signed_in = httpx.post(f"{app.url}/auth/login", data={"email": app.email, "password": password[1]}, headers={"Origin": app.url})
        assert signed_in.headers["location"] == "/"
    before = len(app.log.read_text())
    with serving(tmp_path, PRINTED_SECRETS) as again:
        assert again.log.read_text()[before:] == f"Little Bell is at {again.url}\n"
        assert _campaigns(again, key[1]).status_code == 200


def test_the_curl_lines_it_prints_work_as_they_stand(tmp_path: Path) -> None:
    with serving(tmp_path, PRINTED_SECRETS) as app:
        lines = [line.strip() for line in app.log.read_text().splitlines() if line.strip().startswith("curl ")]
        answers = [subprocess.run(["sh", "-c", f"{line} --silent"], capture_output=True, text=True, check=True).stdout for line in lines]
    assert '"name":"Newsletter"' in answers[0].replace(" ", "")
    assert "pixel_url" in answers[1]


def test_an_open_is_counted_on_postgres_from_the_first_start(tmp_path: Path, empty_postgres_database: str) -> None:
    with serving(tmp_path, {"LITTLE_BELL_DATABASE_URL": empty_postgres_database}) as app, app.client() as sender:
        campaign = sender.post("/api/campaigns", json={"name": "Newsletter"}).json()["id"]
        message = sender.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "reader@example.com"}).json()
        assert httpx.get(message["pixel_url"], headers={"User-Agent": "Thunderbird"}).status_code == 200
        _eventually(lambda: sender.get(f"/api/campaigns/{campaign}").json()["metrics"]["opens"] == 1)


def test_the_secret_key_and_the_data_are_their_owners_alone(app_server: RunningApp) -> None:
    assert stat.S_IMODE((app_server.data_dir / "secret.key").stat().st_mode) == 0o600


def test_one_port_serves_pages_api_and_tracking(app_server: RunningApp) -> None:
    assert httpx.get(f"{app_server.url}/").headers["content-type"].startswith("text/html")
    assert httpx.get(f"{app_server.url}/health").json()["status"] == "healthy"
    assert httpx.get(f"{app_server.url}/track/pixel/nobody-knows-it").headers["content-type"] == "image/gif"
    assert httpx.get(f"{app_server.url}/no/such/page").status_code == 404


PAGES = [
    path for path in vars(routes).values() if isinstance(path, str) and path.startswith("/") and not path.startswith(("/api", "/auth"))
]


@pytest.mark.parametrize("path", [*PAGES, "/no/such/page"])
def test_every_page_has_a_strict_policy_and_its_inline_scripts_are_in_it(app_server: RunningApp, path: str) -> None:
    headers = httpx.get(app_server.url + re.sub(r"\[\w+\]", "1", path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe-eval" not in policy and "default-src 'self'" in policy
    assert all(f"{kind} 'none'" in policy for kind in ("object-src", "frame-src", "base-uri", "frame-ancestors"))
    script_src = re.search(r"script-src ([^;]*)", headers["content-security-policy"])
    assert script_src and "unsafe" not in script_src[1] and script_src[1].count("'sha256-") >= 3
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"


def test_hashed_assets_are_kept_for_ever_and_missing_ones_are_not(app_server: RunningApp) -> None:
    asset = re.search(r'"(/assets/[^"]+\.js)"', httpx.get(f"{app_server.url}/").text)
    assert asset
    assert "immutable" in httpx.get(app_server.url + asset[1]).headers["cache-control"]
    assert httpx.get(f"{app_server.url}/assets/gone.js").headers["cache-control"] == "no-cache"


def test_the_head_of_a_request_is_bounded(app_server: RunningApp) -> None:
    assert httpx.get(f"{app_server.url}/health", headers={"X-Long": "x" * 16_000}).status_code == 200
    assert httpx.get(f"{app_server.url}/health", headers={"X-Long": "x" * 200_000}).status_code == 431


@pytest.mark.parametrize(("origin", "is_let_in"), [("{url}", True), ("http://evil.example", False), ("null", False)])
def test_only_its_own_origin_may_open_a_socket(app_server: RunningApp, origin: str, is_let_in: bool) -> None:
    # A handshake without the upgrade: the origin is judged before the transport is.
    answer = httpx.get(f"{app_server.url}/_event/?EIO=4&transport=websocket", headers={"Origin": origin.format(url=app_server.url)})
    assert ("not an accepted origin" in answer.text) is not is_let_in
    assert "access-control-allow-origin" not in answer.headers


def test_it_drains_on_sigterm_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as app:
        children = _children(app.process.pid)
        assert len(children) == 2
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(30) == 0
        assert not [pid for pid in children if _is_running(pid)]


@pytest.mark.parametrize("module", ["little_bell.web_server", "little_bell.projector"])
def test_a_child_that_dies_is_started_again_and_it_is_logged(tmp_path: Path, module: str) -> None:
    with serving(tmp_path) as app:
        (victim,) = [pid for pid in _children(app.process.pid) if module in _command(pid)]
        os.kill(victim, signal.SIGKILL)
        _eventually(lambda: any(module in _command(pid) for pid in _children(app.process.pid) if pid != victim))
        wait_until_healthy(app)
        assert "is started again" in app.log.read_text()


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path) as app:
        children = _children(app.process.pid)
        app.process.kill()
        _eventually(lambda: not any(_is_running(pid) for pid in children))


def test_a_taken_port_is_said_in_one_line(app_server: RunningApp, tmp_path: Path) -> None:
    port = app_server.url.rpartition(":")[2]
    said = _serve({"LITTLE_BELL_PORT": port, "LITTLE_BELL_DATA_DIR": str(tmp_path)}, tmp_path)
    assert said.returncode == 1
    assert said.stderr.startswith(f"Error: Can't listen on 127.0.0.1:{port}") and said.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_database_is_refused_with_the_line_that_imports_it(tmp_path: Path) -> None:
    foreign = tmp_path / "tracking.db"
    subprocess.run(
        [sys.executable, "-c", f"import sqlite3; sqlite3.connect({str(foreign)!r}).execute('create table messages (id)')"], check=True
    )
    before = foreign.read_bytes()
    said = _serve({"LITTLE_BELL_PORT": str(free_port()), "TRACKING_DB_PATH": "tracking.db"}, tmp_path)
    assert said.returncode == 1
    assert f"little-bell db import-seed {foreign}" in said.stderr
    assert foreign.read_bytes() == before


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (["campaign", "list", "--json"], ["--json", "campaign", "list"]),
        (["campaign", "show", "3", "--db", "t.db"], ["--db", "t.db", "campaign", "show", "3"]),
        (["--tenant=acme", "key", "create", "--name", "x"], ["--tenant=acme", "key", "create", "--name", "x"]),
        (["bounce", "parse", "--", "--json"], ["bounce", "parse", "--", "--json"]),
    ],
)
def test_some_options_may_stand_anywhere(said: list[str], understood: list[str]) -> None:
    assert options_first(said) == understood


def _serve(settings: dict[str, str], cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LITTLE_BELL, "serve", *words], cwd=cwd, env=bare_environment() | settings, capture_output=True, text=True, timeout=30, check=False
    )


def _campaigns(app: RunningApp, key: str) -> httpx.Response:
    return httpx.get(f"{app.url}/api/campaigns", headers={"Authorization": f"Bearer {key}"})


def _processes() -> list[tuple[int, int, str]]:
    """Process id, parent and command of all that run, zombies left out."""
    if Path("/proc/self/stat").exists():  # small Linux images have no ps
        return [found for folder in Path("/proc").glob("[0-9]*") if (found := _process(folder))]
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,command="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in listing.splitlines()]
    return [(int(row[0]), int(row[1]), row[3]) for row in rows if len(row) == 4 and "Z" not in row[2]]


def _process(folder: Path) -> tuple[int, int, str] | None:
    try:
        state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has just ended
        return None
    return None if state == "Z" else (int(folder.name), int(parent), command)


def _children(of: int) -> list[int]:
    return [pid for pid, parent, _ in _processes() if parent == of]


def _command(of: int) -> str:
    return next((command for pid, _, command in _processes() if pid == of), "")


def _is_running(pid: int) -> bool:
    return any(found == pid for found, _, _ in _processes())


def _eventually(happens: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it didn't happen in time"
        time.sleep(0.05)
