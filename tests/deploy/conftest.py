"""The app behind a real nginx, with the sample's own configuration."""

import datetime as dt
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from little_bell.config import ROOT
from tests.fixtures.app import RunningApp, free_port, serving

DEPLOY = ROOT / "deploy"
START_SECONDS = 15.0


def program(name: str) -> str:
    """Where a system's program is; skips the test where it isn't installed (tests/prepare does that where it may)."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if found is None:
        pytest.skip(f"{name} isn't installed")
    return found


@dataclass(frozen=True)
class Proxied:
    """The app, and the address of the proxy in front of it."""

    app: RunningApp
    url: str
    port: int


@pytest.fixture(scope="module")
def behind_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """The complete app behind nginx, whose peer it trusts."""
    nginx = program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    plain, secure = free_port(), free_port()
    settings = {"LITTLE_BELL_TRUSTED_PROXIES": "127.0.0.1", "LITTLE_BELL_BASE_URL": f"https://localhost:{secure}"}
    with serving(folder / "data", settings) as app:
        sample = (DEPLOY / "nginx.conf").read_text()
        for old, new in (
            ("127.0.0.1:3000", f"127.0.0.1:{app.url.rpartition(':')[2]}"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("listen 443 ssl;", f"listen {secure} ssl;"),
            ("bell.example.com", "localhost"),
        ):
            assert old in sample
            sample = sample.replace(old, new)
        sample = re.sub(r"/etc/letsencrypt/live/localhost/", f"{_certificate(folder)}/", sample)
        (folder / "site.conf").write_text(sample)
        (folder / "nginx.conf").write_text(_around(folder))
        process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
        try:
            _wait_for(secure, process)
            yield Proxied(app, f"https://localhost:{secure}", secure)
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(START_SECONDS)


def _around(folder: Path) -> str:
    """What the system's own nginx.conf has around a site."""
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        f"pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )


def _certificate(folder: Path) -> Path:
    """A folder with a certificate for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*plain))
    return folder


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"nginx ended with {process.poll()}")
