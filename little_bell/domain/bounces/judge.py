"""From a server's words to what they mean for the address."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from little_bell.domain.bounces import vocabulary as v
from little_bell.domain.bounces.codes import cause_of_reply, cause_of_status, find_reply, find_status, is_microsofts, is_specific
from little_bell.domain.bounces.phrases import cause_of_words
from little_bell.domain.bounces.vocabulary import Cause, Reason

#: A server's words beyond this are not looked at.
LONGEST_DIAGNOSTIC = 4_000
#: Who gives up says so; the reply before was temporary only as long as somebody tried.
_GAVE_UP = re.compile(r"permanent(?:ly)? (?:fail|error|fatal)|fail\w* permanent|giving up|given up", re.IGNORECASE)
#: What passes by itself. Only words without any code are judged by it.
_PASSING = frozenset({Reason.NETWORK, Reason.EXPIRED, Reason.MAILBOX_FULL, Reason.SERVER})
_VAGUE = (v.TIMED_OUT, v.BROKEN)
_DEAD = frozenset({Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN})
#: RFC 3463: the mailbox is there, but takes no mail (X.2.1), or not this mail (X.7.1), whatever the words beside it say.
_IT_EXISTS = re.compile(r"[45]\.(?:2\.1|7\.1)$")
#: What was tried until the time was up was never refused for good, though Exim calls its giving up permanent.
_OUT_OF_TIME = re.compile(r"(?<!delivery )retry time(?:out exceeded| not reached for any host)", re.IGNORECASE)
_ABOUT_THE_ADDRESS = (v.NO_SUCH_USER, v.MOVED, v.NO_SUCH_HOST)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a failure means. `permanent`: refused for good (5xx). `hard`: the address is dead, stop mailing it."""

    cause: Cause
    permanent: bool
    status: str
    is_status_given: bool
    reply: int | None

    @property
    def reason(self) -> Reason:
        """The word that people filter by."""
        return self.cause.reason

    @property
    def hard(self) -> bool:
        """Whether the address should be suppressed."""
        return self.cause.is_dead and self.permanent


class Classified(NamedTuple):
    """What the marks and the pages need: the reason's word, 5xx or not, address dead or not."""

    category: str
    permanent: bool
    hard: bool


def judge(diagnostic: str, status: str | None = None, *, command: str = "", is_delayed: bool = False) -> Judgement:
    """What a diagnostic and a status field mean together.

    `command` is what the server answered to, as far as it is known: connect, mail, rcpt or data; "hidden" where somebody in
    between passes on the words without saying. `is_delayed`: it is still being tried.
    """
    words = diagnostic[:LONGEST_DIAGNOSTIC]
    given = _better(status, find_status(words))
    reply = find_reply(words)
    cause = _cause(words, given, reply, command)
    if is_delayed and (cause is None or cause is v.SYNTAX):
        cause = v.TIMED_OUT
    permanent = _is_permanent(given, reply, words, is_delayed=is_delayed)
    if cause is None:
        cause = v.UNEXPLAINED if permanent else v.TEMPORARY
    return Judgement(cause, permanent, given or f"{5 if permanent else 4}.0.{_detail(cause, command)}", given is not None, reply)


def classify(diagnostic: str, status: str | None = None) -> Classified:
    """The category of a raw SMTP reply or provider's text: `classify("550 5.1.1 User unknown")`."""
    judged = judge(diagnostic, status, command="rcpt")
    is_coded = judged.is_status_given or judged.reply is not None
    permanent = judged.permanent and (is_coded or judged.hard or judged.reason not in _PASSING)
    return Classified(str(judged.reason), permanent, judged.hard)


def is_dead(permanent: bool, category: str, words: str) -> bool:
    """What `hard` was in a judgement of which the category and the server's words are left."""
    if category == Reason.SERVER:  # of these causes one alone is final: a domain that takes no mail (RFC 7505)
        return permanent and judge(words, command="rcpt").hard
    return permanent and category in _DEAD


def _better(field: str | None, words: str | None) -> str | None:
    """Relays put their own general status into the field; the server's own words know better where they are specific."""
    if words is None or (field is not None and not is_specific(words)):
        return field if field is not None else words
    return words


def _cause(words: str, status: str | None, reply: int | None, command: str) -> Cause | None:
    said = cause_of_words(words)
    coded = cause_of_status(status) if status is not None else None
    if said is None or (coded is not None and (is_microsofts(status) or any(said is vague for vague in _VAGUE))):
        said = coded or said or (cause_of_reply(reply) if reply is not None else None)
    if said is None:
        return v.BLOCKED if command == "connect" else None
    return _in_reply_to(command, said, status)


def _detail(cause: Cause, command: str) -> int:
    """Where our whole host was turned away at MAIL, nothing is known of the recipient yet: that has a number of its own."""
    return v.TEMPORARY.detail if command == "mail" and cause in (v.BLOCKED, v.NO_REVERSE_NAME) else cause.detail


def _in_reply_to(command: str, cause: Cause, status: str | None) -> Cause:
    """Nobody can be unknown before being named, nor after being taken: what is refused then is the sender or the content.

    Mobile carriers say "unknown user" to DATA when the recipient's own filter takes no mail like this; the address lives.
    """
    if cause is v.NO_SUCH_USER and status == "5.1.6":
        return v.MOVED
    if not any(cause is each for each in _ABOUT_THE_ADDRESS):
        return cause
    if command == "mail":
        return v.SENDER_REFUSED
    if cause is v.NO_SUCH_USER and command != "rcpt" and status is not None and _IT_EXISTS.match(status):
        return v.REFUSED_BY_RECIPIENT
    is_about_address = status is not None and status.startswith("5.1.")
    return v.REFUSED_BY_RECIPIENT if command in ("data", "hidden") and not is_about_address and cause is v.NO_SUCH_USER else cause


def _is_permanent(status: str | None, reply: int | None, words: str, *, is_delayed: bool) -> bool:
    if is_delayed:
        return False
    if status is not None and status[0] != "2":
        return status[0] == "5"
    if reply is not None and reply >= 400:
        return reply >= 500
    if _OUT_OF_TIME.search(words):
        return False
    return True if _GAVE_UP.search(words) else not words or "temporar" not in words.lower()
