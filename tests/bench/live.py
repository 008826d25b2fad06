"""Many open tabs on a campaign while its mail is opened as fast as the server answers: what they leave of ingest's speed."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from little_bell.actions.sessions import sign_in
from little_bell.config import ROOT
from little_bell.db import writing
from little_bell.models.tables import users
from tests.bench import processes
from tests.bench.bench import Bench, in_turns
from tests.bench.figures import Figure
from tests.bench.houses import EMAIL, House

TABS = 200


@contextmanager
def open_tabs(house: House, count: int) -> Iterator[list[int]]:
    """So many sockets on the campaign's page; gives, once they are closed: redraws, their bytes, tabs that got none."""
    with house.engine() as engine, writing(engine) as connection:
        user_id = connection.execute(select(users.c.id).where(users.c.email == EMAIL)).scalar_one()
        secret = sign_in(connection, user_id)
    command = [sys.executable, "-m", "tests.bench.tabs", str(house.port), secret, str(count), "1"]
    told: list[int] = []
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    try:
        if running.stdout.readline() != "ready\n":
            raise RuntimeError("the tabs didn't open")
        yield told
    finally:
        running.send_signal(signal.SIGTERM)
        told += map(int, running.stdout.readline().split())
        running.wait(30)


def live(bench: Bench) -> list[Figure]:
    """Opens a second through the complete app, with and without 200 tabs on the campaign that they belong to."""
    watched, alone = bench.house("watched"), bench.house("unwatched")
    with processes.complete(watched), processes.complete(alone):
        bench.say(f"opening {TABS} tabs")
        with open_tabs(watched, TABS) as told:
            started = time.monotonic()
            bench.say("opens with the tabs and without them, in turns")
            ours, bare = in_turns(
                bench.rounds,
                lambda: bench.load_and_drain(watched, bench.pixels, 256).rate,
                lambda: bench.load_and_drain(alone, bench.pixels, 256).rate,
            )
            seconds = time.monotonic() - started
    redraws, weight, dead = told
    seen = f"{redraws / TABS:.0f} redraws a tab in {seconds:.0f} s, {weight / max(1, redraws) / 1000:.1f} kB each"
    note = f"{ours:,.0f} ÷ {bare:,.0f} opens/s; {seen}"
    return [
        Figure(f"opens/s with {TABS} open tabs ÷ without", ours / bare, floor=0.70, note=note),
        Figure("tabs that saw nothing move", dead, ceiling=0),
    ]
