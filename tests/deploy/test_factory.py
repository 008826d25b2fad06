"""Tracking and API under another ASGI server, from the factory that the deployment page names."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from little_bell.config import ROOT
from tests.fixtures.app import bare_environment, free_port

START_SECONDS = 30.0


def test_uvicorn_serves_tracking_and_api_from_the_factory(tmp_path: Path) -> None:
    port = free_port()
    environment = {**bare_environment(), "LITTLE_BELL_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "little_bell", "db", "upgrade"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    command = [sys.executable, "-m", "uvicorn", "little_bell.server:server", "--factory", "--port", str(port), "--no-access-log"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        answer = None
        while answer is None and time.monotonic() < deadline and server.poll() is None:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/track/pixel/no-such-message-here.gif", timeout=2)
            except httpx.TransportError:
                time.sleep(0.05)
        assert answer is not None and answer.headers["content-type"] == "image/gif", (tmp_path / "log").read_text()
        assert httpx.get(f"http://127.0.0.1:{port}/ready").json() == {"status": "ready", "reasons": []}
        assert httpx.get(f"http://127.0.0.1:{port}/api/campaigns").status_code == 401
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        assert server.wait(START_SECONDS) in (0, -signal.SIGTERM)
    (journal,) = (tmp_path / "data" / "journal").glob("*/*/*.db")
    assert journal.stat().st_size > 0, "what was answered is journaled"
