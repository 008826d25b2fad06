"""The lists of agents and networks: those of the package, or the operator's own."""

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from little_bell.domain.mailboxes import Mailboxes, parse_mailboxes
from little_bell.domain.verdicts.request import Lists

NAMES = ("agents.txt", "networks.txt")


# Kept by what they say, not by where they lie: an operator's file may be another one by the next look.
parsed_lists = lru_cache(maxsize=4)(Lists.parse)
parsed_mailboxes = lru_cache(maxsize=4)(parse_mailboxes)


def read_lists(folder: str = "") -> Lists:
    """The lists of the package; a file of the same name in `folder` takes one's place. Raises ValueError naming file and line."""
    agents, networks = (list_text(name, folder) for name in NAMES)
    try:
        return parsed_lists(agents, networks)
    except ValueError as error:
        raise ValueError(f"the lists in {folder or 'the package'}: {error}") from error


def read_mailboxes(folder: str = "") -> Mailboxes:
    """The mailbox providers, in the same way; `mx.txt` in `folder` has the mail servers of domains. Raises ValueError naming the line."""
    servers = Path(folder, "mx.txt")
    try:
        found = servers.read_text(encoding="utf-8") if folder and servers.exists() else ""
        return parsed_mailboxes(list_text("mailboxes.txt", folder), found)
    except ValueError as error:
        raise ValueError(f"the lists of mailboxes in {folder or 'the package'}: {error}") from error


def list_text(name: str, folder: str = "") -> str:
    """The list as it is written. Raises OSError."""
    own = Path(folder, name) if folder else None
    if own is not None and own.exists():
        return own.read_text(encoding="utf-8")
    return (files("little_bell.domain.verdicts") / "lists" / name).read_text(encoding="utf-8")
