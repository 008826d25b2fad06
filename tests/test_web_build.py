"""The web app is built when its sources changed and only then, and the build names no host."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from little_bell import web_build
from little_bell.ui.origin import OwnOrigin, in_terms_of_own_origin


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """build_if_changed on a small project of its own, where the export itself does nothing."""
    for name in web_build.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".web" / "build").mkdir(parents=True)
    (tmp_path / "assets").mkdir()
    monkeypatch.setattr(web_build, "ROOT", tmp_path)
    monkeypatch.setattr(web_build, "STAMP", tmp_path / ".web" / "build" / "sources.sha256")
    monkeypatch.setattr(subprocess, "run", _succeed)
    return web_build.build_if_changed


def _succeed(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, 0, "")


def test_a_second_build_is_not_needed(build: Callable[[], bool]) -> None:
    assert build() is True
    assert build() is False


@pytest.mark.parametrize(
    "changed", ["rxconfig.py", "requirements.txt", "assets/bell.svg", "little_bell/ui/pages/new.py", "reflex.lock/package.json"]
)
def test_it_is_built_again_when_a_source_changes(build: Callable[[], bool], tmp_path: Path, changed: str) -> None:
    build()
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_text("something else")
    assert build() is True


def test_a_failed_build_ends_with_its_output_and_is_tried_again(build: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "vite fell over"))
    with pytest.raises(SystemExit, match="vite fell over"):
        build()
    monkeypatch.setattr(subprocess, "run", _succeed)
    assert build() is True


def test_addresses_become_the_pages_own_origin() -> None:
    script = 'var e={PING:"http://localhost:8000/ping",EVENT:`ws://localhost:8000/_event`,TRANSPORT:`websocket`}'
    rewritten, addresses = in_terms_of_own_origin(script)
    assert addresses == 2
    assert rewritten == (
        'var e={PING:(location.origin.replace(/^http/,"http")+"/ping"),EVENT:(location.origin.replace(/^http/,"ws")+"/_event"),'
        "TRANSPORT:`websocket`}"
    )


def test_a_build_whose_addresses_are_elsewhere_is_an_error_and_not_a_surprise(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="keeps its addresses elsewhere"):
        OwnOrigin().post_build(static_dir=tmp_path)


def test_the_committed_lock_pins_packages_by_content_and_names_no_registry() -> None:
    packages = json.loads((Path(__file__).parents[1] / "reflex.lock" / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert len(installed) > 100
    assert not [name for name, package in installed.items() if "resolved" in package or "integrity" not in package]
