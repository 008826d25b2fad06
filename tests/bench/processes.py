"""Servers as processes: started, waited for, weighed, stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from little_bell.config import ROOT
from tests.bench.houses import House

START_SECONDS = 30.0
STOP_SECONDS = 60.0


@contextmanager
def process(module: str, *words: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `python -m module …` until the block ends, then asks it to finish."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("LITTLE_BELL_")}
    folder = Path(environment["LITTLE_BELL_DATA_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{module}.log").open("ab") as log:
        command = [sys.executable, "-m", module, *words]
        running = subprocess.Popen(command, cwd=ROOT, env={**own, **environment}, stdout=log, stderr=log)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def ingest(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """Tracking and API without the web app, and the projector beside it; gives the server."""
    with process("little_bell.projector", environment=house.environment), alone(house) as server:
        yield server


@contextmanager
def alone(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """The server without a projector."""
    with process("little_bell.web_server", "ingest", environment=house.environment) as server:
        wait_for_pixel(house.port, server)
        yield server


@contextmanager
def complete(house: House) -> Iterator[subprocess.Popen[bytes]]:
    """All that `make run` starts; gives the supervisor."""
    with process("little_bell", "serve", environment=house.environment) as supervisor:
        wait_for_pixel(house.port, supervisor)
        yield supervisor


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_pixel(port: int, server: subprocess.Popen[bytes]) -> None:
    """Returns at the first answered pixel. Raises TimeoutError."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /track/pixel/no-such-message-here.gif HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if connection.recv(100).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.005)
    raise TimeoutError(f"the server on port {port} didn't answer in {START_SECONDS:.0f} s")


def megabytes(pid: int, *, children: bool = False) -> float:
    """Resident memory of a process, or of it and all below it, as ps tells it."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in told.splitlines()]
    family = {pid}
    if children:
        while more := {row[0] for row in rows if row[1] in family} - family:
            family |= more
    return sum(row[2] for row in rows if row[0] in family) / 1024
