"""The parts of an installation as processes of their own on one data folder: servers that share a port, and one projector."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from little_bell.supervisor import children_of
from tests.fixtures.app import LITTLE_BELL, RunningApp, bare_environment, free_port, serving
from tests.test_setup import _children, _command, _eventually, _serve

MAIL_CLIENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0"}


@contextmanager
def projecting(app: RunningApp) -> Iterator[None]:
    """A projector alone, on the app's data folder, until the block ends."""
    settings = {"LITTLE_BELL_DATA_DIR": str(app.data_dir)}
    process = subprocess.Popen([LITTLE_BELL, "serve", "--role", "projector"], cwd=app.data_dir, env=bare_environment() | settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait(40)


def open_mails(app: RunningApp, count: int) -> Callable[[], int]:
    """Registers so many messages and opens each over a connection of its own; gives how many opens are counted."""
    with app.client() as client:
        campaign = client.post("/api/campaigns", json={"name": "Newsletter"}).json()["id"]
        new = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(count)]
        made = client.post("/api/messages/batch", json={"messages": new}).json()["messages"]
    for message in made:
        assert httpx.get(message["pixel_url"], headers=MAIL_CLIENT).headers["content-type"] == "image/gif"

    def counted() -> int:
        with app.client() as asking:
            return int(asking.get(f"/api/campaigns/{campaign}").json()["metrics"]["opens"])

    return counted


def test_workers_share_a_port_and_their_journals_are_counted_by_one_projector(tmp_path: Path) -> None:
    with serving(tmp_path, words=["--role", "ingest", "--workers", "2"]) as app:
        _eventually(lambda: len([pid for pid in _children(app.process.pid) if "web_server" in _command(pid)]) == 2)
        assert not [pid for pid in _children(app.process.pid) if "projector" in _command(pid)]
        # The kernel gives each connection to either worker: that all of 60 come to one has a chance of 2⁻⁵⁹.
        opens = open_mails(app, 60)
        assert opens() == 0
        told = 'little_bell_answers_total{type="opened"} 60.0'
        _eventually(lambda: told in httpx.get(f"{app.url}/metrics").text)  # whichever worker is asked
        assert httpx.get(f"{app.url}/login").status_code == 404  # no web app here
        with projecting(app):
            _eventually(lambda: opens() == 60)
        journals = [folder for folder in next((tmp_path / "journal").iterdir()).iterdir() if any(folder.glob("*.db"))]
        assert len(journals) == 2
    assert app.process.wait(40) == 0


def test_the_web_role_serves_pages_and_leaves_counting_to_others(tmp_path: Path) -> None:
    with serving(tmp_path, words=["--role", "web"]) as app:
        assert [_command(pid).split("-m ")[1].strip() for pid in _children(app.process.pid)] == ["little_bell.web_server"]
        assert httpx.get(f"{app.url}/login").headers["content-type"].startswith("text/html")
        opens = open_mails(app, 2)
        assert opens() == 0
        with projecting(app):
            _eventually(lambda: opens() == 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--workers", "2"], "need LITTLE_BELL_REDIS_URL"),
        (["--role", "web", "--workers", "3"], "serve --role ingest --workers 3"),
        (["--role", "projector", "--workers", "2"], "One projector folds"),
    ],
)
def test_workers_that_cant_share_are_refused_in_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    settings = {"LITTLE_BELL_PORT": str(free_port()), "LITTLE_BELL_DATA_DIR": str(tmp_path / "data")}
    answer = _serve(settings, tmp_path, *words)
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1) and said in answer.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "need the same LITTLE_BELL_SECRET_KEY"),
        ({"LITTLE_BELL_SECRET_KEY": "long enough to be a key"}, "folded into PostgreSQL"),
        ({"LITTLE_BELL_JOURNAL_URL": "http://a"}, "LITTLE_BELL_JOURNAL_URL"),
    ],
)
def test_a_shared_journal_that_nodes_could_not_share_is_refused(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    shared = {"LITTLE_BELL_JOURNAL_URL": "nats://a,b,c", "LITTLE_BELL_DATA_DIR": str(tmp_path / "data")}
    answer = _serve(shared | settings, tmp_path, "--role", "projector")
    assert answer.returncode == 1 and said in answer.stderr
    assert not (tmp_path / "data").exists()


def test_a_role_has_its_processes_and_servers_end_first() -> None:
    names = {
        role: [child.name for child in children_of(role, 2, takes_mail=True)] for role in ("all", "web", "ingest", "projector", "mail")
    }
    assert names == {
        "all": ["server", "server", "mailroom", "projector"],
        "web": ["server", "server"],
        "ingest": ["ingest", "ingest"],
        "projector": ["projector", "projector"],
        "mail": ["mailroom"],
    }
    assert [child.name for child in children_of("all", 1, takes_mail=False)] == ["server", "projector"]


def test_the_data_folder_is_meant_from_where_serve_was_started(tmp_path: Path) -> None:
    with serving(tmp_path, {"LITTLE_BELL_DATA_DIR": "data", "DATABASE_URL": "sqlite:data/tracking.db"}) as app:
        opens = open_mails(app, 1)
        _eventually(lambda: opens() == 1)
    assert {"tracking.db", "journal", "secret.key"} <= {path.name for path in (tmp_path / "data").iterdir()}
