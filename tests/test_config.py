"""Settings by all their names, from the environment and from .env; the seeds' own values work as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from little_bell.config import Settings, load_settings, spellings
from tests.fixtures.app import LITTLE_BELL, bare_environment

OF_FLASK = """\
TRACKING_DB_PATH=tracking.db
TRACKING_HOST=0.0.0.0
TRACKING_PORT=5000
TRACKING_DEBUG=False
PUBLIC_TRACKING_URL=https://tracking.example.com
SENDGRID_WEBHOOK_SECRET=
"""
OF_RUST = """\
PORT=3000                                    # Server port
DATABASE_URL=sqlite:data/tracking.db        # Database location
BASE_URL=http://localhost:3000              # Base URL for tracking links
RUST_LOG=little_bell=info                   # Log level
"""


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a .env, and an environment without a setting."""
    for name in set(os.environ) - set(bare_environment()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_of_the_flask_service_is_understood(bare: Path) -> None:
    (bare / ".env").write_text(OF_FLASK)
    settings = load_settings()
    assert (settings.host, settings.port, settings.base_url) == ("0.0.0.0", 5000, "https://tracking.example.com")
    assert (settings.database_url, settings.log_level) == (f"sqlite:///{bare}/tracking.db", "info")


def test_the_settings_of_the_rust_server_are_understood(bare: Path) -> None:
    (bare / ".env").write_text(OF_RUST)
    settings = load_settings()
    assert (settings.port, settings.base_url, settings.log_level) == (3000, "http://localhost:3000", "info")
    assert settings.database_url == f"sqlite:///{bare}/data/tracking.db"


@pytest.mark.parametrize("text", [OF_FLASK, OF_RUST], ids=["flask", "rust"])
def test_commands_work_with_the_seeds_own_files(bare: Path, text: str) -> None:
    (bare / ".env").write_text(text)
    words = ["campaign", "create", "--name", "My Campaign"]
    done = subprocess.run([LITTLE_BELL, *words], cwd=bare, env=bare_environment(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "Campaign created with ID: 1\n"
    assert any((bare / name).exists() for name in ("tracking.db", "data/tracking.db"))


def test_the_environment_wins_over_the_file_and_our_name_over_theirs(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / ".env").write_text("LITTLE_BELL_PORT=1\nLITTLE_BELL_HOST=10.0.0.1\n")
    monkeypatch.setenv("LITTLE_BELL_PORT", "2")
    monkeypatch.setenv("PORT", "3")
    assert (load_settings().port, load_settings().host) == (2, "10.0.0.1")


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("info", "info"),
        ("WARNING", "warning"),
        ("little_bell=debug", "debug"),
        ("warn,little_bell=trace", "debug"),
        ("little_bell=off,info", "critical"),
        ("hyper=debug,warn", "warning"),
        ("hyper=debug", "info"),
    ],
)
def test_a_level_is_read_in_rusts_form_too(monkeypatch: pytest.MonkeyPatch, value: str, level: str) -> None:
    monkeypatch.setenv("RUST_LOG", value)
    assert load_settings().log_level == level


@pytest.mark.parametrize(("debug", "own", "level"), [("True", None, "debug"), ("False", None, "info"), ("1", "error", "error")])
def test_debug_is_a_level_where_none_is_set(monkeypatch: pytest.MonkeyPatch, debug: str, own: str | None, level: str) -> None:
    monkeypatch.setenv("TRACKING_DEBUG", debug)
    if own:
        monkeypatch.setenv("LITTLE_BELL_LOG_LEVEL", own)
    assert load_settings().log_level == level


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PORT", "0", "LITTLE_BELL_PORT"),
        ("TRACKING_PORT", "x", "LITTLE_BELL_PORT"),
        ("RUST_LOG", "loud", "LITTLE_BELL_LOG_LEVEL"),
        ("TRACKING_DEBUG", "perhaps", "LITTLE_BELL_DEBUG"),
        ("LITTLE_BELL_IP_POLICY", "all", "LITTLE_BELL_IP_POLICY"),
        ("LITTLE_BELL_TRUSTED_PROXIES", "a", "LITTLE_BELL_TRUSTED_PROXIES"),
    ],
)
def test_a_value_that_cant_be_right_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        load_settings()
    assert name in spellings(told) and [error["loc"] for error in refused.value.errors()] == [(told,)]


def test_a_bad_value_ends_a_command_in_one_line_with_its_names(bare: Path) -> None:
    settings = {"TRACKING_PORT": "many", "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-m", "little_bell", "campaign", "list"]
    done = subprocess.run(command, cwd=bare, env=bare_environment() | settings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: LITTLE_BELL_PORT (or PORT, TRACKING_PORT): ") and done.stderr.count("\n") == 1


def test_secrets_are_in_no_representation() -> None:
    settings = Settings(secret_key="s" * 20, admin_password="p" * 20, api_key="k" * 20, redis_url="redis://:pw@host")
    assert not [word for word in ("ssss", "pppp", "kkkk", ":pw@") if word in repr(settings)]
