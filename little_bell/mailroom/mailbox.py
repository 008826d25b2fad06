"""A mailbox over IMAP, as far as it is needed: what is new, its beginnings, and the marks that it was read. Nothing is ever deleted."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from little_bell.journal.records import MOST_RAW
from little_bell.mailroom.account import Account, access_token

SECONDS = 30.0
#: What a mail that was handled is marked with, where the server lets clients invent marks. Elsewhere it is \\Seen.
KEYWORD = "LittleBell"


class Mailbox:
    """An open folder."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._box = box
        box.folder.set(folder)
        self.validity = self._said("UIDVALIDITY")
        self._takes_keywords = r"\*" in self._said("PERMANENTFLAGS")

    def unread(self) -> list[str]:
        """The UIDs of the mails that aren't marked as handled, oldest first; of deleted ones none."""
        return self._box.uids(f"UNDELETED UNKEYWORD {KEYWORD}" if self._takes_keywords else "UNDELETED UNSEEN")

    def beginning_of(self, uid: str) -> bytes:
        """The first MOST_RAW bytes of a mail; nothing is marked by that. Empty for one that is gone."""
        _, answer = self._box.client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_RAW}>)")
        return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")

    def settle(self, uid: str, *, to_folder: str, needs_a_look: bool) -> None:
        """Mark a mail as handled; then move it, if there is a folder for that, unless somebody has to look at it: that one gets a star."""
        marks = [r"\Seen", *([KEYWORD] if self._takes_keywords else []), *([r"\Flagged"] if needs_a_look else [])]
        self._box.flag(uid, marks, True)
        if to_folder and not needs_a_look and "MOVE" in self._box.client.capabilities:  # without MOVE it would be copied and deleted
            if not self._box.folder.exists(to_folder):
                self._box.folder.create(to_folder)
            self._box.move(uid, to_folder)

    def _said(self, name: str) -> str:
        """What the server said of the folder when it was opened."""
        _, answer = self._box.client.response(name)
        return b" ".join(part for part in answer if isinstance(part, bytes)).decode("ascii", "replace")


@contextmanager
def signed_in(account: Account) -> Iterator[Mailbox]:
    """The account's folder until the block ends. Raises OSError, imaplib.IMAP4.error and imap_tools' errors."""
    with _connected(account) as box:
        if account.token_command:
            box.xoauth2(account.user, access_token(account), None)
        else:
            box.login_utf8(account.user, account.password, None) if not account.password.isascii() else box.login(
                account.user, account.password, None
            )
        _, capabilities = box.client.capability()  # servers tell all of them only to those who are in
        box.client.capabilities = tuple(capabilities[0].decode("ascii", "replace").upper().split())
        yield Mailbox(box, account.folder)


def _connected(account: Account) -> BaseMailBox:
    context = ssl.create_default_context()
    if account.is_tls:
        return MailBox(account.host, account.port, timeout=SECONDS, ssl_context=context)
    if account.may_be_plain:
        return MailBoxUnencrypted(account.host, account.port, timeout=SECONDS)
    return MailBoxStartTls(account.host, account.port, timeout=SECONDS, ssl_context=context)
