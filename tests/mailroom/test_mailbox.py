"""A mailbox on a real Dovecot: what is new is counted once and marked, nothing is deleted, and no failure loses or doubles anything."""

import imaplib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from imap_tools.mailbox import MailBoxUnencrypted

from little_bell.db import reading
from little_bell.domain.errors import Invalid
from little_bell.journal.base import JournalFull, Position
from little_bell.mailroom import mailbox as mailbox_module
from little_bell.mailroom.account import Account, access_token, account_of
from little_bell.mailroom.mailbox import KEYWORD, signed_in
from little_bell.mailroom.poller import Desk, Poller
from little_bell.queries.reports import report_states
from tests.fixtures.mail_servers import dovecot
from tests.projector.conftest import Post
from tests.projector.test_reports import VACATION, bounce_to, receipts

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PASSWORD = "secret-of-the-mailbox"


@dataclass
class Inbox:
    """The bounce mailbox of Alice's installation, and whoever looks into it."""

    post: Post
    account: Account
    folds: bool = True

    def append(self, reports: list) -> Position:
        return self.post.write(*reports)

    def wait(self, _position: Position, _seconds: float) -> bool:
        if self.folds:
            self.post.project()
        return self.folds

    def states(self, digests: list[str]) -> dict[str, str]:
        with reading(self.post.engine) as connection:
            return report_states(connection, None, digests)

    def poller(self, done_folder: str = "") -> Poller:
        return Poller(self.account, Desk(self.post.tenant_id, self.append, self.wait, self.states), 1, done_folder)

    def deliver(self, *raws: bytes) -> None:
        with self._box() as box:
            for raw in raws:
                box.append(raw, "INBOX")

    def flags(self, folder: str = "INBOX") -> list[list[str]]:
        """The flags of each mail, oldest first, without \\Recent."""
        with self._box() as box:
            box.folder.set(folder)
            return [sorted(set(mail.flags) - {"\\Recent"}) for mail in box.fetch(mark_seen=False, headers_only=True)]

    def _box(self) -> MailBoxUnencrypted:
        box = MailBoxUnencrypted(self.account.host, self.account.port, timeout=20)
        return box.login(self.account.user, PASSWORD)


@pytest.fixture(scope="module")
def imap_port() -> Iterator[int]:
    with dovecot(PASSWORD) as (port, _folder):
        yield port


@pytest.fixture
def inbox(post: Post, imap_port: int, request: pytest.FixtureRequest) -> Inbox:
    post.register("token-one", "token-two")
    user = f"user{abs(hash(request.node.nodeid))}%40sender.example"
    return Inbox(post, account_of(f"imap://{user}@127.0.0.1:{imap_port}", PASSWORD))


ONE = bounce_to("token-one@example.com", returned="X-Little-Bell-Token: token-one")
TWO = bounce_to("token-two@example.com", returned="X-Little-Bell-Token: token-two")
STRANGE = bounce_to("stranger@example.net")
HANDLED = sorted(["\\Seen", KEYWORD])


def test_what_is_new_is_counted_and_marked_and_nothing_is_deleted(inbox: Inbox) -> None:
    inbox.deliver(ONE, STRANGE, VACATION)
    assert inbox.poller().look() == 3
    assert inbox.post.message("token-one").status == "bounced"
    assert [state for _, state, _ in receipts(inbox.post)] == ["matched", "unmatched", "ignored"]
    assert inbox.flags() == [HANDLED, sorted(["\\Flagged", *HANDLED]), HANDLED]

    inbox.deliver(TWO)
    assert inbox.poller().look() == 1
    assert inbox.poller().look() == 0
    assert inbox.post.message("token-two").status == "bounced"
    assert len(inbox.flags()) == 4 and len(receipts(inbox.post)) == 4


@on_sqlite
def test_mail_that_somebody_has_read_there_is_counted_all_the_same(inbox: Inbox) -> None:
    inbox.deliver(ONE)
    with inbox._box() as box:
        box.flag(box.uids("ALL"), "\\Seen", True)
    assert inbox.poller().look() == 1


@on_sqlite
def test_handled_mail_moves_where_a_folder_is_named_and_what_needs_a_look_stays(inbox: Inbox) -> None:
    inbox.deliver(ONE, STRANGE)
    assert inbox.poller("Handled").look() == 2
    assert (inbox.flags(), inbox.flags("Handled")) == ([sorted(["\\Flagged", *HANDLED])], [HANDLED])


@on_sqlite
def test_without_a_way_to_move_nothing_is_copied_or_deleted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.deliver(ONE)
    capability = imaplib.IMAP4.capability
    monkeypatch.setattr(imaplib.IMAP4, "capability", lambda client: (capability(client)[0], [b"IMAP4REV1"]))
    assert inbox.poller("Handled").look() == 1
    assert inbox.flags() == [HANDLED]


@on_sqlite
def test_where_a_server_takes_no_keywords_seen_is_the_mark(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.deliver(ONE, TWO)
    said = mailbox_module.Mailbox._said
    monkeypatch.setattr(mailbox_module.Mailbox, "_said", lambda box, name: said(box, name).replace(r"\*", ""))
    assert inbox.poller().look() == 2
    assert inbox.flags() == [["\\Seen"], ["\\Seen"]]
    assert inbox.poller().look() == 0


@on_sqlite
def test_nothing_is_marked_before_it_is_counted_and_nothing_is_journaled_twice_meanwhile(inbox: Inbox) -> None:
    inbox.deliver(ONE)
    inbox.folds = False
    poller = inbox.poller()
    assert (poller.look(), poller.look(), inbox.flags()) == (0, 0, [[]])
    inbox.post.project()
    assert (poller.look(), inbox.flags()) == (1, [HANDLED])
    assert inbox.post.counts() == {}


@on_sqlite
def test_a_poller_that_dies_between_journal_and_mark_costs_nothing(inbox: Inbox) -> None:
    inbox.deliver(ONE)
    inbox.folds = False
    assert inbox.poller().look() == 0
    inbox.folds = True
    assert inbox.poller().look() == 1
    assert (len(receipts(inbox.post)), inbox.post.stats("bounced"), inbox.post.counts()) == (1, (1,), {"report_repeated": 1})


@on_sqlite
def test_a_lost_connection_and_a_full_journal_are_tried_again(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    inbox.deliver(ONE)
    failures = [imaplib.IMAP4.abort("connection lost"), JournalFull("disk_low"), OSError("no route")]
    is_done = threading.Event()

    def append(reports: list) -> Position:
        if failures:
            raise failures.pop()
        is_done.set()
        return inbox.append(reports)

    poller = Poller(inbox.account, Desk(inbox.post.tenant_id, append, inbox.wait, inbox.states), 0.01)
    thread = threading.Thread(target=poller.run)
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert is_done.wait(60)
        poller.stop()
        thread.join(30)
    assert inbox.post.message("token-one").status == "bounced"
    assert "no route" in caplog.text and "disk_low" in caplog.text and PASSWORD not in caplog.text


@on_sqlite
def test_a_wrong_password_is_told_without_it(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    wrong = account_of(f"imap://ann@127.0.0.1:{inbox.account.port}", "not-the-password")
    with pytest.raises(Exception, match=r"(?i)authenticat") as refused, signed_in(wrong):
        pass
    assert "not-the-password" not in str(refused.value) + repr(wrong) + str(wrong)


def test_a_token_command_gives_the_token_of_now() -> None:
    account = account_of("imaps://ann%40example.com@imap.example.com", token_command="echo ' fresh-token '")
    assert (account.user, account.host, account.port, account.folder) == ("ann@example.com", "imap.example.com", 993, "INBOX")
    assert access_token(account) == "fresh-token"
    with pytest.raises(OSError, match="ended with 3") as failed:
        access_token(account_of("imaps://ann@imap.example.com", token_command="echo a-secret >&2; exit 3"))
    assert "a-secret" not in str(failed.value)


def test_xoauth2_is_spoken_with_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(mailbox_module, "_connected", lambda _account: _Refusing(said))
    with pytest.raises(imaplib.IMAP4.error), signed_in(account_of("imaps://ann@imap.example.com", token_command="echo fresh-token")):
        pass
    assert said == [("ann", "fresh-token", None)]


class _Refusing:
    """A server that lets nobody in, and remembers what it was told."""

    def __init__(self, said: list[object]) -> None:
        self._said = said

    def __enter__(self) -> "_Refusing":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def xoauth2(self, *told: object) -> None:
        self._said.append(told)
        raise imaplib.IMAP4.error("no")


@pytest.mark.parametrize(
    "url", ["", "ann@imap.example.com", "pop3://ann@imap.example.com", "imaps://imap.example.com", "imaps://ann@imap.example.com:no"]
)
def test_what_is_no_mailbox_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="imaps://user@"):
        account_of(url, "secret")


def test_a_mailbox_needs_a_secret() -> None:
    with pytest.raises(Invalid, match="LITTLE_BELL_MAILBOX_PASSWORD"):
        account_of("imaps://ann@imap.example.com")


def test_only_on_this_machine_may_a_password_travel_in_the_clear() -> None:
    assert account_of("imap://ann@127.0.0.1", "x").may_be_plain and account_of("imap://ann@localhost", "x").may_be_plain
    assert not account_of("imap://ann@imap.example.com", "x").may_be_plain and not account_of("imap://ann@10.0.0.1", "x").may_be_plain
