"""What `make` says where Python isn't as Little Bell needs it: one line of what is wrong and how to mend it."""

import shutil
import subprocess
import sys
from pathlib import Path

from little_bell.config import ROOT


def _make_run(folder: Path, python: str) -> list[str]:
    """What it says on standard error with this shell script as Python, its own closing remark left out."""
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.txt").touch()
    (folder / "pyproject.toml").touch()
    fake = folder / "fake-python"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    made = subprocess.run(["make", "run", f"PYTHONS={fake}"], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert made.returncode != 0
    assert not (folder / ".venv").exists()
    return [line for line in made.stderr.splitlines() if not line.startswith("make")]


def test_an_old_python_is_named_with_what_to_install(tmp_path: Path) -> None:
    (said,) = _make_run(tmp_path, "exit 1")
    assert "Python 3.11 or newer" in said


def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(tmp_path: Path) -> None:
    (said,) = _make_run(tmp_path, f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    assert "apt-get install python3-venv" in said
