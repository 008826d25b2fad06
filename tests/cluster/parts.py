"""The parts of a cluster as real processes that can be killed and started again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from little_bell.config import ROOT
from tests.fixtures.app import free_port
from tests.fixtures.postgres import postgres_programs, unprivileged

SECONDS = 60.0
Process = subprocess.Popen[bytes]


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = SECONDS) -> float:
    """Until it is so; how long that took. Fails in words."""
    begun = time.monotonic()
    while time.monotonic() < begun + seconds:
        if is_so():
            return time.monotonic() - begun
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def passes(seconds: float) -> None:
    """So much time."""
    over = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > over, f"{seconds:g} s pass", seconds + SECONDS)


def cpu_seconds(pid: int, with_ended: bool = False) -> float:
    """What a process used, and its children that have ended."""
    with suppress(FileNotFoundError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11 : 15 if with_ended else 13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _parent(stat: Path) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        return int(stat.read_text().rpartition(")")[2].split()[1])
    return 0


class Postgres:
    """A PostgreSQL that keeps its promises: synced, killed and started again."""

    def __init__(self) -> None:
        programs = postgres_programs()
        assert programs, "no PostgreSQL"
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="bell-pg-", dir="/tmp"))
        self._identity: Any = unprivileged(self.folder)
        initdb = [programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, **self._identity)
        self.process: Process | None = None
        self.url = f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        options = ("max_connections=80", "listen_addresses=", "shared_buffers=128MB")
        words = [word for option in options for word in ("-c", option)]
        command = [self._programs / "postgres", "-D", self.folder / "data", "-k", self.folder, *words]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self._identity)
        wait_until(self.answers, "PostgreSQL is up")

    def answers(self) -> bool:
        try:
            psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def cpu_seconds(self) -> float:
        """Of all its processes, those that have ended among them."""
        assert self.process is not None
        own = self.process.pid
        running = [path.parent.name for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == own]
        return cpu_seconds(own, with_ended=True) + sum(cpu_seconds(int(pid)) for pid in running)

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None
            (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
            time.sleep(0.2)  # its children see that it is gone

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Part:
    """A process of ours; killed as a power cut would."""

    def __init__(self, folder: Path, settings: dict[str, str], *command: str, inside: Sequence[str] = ()) -> None:
        """`inside`: words in front of the command, which put it somewhere else."""
        folder.mkdir(parents=True, exist_ok=True)
        self.name = folder.name
        self._command, self._folder, self._inside = command, folder, inside
        self.host = "127.0.0.1"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("LITTLE_BELL_")}
        self._environment |= settings | {"LITTLE_BELL_DATA_DIR": str(folder), "LITTLE_BELL_LOG_FORMAT": "json"}
        self.port = free_port()
        self.process: Process | None = None

    def start(self) -> None:
        environment = self._environment | {"LITTLE_BELL_PORT": str(self.port)}
        arguments = [*self._inside, sys.executable, "-m", *self._command]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)

    def wait_until_healthy(self) -> None:
        def is_healthy() -> bool:
            try:
                return httpx.get(f"{self.url}/health", timeout=2).status_code == 200
            except httpx.TransportError:
                return False

        wait_until(is_healthy, f"{self._command} answers")

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def gauge(self, name: str) -> float | None:
        """What its metrics say; None while it can't be asked or doesn't know."""
        try:
            told = httpx.get(f"{self.url}/metrics", headers={"Accept": "application/json"}, timeout=10).json()
        except (httpx.TransportError, ValueError):
            return None
        values = [one["value"] for one in told.get(name, {}).get("values", ()) if not one["name"].endswith("_created")]
        return float(sum(values)) if name in told else None

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                os.killpg(self.process.pid, number)
            self.process.wait(40)
            self.process = None

    def cpu_seconds(self) -> float:
        assert self.process is not None
        return cpu_seconds(self.process.pid)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()
