"""Looks into a mailbox again and again: what is new is journaled, and marked as handled once it is counted."""

import imaplib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from imap_tools.errors import ImapToolsError

from little_bell.journal.base import JournalFull, Position
from little_bell.journal.records import Report, report_of
from little_bell.mailroom.account import Account
from little_bell.mailroom.mailbox import Mailbox, signed_in

log = logging.getLogger(__name__)

#: Mails that are journaled together, and marked together.
STEP = 50
FOLD_SECONDS = 30.0
LONGEST_PAUSE = 600.0
_FAILURES = (OSError, imaplib.IMAP4.error, ImapToolsError)


@dataclass(frozen=True, slots=True)
class Desk:
    """How mails are kept. `append` journals; `wait` says whether a position was folded in so many seconds; `states` tells by digest."""

    tenant_id: int
    append: Callable[[list[Report]], Position]
    wait: Callable[[Position, float], bool]
    states: Callable[[list[str]], dict[str, str]]


class Poller:
    """Until stop(). Whatever fails is tried again: a mail that was journaled twice counts once."""

    def __init__(self, account: Account, desk: Desk, every_seconds: float, done_folder: str = "") -> None:
        self._account = account
        self._desk = desk
        self._every = every_seconds
        self._done_folder = done_folder
        self._waiting: dict[tuple[str, str], str] = {}  # journaled, and not marked yet: digests by UIDVALIDITY and UID
        self._stop = threading.Event()

    def stop(self) -> None:
        """End after the mails at hand."""
        self._stop.set()

    def run(self) -> None:
        """Look until stop(); after failures less and less often."""
        pause = self._every
        while not self._stop.is_set():
            try:
                self.look()
                pause = self._every
            except _FAILURES as error:  # neither the account's secret nor a mail's text is in what these say
                log.warning("the mailbox of %s can't be read just now: %s", self._account, error)
                pause = min(max(pause, 1) * 2, max(LONGEST_PAUSE, self._every))
            except JournalFull as full:
                log.warning("reports stay in the mailbox of %s for now: %s", self._account, full)
            self._stop.wait(pause)

    def look(self) -> int:
        """Handle what is there; how many mails were marked."""
        handled = 0
        with signed_in(self._account) as mailbox:
            uids = mailbox.unread()
            for start in range(0, len(uids), STEP):
                if self._stop.is_set():
                    break
                handled += self._handle(mailbox, uids[start : start + STEP])
        return handled

    def _handle(self, mailbox: Mailbox, uids: list[str]) -> int:
        self._take(mailbox, [uid for uid in uids if (mailbox.validity, uid) not in self._waiting])
        mine = {uid: digest for uid in uids if (digest := self._waiting.get((mailbox.validity, uid)))}
        states = self._desk.states(list(mine.values()))
        for uid, digest in mine.items():
            if digest in states:
                mailbox.settle(uid, to_folder=self._done_folder, needs_a_look=states[digest] == "unmatched")
                del self._waiting[mailbox.validity, uid]
        return sum(digest in states for digest in mine.values())

    def _take(self, mailbox: Mailbox, uids: list[str]) -> None:
        """Journal what is new, and give the projector a while to count it."""
        moment = time.time_ns() // 1_000
        raws = [(uid, mailbox.beginning_of(uid)) for uid in uids]
        new = [(uid, report_of(self._desk.tenant_id, "mailbox", raw, moment, is_shared=True)) for uid, raw in raws if raw]
        if new:
            position = self._desk.append([report for _, report in new])
            self._waiting |= {(mailbox.validity, uid): report.digest for uid, report in new}
            self._desk.wait(position, FOLD_SECONDS)
