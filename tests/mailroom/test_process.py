"""The mailroom as it is run: `serve --role mail` takes a bounce by SMTP and one from a mailbox, and ends when it is told to."""

import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imap_tools.mailbox import MailBoxUnencrypted

from little_bell.config import Settings
from little_bell.projector.projector import Projector
from tests.fixtures.app import LITTLE_BELL, bare_environment, free_port
from tests.fixtures.mail_servers import dovecot
from tests.projector.conftest import Post
from tests.projector.test_reports import bounce_to

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
KEY = "a secret key for tests " * 2
PASSWORD = "secret-of-the-mailbox"


@pytest.fixture
def imap_port() -> Iterator[int]:
    with dovecot(PASSWORD) as (port, _folder):
        yield port


def test_it_takes_what_comes_and_ends_in_order(post: Post, database: str, tmp_path: Path, imap_port: int) -> None:
    post.register("token-one", "token-two")
    with MailBoxUnencrypted("127.0.0.1", imap_port, timeout=20).login("bounces", PASSWORD) as box:
        box.append(bounce_to("token-two@example.com", returned="X-Little-Bell-Token: token-two"), "INBOX")
    smtp_port, data_dir = free_port(), tmp_path / "data"
    own = {
        "LITTLE_BELL_DATABASE_URL": database,
        "LITTLE_BELL_DATA_DIR": str(data_dir),
        "LITTLE_BELL_SECRET_KEY": KEY,
        "LITTLE_BELL_TENANT": "alice",
        "LITTLE_BELL_SMTP_PORT": str(smtp_port),
        "LITTLE_BELL_MAILBOX": f"imap://bounces@127.0.0.1:{imap_port}",
        "LITTLE_BELL_MAILBOX_PASSWORD": PASSWORD,
        "LITTLE_BELL_MAILBOX_SECONDS": "1",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [LITTLE_BELL, "serve", "--role", "mail"], cwd=tmp_path, env=bare_environment() | own, stdout=log, stderr=subprocess.STDOUT
        )
    settings = Settings(database=database, data_dir=data_dir, secret_key=KEY)
    try:
        _send(smtp_port, bounce_to("somebody@elsewhere.example"), process)
        deadline = time.monotonic() + 60
        while _statuses(post) != ["bounced", "bounced"] and time.monotonic() < deadline:
            time.sleep(0.1)
            Projector(post.engine, settings).run_once()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    said = (tmp_path / "log").read_text()
    assert _statuses(post) == ["bounced", "bounced"], said
    assert PASSWORD not in said


def _send(port: int, raw: bytes, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=10) as client:
                client.sendmail("", ["bounces+token-one@localhost"], raw)
            return
        except ConnectionError:
            assert time.monotonic() < deadline and process.poll() is None, "nobody listens"
            time.sleep(0.1)


def _statuses(post: Post) -> list[str]:
    return [post.message(token).status for token in ("token-one", "token-two")]
