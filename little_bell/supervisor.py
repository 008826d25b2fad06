"""Starts the server and the projector, restarts what dies, and ends both in order: nothing but the standard library and
the logs, so that the process that watches costs next to nothing.
"""

import logging
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from little_bell.lifeline import SUPERVISOR
from little_bell.logs import configure_logs

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "server": ["little_bell.web_server"],
    "ingest": ["little_bell.web_server", "ingest"],
    "projector": ["little_bell.projector"],
    "mailroom": ["little_bell.mailroom"],
}
#: Which children a role has, in the order in which they end: servers drain, then the projector folds what is left.
ROLES = {
    "all": ("server", "mailroom", "projector"),
    "web": ("server",),
    "ingest": ("ingest",),
    "mail": ("mailroom",),
    "projector": ("projector",),
}
#: Of these there may be several.
SERVERS = ("server", "ingest")
DRAIN_SECONDS = 30.0
SETTLED_SECONDS = 10.0  # a child that ran this long starts with a clean slate when it dies
FIRST_DELAY, LONGEST_DELAY = 0.1, 10.0

log = logging.getLogger("little_bell.supervisor")


@dataclass
class Child:
    """One process that should be running."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    delay: float = FIRST_DELAY

    def start(self) -> None:
        """Runs it in a session of its own: a terminal's ^C reaches the supervisor alone, which ends them in order."""
        environment = {**os.environ, SUPERVISOR: str(os.getpid())}
        command = [sys.executable, "-m", *MODULES[self.name]]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        self.started_at = time.monotonic()
        log.debug("started", extra={"child": self.name, "pid": self.process.pid})

    def look_after(self) -> None:
        """Starts it when it is due, and notes when it has died."""
        if self.process is None:
            if time.monotonic() >= self.start_at:
                self.start()
        elif (code := self.process.poll()) is not None:
            settled = time.monotonic() - self.started_at > SETTLED_SECONDS
            self.delay = FIRST_DELAY if settled else min(self.delay * 2, LONGEST_DELAY)
            log.error("died, is started again", extra={"child": self.name, "exit_code": code, "in_seconds": self.delay})
            self.process, self.start_at = None, time.monotonic() + self.delay

    def ask_to_end(self) -> None:
        """Lets it finish what it is at."""
        if self.process is not None:
            self.process.terminate()

    def end(self) -> None:
        """Asks it to finish, and makes it when it takes longer than a drain may."""
        if self.process is None:
            return
        self.ask_to_end()
        try:
            self.process.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            log.error("did not end in time, is killed", extra={"child": self.name, "seconds": DRAIN_SECONDS})
            self.process.kill()
            self.process.wait()


def children_of(role: str, workers: int, takes_mail: bool) -> list[Child]:
    """The processes that a role needs, in the order in which they end."""
    names = [name for name in ROLES[role] if takes_mail or name != "mailroom"]
    return [Child(name) for name in names for _ in range(workers if name in SERVERS or role == "projector" else 1)]


def run(role: str, workers: int, takes_mail: bool) -> None:
    """Keeps the role's children running until SIGTERM or SIGINT, then ends them in order."""
    children = children_of(role, workers, takes_mail)
    wakes, asked_to_stop = _listen_for_signals()
    while not asked_to_stop:
        for child in children:
            child.look_after()
        delays = [child.start_at - time.monotonic() for child in children if child.process is None]
        if select.select([wakes], [], [], max(0.0, min(delays, default=60.0)))[0]:
            os.read(wakes, 512)
    servers = [child for child in children if child.name in SERVERS]
    for child in servers:
        child.ask_to_end()  # they drain at the same time
    for child in children:
        child.end()


def _listen_for_signals() -> tuple[int, list[int]]:
    """A file descriptor that becomes readable at each signal, and a list that holds those that ask us to stop."""
    asked_to_stop: list[int] = []
    wakes, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: asked_to_stop.append(number))
    return wakes, asked_to_stop


if __name__ == "__main__":
    configure_logs(os.environ["LITTLE_BELL_LOG_LEVEL"], "json" if os.environ["LITTLE_BELL_LOG_FORMAT"] == "json" else "console")
    run(sys.argv[1], int(sys.argv[2]), takes_mail="mail" in sys.argv[3:])
