"""The compose file's own commands, with its own settings and configurations, as processes on this machine: only addresses are others."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml

from little_bell.config import ROOT
from little_bell.web_build import build_if_changed
from tests.cluster.parts import Postgres, wait_until
from tests.deploy.conftest import program
from tests.fixtures.app import LITTLE_BELL, bare_environment, free_port
from tests.fixtures.nats import SERVER
from tests.fixtures.redis import RedisServer, redis_program

pytestmark = pytest.mark.cluster

FOLDER = ROOT / "deploy/cluster"
SERVICES: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
SECRETS = {"LITTLE_BELL_SECRET_KEY": "a secret for all nodes of this cluster", "POSTGRES_PASSWORD": "pg"}
EMAIL, PASSWORD, KEY = "admin@example.com", "a password for this cluster", "lb_" + "d" * 43


class Composed:
    """What `docker compose up` would start, as far as it goes without containers."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self.ports = {name: free_port() for name in SERVICES}
        self._routes = {name: free_port() for name in SERVICES if name.startswith("nats")}
        self.postgres = Postgres()
        stack.callback(self.postgres.close)

    def data(self) -> None:
        """NATS by its file, PostgreSQL (its replica is made by test_cluster_files.py), Redis."""
        text = (FOLDER / "nats.conf").read_text()
        for name in self._routes:
            own = text.replace("0.0.0.0:4222", f"127.0.0.1:{self.ports[name]}").replace("0.0.0.0:6222", f"127.0.0.1:{self._routes[name]}")
            own = own.replace("http: 127.0.0.1:8222\n", "").replace("/data", str(self._folder / name))
            for other, route in self._routes.items():
                own = own.replace(f"nats://{other}:6222", f"nats://127.0.0.1:{route}")
            (self._folder / f"{name}.conf").write_text(own)
            [option, _] = SERVICES[name]["command"]
            self.run([str(SERVER), option, str(self._folder / f"{name}.conf")], {"NATS_NAME": SERVICES[name]["environment"]["NATS_NAME"]})
        self.postgres.start()
        redis = RedisServer(redis_program() or pytest.skip("redis-server isn't installed"), self._folder)
        redis.start()
        self._stack.callback(redis.kill)
        self._redis = redis.url

    def node(self, name: str) -> subprocess.Popen[bytes]:
        """One of ours, by the command and the settings of its service."""
        service = SERVICES[name]
        settings = {key: self._here(value) for key, value in service["environment"].items()}
        settings |= {"LITTLE_BELL_DATA_DIR": str(self._folder / name), "LITTLE_BELL_PORT": str(self.ports[name])}
        settings |= {"LITTLE_BELL_ADMIN_EMAIL": EMAIL, "LITTLE_BELL_ADMIN_PASSWORD": PASSWORD, "LITTLE_BELL_API_KEY": KEY}
        return self.run([str(LITTLE_BELL), *service["command"][1:]], bare_environment() | settings)

    def run(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / "log").open("ab"))
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=self._folder)
        self._stack.callback(_end, process)
        return process

    def nginx(self) -> str:
        """In front of the nodes, by its file; its address."""
        text = (FOLDER / "nginx.conf").read_text().replace("listen 80;", f"listen 127.0.0.1:{self.ports['nginx']};")
        for name in ("ingest-1", "ingest-2", "web-1", "web-2"):
            text = text.replace(f"{name}:3000", f"127.0.0.1:{self.ports[name]}")
        (self._folder / "site.conf").write_text(text)
        temporary = "".join(f"{kind}_temp_path {self._folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        around = f"pid {self._folder}/pid; error_log {self._folder}/error.log; worker_processes 1; events {{ worker_connections 256; }}\n"
        (self._folder / "nginx.conf").write_text(f"{around}http {{ access_log off; {temporary} include {self._folder}/site.conf; }}")
        self.run([program("nginx"), "-p", str(self._folder), "-c", str(self._folder / "nginx.conf"), "-g", "daemon off;"], {})
        return f"http://127.0.0.1:{self.ports['nginx']}"

    def _here(self, value: str) -> str:
        """A setting with this machine's addresses in the place of the services' names."""
        for name, secret in SECRETS.items():
            value = re.sub(rf"\$\{{{name}(:\?[^}}]*)?\}}", secret, value)
        value = re.sub(r"\$\{LITTLE_BELL_BASE_URL:-[^}]*\}", f"http://127.0.0.1:{self.ports['nginx']}", value)
        value = re.sub(r"postgresql://.*", self.postgres.url, value)
        value = value.replace("redis://redis", self._redis).replace("172.28.5.0/24", "127.0.0.1")
        return re.sub(r"(nats-\d):4222", lambda found: f"127.0.0.1:{self.ports[found[1]]}", value)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()[-5_000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(60)


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[Composed]:
    with ExitStack() as stack:
        yield Composed(tmp_path, stack)


def healthy(name: str, port: int) -> bool:
    """By the very check of the service."""
    program_text = SERVICES[name]["healthcheck"]["test"][3].replace("127.0.0.1:3000", f"127.0.0.1:{port}")
    return subprocess.run([sys.executable, "-c", program_text], capture_output=True, check=False).returncode == 0


def test_what_the_compose_file_says_is_a_cluster_that_counts(composed: Composed) -> None:
    build_if_changed()
    composed.data()
    names = [name for name, service in SERVICES.items() if service["image"] == "little-bell"]
    nodes = {name: composed.node(name) for name in names}
    url = composed.nginx()
    for name in names:
        if name.startswith(("web", "ingest")):
            wait_until(lambda name=name: healthy(name, composed.ports[name]), f"{name} is healthy", 90)  # type: ignore[misc]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, timeout=20) as api:
        campaign = api.post("/api/campaigns", json={"name": "Composed"}).raise_for_status().json()["id"]
        new = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com"} for n in range(8)]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
        for message in made:
            assert message["pixel_url"].startswith(url)
            answer = httpx.get(message["pixel_url"], headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Thunderbird/128.4"})
            assert answer.headers["content-type"] == "image/gif"

        def opens() -> int:
            return int(api.get(f"/api/campaigns/{campaign}").json()["metrics"]["opens"])

        wait_until(lambda: opens() == 8, "all opens are counted")
        assert api.get("/metrics").status_code == 403 and api.get("/login").status_code == 200
        assert all(httpx.get(f"http://127.0.0.1:{composed.ports[name]}/ready").status_code == 200 for name in ("web-1", "web-2"))
    told = [httpx.get(f"http://127.0.0.1:{composed.ports[name]}/metrics").text for name in ("ingest-1", "ingest-2")]
    assert all("little_bell_journal_shared 1.0" in text for text in told), "both nodes write to NATS"
    with psycopg.connect(f"host={composed.postgres.folder} user=postgres dbname=postgres") as connection:
        owners = connection.execute("SELECT count(DISTINCT owner) FROM journal_partitions WHERE owner <> ''").fetchone()
    assert owners == (2,) and all(node.poll() is None for node in nodes.values()), composed.log
