"""From what a mail says to one report a recipient: the machine-readable part first, else the notice for people."""

from dataclasses import dataclass, replace

from little_bell.domain.bounces import Judgement, Reason, judge
from little_bell.domain.bounces.codes import clean_status, find_reply
from little_bell.mail import signs
from little_bell.mail.addresses import ADDRESS, first_address, from_verp
from little_bell.mail.dsn import DeliveryStatus, RecipientStatus
from little_bell.mail.mime import Part
from little_bell.mail.notices import LEAD, LONGEST_WORDS, TO_LINE, Entry, command_of, commands_in, entries_of
from little_bell.mail.returned import Returned


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one recipient: `action` is failed, delayed or complained, `diagnostic` the server's words as given.

    `recipient` is the address that failed, `original_recipient` the one that the sender had used, where they are known
    to differ or both are named. `judgement` is None for complaints.
    """

    recipient: str
    original_recipient: str | None = None
    judgement: Judgement | None = None
    diagnostic: str = ""
    action: str = "failed"
    remote_mta: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a mail says for all its recipients.

    `lead` is a sentence that says why, `commands` what servers refused, `unsaid` what stands for a command that isn't told.
    """

    text: str
    lead: str
    commands: list[tuple[str, int]]
    unsaid: str

    @classmethod
    def of(cls, mail: Part, notice: str) -> "Context":
        """Read once a mail, however many recipients it has."""
        lead = LEAD.search(notice)
        return cls(notice, lead[0] if lead else "", commands_in(notice), "hidden" if signs.is_passed_on(mail) else "")


def from_status(mail: Part, status: DeliveryStatus, notice: str, returned: Returned) -> list[Report]:
    """The recipients of a delivery status that failed or are delayed, each once."""
    context = Context.of(mail, notice)
    entries = entries_of(notice)
    said = {entry.address.lower(): entry for entry in entries}
    failed = [recipient for recipient in status.recipients if not recipient.is_success]
    is_one = len(entries) == len(failed) == 1  # then the notice says of an alias whom the sender meant
    unnamed = [entry.address for entry in entries] or list(returned.recipients[:1])
    reports: dict[str, Report] = {}
    for recipient in failed:
        name = recipient.final or recipient.original or (unnamed.pop(0) if unnamed else None)
        if name is None:
            continue
        entry = said.get(name.lower()) or said.get((recipient.original or "").lower()) or (entries[0] if is_one else None)
        reports.setdefault(name.lower(), _report(recipient, name, entry or Entry(name), context))
    return list(reports.values())


def from_notice(mail: Part, notice: str, returned: Returned) -> list[Report]:
    """The recipients that a notice names as failed or delayed; none if it is no such notice."""
    named = [match[1] for match in ADDRESS.finditer(mail.header("x-failed-recipients")[:8_000])]
    if not named and not signs.is_failure_notice(mail, notice):
        return []
    own = frozenset(address.lower() for value in mail.headers.get("to", ()) if (address := first_address(value)))
    entries = entries_of(notice, not_these=own)
    if named:
        said = {entry.address.lower(): entry for entry in entries}
        entries = [said.get(address.lower()) or Entry(address) for address in named]
    is_delayed = signs.is_waiting(signs.subject_of(mail), notice)
    context = Context.of(mail, notice)
    return [_told(entry, context, is_delayed=is_delayed) for entry in entries or _guessed(mail, notice, returned)]


def _guessed(mail: Part, notice: str, returned: Returned) -> list[Entry]:
    """Whom the notice must mean where it names nobody: to whom the returned mail went, or whom the bounce address holds."""
    labelled = TO_LINE.search(notice)
    guesses = [*returned.recipients[:1], labelled and first_address(labelled[1]), from_verp(first_address(mail.header("to")) or "")]
    return [Entry(guess, notice[:LONGEST_WORDS]) for guess in guesses if guess][:1]


def _report(recipient: RecipientStatus, name: str, entry: Entry, context: Context) -> Report:
    is_delayed = recipient.action == "delayed"
    words = recipient.diagnostic or entry.words
    judgement = _judged(words, clean_status(recipient.get("status")), entry.words, context, is_delayed=is_delayed)
    original = recipient.original or entry.original or entry.address
    mta = recipient.get("remote-mta").rpartition(";")[2].strip()
    return Report(name, original, judgement, words, "delayed" if is_delayed else "failed", mta or None)


def _told(entry: Entry, context: Context, *, is_delayed: bool) -> Report:
    judgement = _judged(entry.words, None, "", context, is_delayed=is_delayed)
    return Report(entry.address, entry.original, judgement, entry.words, "delayed" if is_delayed else "failed")


def _judged(words: str, status: str | None, near: str, context: Context, *, is_delayed: bool) -> Judgement:
    """The server's words decide; then what the notice says of this recipient, then all that it says."""
    words = f"{context.lead} {words}" if context.lead and not is_delayed else words
    command = command_of(commands_in(near)) or command_of(context.commands, find_reply(words)) or context.unsaid
    judgement = judge(words, status, command=command, is_delayed=is_delayed)
    for wider in (near, context.text[:LONGEST_WORDS]):
        if judgement.reason is not Reason.UNKNOWN:
            break
        if wider:
            given = judgement.status if judgement.is_status_given else None
            wider_judgement = judge(f"{words} {wider}", given, command=command, is_delayed=is_delayed)
            judgement = replace(wider_judgement, status=given) if given else wider_judgement
    return judgement
