"""The installation's secret: from LITTLE_BELL_SECRET_KEY, else kept in the data folder, made there the first time."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from little_bell.config import Settings
from little_bell.domain.tokens import KeyRing

FILE = "secret.key"


def key_ring(settings: Settings) -> KeyRing:
    """The ring of the installation's secrets, newest first. Raises ValueError for one of fewer than 16 characters.

    LITTLE_BELL_SECRET_KEY holds them with commas between, the file one a line.
    """
    text = settings.secret_key.replace(",", "\n") or _kept(settings.data_dir / FILE)
    return KeyRing([line.strip() for line in text.splitlines() if line.strip()])


def _kept(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _keep(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text()


def _keep(path: Path, text: str) -> None:
    """Writes a whole file or none, readable by its owner alone; of two processes that do, the first one's stays."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    Path(draft).unlink()
