"""Files that were uploaded and wait to be looked at: in a folder of their own, for a day."""

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import BinaryIO

from little_bell.domain.errors import NotFound

KEEP_SECONDS = 24 * 3600.0
_TICKET = re.compile(r"[0-9a-f]{32}")


def keep(folder: Path, tenant_id: int, campaign_id: int, file: BinaryIO) -> str:
    """The ticket under which the file can be opened, for this campaign alone. Files of yesterday go. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            old.unlink(missing_ok=True)
    ticket = secrets.token_hex(16)
    path = folder / _name(tenant_id, campaign_id, ticket)
    path.touch(mode=0o600)
    with path.open("wb") as copy:
        shutil.copyfileobj(file, copy)
    return ticket


def kept(folder: Path, tenant_id: int, campaign_id: int, ticket: str) -> Path:
    """Where the file is. Raises NotFound for a ticket of another campaign, of yesterday, or of nobody."""
    path = folder / _name(tenant_id, campaign_id, ticket)
    if not _TICKET.fullmatch(ticket) or not path.exists():
        raise NotFound("this file isn’t here any more: upload it again", "file")
    return path


def _name(tenant_id: int, campaign_id: int, ticket: str) -> str:
    return f"{tenant_id}-{campaign_id}-{ticket}.csv"
