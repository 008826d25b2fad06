"""A real pgbouncer in transaction mode stands between: migrations, the projector, the API and the pages' queries don't notice."""

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy.engine import make_url

from little_bell.config import ROOT
from little_bell.db import make_engine, reading
from little_bell.domain.errors import NotFound
from tests.fixtures.app import bare_environment, free_port, serving
from tests.fixtures.in_memory import short_folder
from tests.fixtures.postgres import unprivileged
from tests.queries.test_plans import PAGES
from tests.test_roles import MAIL_CLIENT

PATIENCE_SECONDS = 20.0
#: Fewer than Little Bell opens: it gets another server connection with nearly each transaction.
SERVER_CONNECTIONS = 3


@pytest.fixture(scope="module")
def pooled_url(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database through pgbouncer."""
    pgbouncer = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if pgbouncer is None:
        pytest.skip("pgbouncer isn't installed")
    behind = make_url(postgres_url).query["host"]
    with psycopg.connect(f"host={behind} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE bell_pooled")
    folder, port = short_folder("bell-pgb-"), free_port()
    identity = unprivileged(folder)
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\nbell_pooled = host={behind} dbname=bell_pooled user=postgres\n"
        f"[pgbouncer]\npool_mode = transaction\ndefault_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 200\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
    )
    (folder / "pgbouncer.ini").chmod(0o644)  # whatever umask a command run before in this process has set
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([pgbouncer, folder / "pgbouncer.ini"], stdout=log, stderr=log, **identity)
    url = f"postgresql://postgres@127.0.0.1:{port}/bell_pooled"
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(url).close()
                break
            assert time.monotonic() < deadline and process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def test_everything_works_through_pgbouncer_in_transaction_mode(pooled_url: str, tmp_path: Path) -> None:
    settings = {"LITTLE_BELL_DATABASE_URL": pooled_url, "LITTLE_BELL_RETENTION_DAYS": "30"}
    with serving(tmp_path / "data", settings) as app, app.client() as api:  # migrations ran through it
        campaign = api.post("/api/campaigns", json={"name": "Pooled"}).raise_for_status().json()["id"]
        new = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(200)]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
        links = {"urls": ["https://example.com/a"]}
        click_url = api.post(f"/api/messages/{made[0]['id']}/links", json=links).raise_for_status().json()["links"][0]["click_url"]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda message: httpx.get(message["pixel_url"], headers=MAIL_CLIENT).raise_for_status(), made))
            marks = [pool.submit(api.post, f"/api/messages/{m['id']}/bounce", json={"bounce_reason": "550 no"}) for m in made[100:140]]
            lists = [pool.submit(api.get, f"/api/campaigns/{campaign}/messages") for _ in range(20)]
            assert {answer.result().status_code for answer in (*marks, *lists)} == {200}
        assert httpx.get(click_url, headers=MAIL_CLIENT).status_code == 302
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            told = api.get(f"/api/campaigns/{campaign}").json()["metrics"]
            if (told["opens"], told["bounced"], told["clicks"]) == (200, 40, 1):
                break
            time.sleep(0.05)
        assert (told["opens"], told["bounced"], told["clicks"]) == (200, 40, 1)
        assert len(api.get(f"/api/campaigns/{campaign}/export?what=events").text.splitlines()) == 242
        assert api.get("/metrics").status_code == 200
        entered = httpx.post(f"{app.url}/auth/login", data={"email": app.email, "password": app.password}, headers={"Origin": app.url})
        assert entered.status_code == 303 and entered.cookies
    assert not [line for line in app.log.read_text().splitlines() if "error" in line.lower() or "traceback" in line.lower()]
    environment = bare_environment() | settings | {"LITTLE_BELL_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    verify = ["little-bell", "db", "verify"]
    done = subprocess.run([ROOT / ".venv/bin" / verify[0], *verify[1:]], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    engine = make_engine(pooled_url.replace("postgresql://", "postgresql+psycopg://"))
    for page in PAGES.values():
        with reading(engine) as connection, contextlib.suppress(NotFound):
            page(connection)
    engine.dispose()


#: What outlives a transaction on a server connection, and there belongs to somebody else.
OF_A_SESSION = re.compile(
    r"\bpg_(try_)?advisory_lock\b|\bLISTEN [a-z_]+\b|\bSET SESSION\b|\bSET (search_path|\w+_timeout|work_mem|timezone)\b"
    r"|\bPREPARE [a-z_]+ AS|\bCREATE TEMP|\bWITH HOLD\b"
)


def test_no_statement_of_ours_leaves_anything_behind_in_its_session() -> None:
    found = [
        (path.relative_to(ROOT), match[0])
        for folder in ("little_bell", "alembic")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for match in OF_A_SESSION.finditer(path.read_text())
    ]
    assert found == []
