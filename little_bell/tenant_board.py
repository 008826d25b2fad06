"""What ingest nodes know of tenants without a database: told by the web nodes, sealed, and kept on disk."""

import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from little_bell.ingest.tenants import Endpoint, Snapshot
from little_bell.journal.board import Board
from little_bell.sealing import Sealing

WHOSE = "ingest nodes"
FILE = "tenants.sealed"

log = logging.getLogger(__name__)


class TenantBoard:
    """One a process. Secrets of webhooks are in what is told, so it travels and lies sealed with the installation's key."""

    def __init__(self, board: Board, sealing: Sealing, folder: Path) -> None:
        self._board, self._sealing, self._file = board, sealing, folder / FILE
        self._told = b""
        self._word: bytes | None = None
        self._snapshot: Snapshot | None = None

    def tell(self, snapshot: Snapshot) -> None:
        """Let the ingest nodes know, if they don't. Raises what an unreachable server raises."""
        plain = dump(snapshot)
        if plain == self._told:
            return
        standing = self._opened(self._board.get())
        if standing != plain:
            self._board.put(self._sealing.seal(plain.decode(), WHOSE))
        self._told = plain

    def hear(self) -> Snapshot:
        """What was told last; where that can't be asked, what was heard last, before a restart too."""
        try:
            word = self._board.get()
        except Exception as error:  # it goes on with what it knows
            log.debug("the board can't be read: %s", error)
            word = self._word if self._snapshot is not None else self._kept()
        if word is not None and word != self._word:
            self._take(word)
        return self._snapshot or Snapshot()

    def _take(self, word: bytes) -> None:
        plain = self._opened(word)
        if plain is None:
            log.error("what the web nodes tell of tenants can't be opened: all nodes need the same LITTLE_BELL_SECRET_KEY")
            return
        self._word, self._snapshot = word, load(plain)
        draft = self._file.with_suffix(".new")
        draft.write_bytes(word)
        draft.chmod(0o600)
        draft.replace(self._file)

    def _kept(self) -> bytes | None:
        return self._file.read_bytes() if self._file.exists() else None

    def _opened(self, word: bytes | None) -> bytes | None:
        text = None if word is None else self._sealing.unseal(word, WHOSE)
        return None if text is None else text.encode()


def dump(snapshot: Snapshot) -> bytes:
    """The same snapshot is the same text."""
    told: dict[str, Any] = {
        "stopped": sorted(snapshot.stopped),
        "by_slug": dict(snapshot.by_slug),
        "unsigned": sorted(snapshot.unsigned),
        "old_emails": sorted(snapshot.old_emails.items()),
        "has_old_tokens": snapshot.has_old_tokens,
        "endpoints": [[*key, asdict(endpoint)] for key, endpoint in sorted(snapshot.endpoints.items())],
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def load(text: bytes) -> Snapshot:
    """What dump() made a text of."""
    told = orjson.loads(text)
    endpoints = {}
    for slug, provider, facts in told["endpoints"]:
        secrets = tuple((secret, until) for secret, until in facts.pop("secrets"))
        endpoints[slug, provider] = Endpoint(secrets=secrets, **facts)
    return Snapshot(
        stopped=frozenset(told["stopped"]),
        endpoints=endpoints,
        by_slug=told["by_slug"],
        unsigned=frozenset(told["unsigned"]),
        old_emails=dict(told["old_emails"]),
        has_old_tokens=told["has_old_tokens"],
    )
