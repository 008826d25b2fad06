"""Notices in free text: whom they name, and what the server said of each.

Half of the world's bounces have no machine-readable part. What they share, whatever the mail system: the addresses that failed
stand at the beginning of a line, or behind a label, or in a sentence that says so; the words behind an address are about it.
"""

import re
from dataclasses import dataclass

from little_bell.domain.bounces.codes import find_reply
from little_bell.mail.addresses import ADDRESS, first_address

MOST_LINES = 800
LONGEST_LINE = 500
LONGEST_WORDS = 1_500
MOST_ENTRIES = 500
LONGEST_SEARCHED = 16_000

#: What may stand before an address that begins its line.
_MARGIN = re.compile(r"^(?:[45]\d\d[ \-](?:[45]\.\d{1,3}\.\d{1,3} )?<?|[\s>*•·\-–|<\[(\"']*)$")
_LABEL = re.compile(
    r"(?:recipients?(?: addresse?s?)?|address(?:ee|ed to)?|error-for|(?:final|original|intended|failed)[ \-]recipient|rcpt to|"
    r"dda:smtp|smtp|rfc-?822|e-?mail|mailbox|user|destinatari\w*|para|empf\S{1,3}nger)\s?(?:[:;=]\s?(?:smtp:|rfc822;)?)[\s<\[\"']*$",
    re.IGNORECASE,
)
#: What may follow an address that an entry is about; a sentence may not.
_BEHIND = re.compile(r"^[>\]\"')]*\s*(?:$|[:;(\[=<]|\.\.\.|-|–|on (?:\w{3},|\d))")
_SENTENCE_BEFORE = re.compile(
    r"(?:undeliverable|deliver(?:y|ed|ing)?|not be sent|message|e?-?mail|addressed|sent|failed|attempts|"
    r"full|recipients?|errors?|userid|user|mailbox|quota|violation|account|address|rejected|unknown|"
    r"couldn't reach|wasn't delivered|generated|expanded|收件人|宛先)\b[^@\n]{0,60}$",
    re.IGNORECASE,
)
_ALIAS = re.compile(
    r"\((?:(?:ultimately |originally )?(?:expanded|generated) from|originally addressed to|originally sent to|alias)[: ]+", re.IGNORECASE
)
_IN_ANGLES = re.compile(r"[\"']?\s+<(?=[^\s<>@]{1,64}@)")
_MAILTO = re.compile(r"<mailto:([^<>\s]{3,320})>")
_SENDER = re.compile(r"\bfrom\s*:?\s*[<\"']?$", re.IGNORECASE)
_SEPARATOR = re.compile(r"^[ \t]*[-=_*#]{3,}")
_ROLES = ("postmaster@", "mailer-daemon@", "mailerdaemon@", "abuse@", "hostmaster@", "support@", "helpdesk@", "noreply@", "no-reply@")

#: KDDI says for all recipients together what is the matter, and "user unknown" for each.
LEAD = re.compile(r"^The user\(s\) account is [^\n]{4,60}", re.MULTILINE)
TO_LINE = re.compile(r"^[ \t>*]*(?:to|para|an|a|recipient)[ \t]?:([^\n]{3,300})$", re.IGNORECASE | re.MULTILINE)
#: How mail systems say what a server answered to.
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "rcpt",
        re.compile(r"in reply to RCPT|after RCPT TO|\[RCPT_TO\]|did not like our RCPT|does not like recipient|in RCPT TO", re.IGNORECASE),
    ),
    (
        "data",
        re.compile(
            r"in reply to (?:end of )?DATA|after (?:end of )?data|failed after I sent the message|SMTP command\s+DATA|\(state 1[78]\)|"
            r"\[(?:DATA|CONTENT|EOM|BODY)\]|did not like our DATA|for TEXT command|end of message",
            re.IGNORECASE,
        ),
    ),
    ("mail", re.compile(r"in reply to MAIL|after MAIL FROM|\[MAIL_FROM\]|did not like our MAIL|does not like sender", re.IGNORECASE)),
    (
        "connect",
        re.compile(
            r"after initial connection|after [EH]+LO|refused to talk to me|connected to [^\n]{3,80} but greeting failed", re.IGNORECASE
        ),
    ),
)
_TRANSCRIPT = re.compile(r">>> ([A-Za-z]+)[^\n]*\n(?:<<< [23][^\n]*\n)*<<< ([45]\d\d)")


@dataclass(slots=True)
class Entry:
    """A recipient that a notice names, and the words about it."""

    address: str
    words: str = ""
    original: str | None = None


def entries_of(notice: str, *, not_these: frozenset[str] = frozenset()) -> list[Entry]:
    """The recipients that failed. `not_these` (lower case: who gets the notice) count only where an entry is about them."""
    lines = [line[:LONGEST_LINE] for line in notice.split("\n", MOST_LINES)[:MOST_LINES]]
    return _at_line_starts(lines) or _in_sentences(lines, not_these)


def _at_line_starts(lines: list[str]) -> list[Entry]:
    found: dict[str, Entry] = {}
    current: Entry | None = None
    for number, line in enumerate(lines):
        match = _address_in(line)
        if match and (alias := _alias(line, match.start(1))):
            if current is not None:
                current.original = current.original or match[1]
            else:
                found.setdefault(match[1].lower(), Entry(match[1], _words(lines, number, line[match.end() :])))
            if not _MARGIN.match(line[:alias]):
                continue
        elif match and _begins_entry(line, match) and len(found) < MOST_ENTRIES:
            current = found.setdefault(match[1].lower(), Entry(match[1]))
            code = line[: match.start(1)].strip(" <") if line[0].isdigit() else ""
            current.words = _better(current.words, _words(lines, number, f"{code} {line[match.end() :]}"))
            current.original = current.original or _alias_behind(line[match.end() :])
    return _without_roles(list(found.values()))


def _better(words: str, more: str) -> str:
    """A notice may name an address twice: once for people, once with the server's reply."""
    return more if not words or (find_reply(more) and not find_reply(words)) else words


def _address_in(line: str) -> re.Match[str] | None:
    """The first address of a line; of a name that is itself an address, the one in angles: `a@example.com <b@example.com>`."""
    match = ADDRESS.search(line) if "@" in line else None
    if match and (inner := _IN_ANGLES.match(line, match.end())):
        return ADDRESS.search(line, inner.end() - 1)
    return match


def _begins_entry(line: str, match: re.Match[str]) -> bool:
    before, behind = line[: match.start(1)], line[match.end(1) :]
    if _LABEL.search(before):
        return True
    before = ADDRESS.sub("", before) if "@" in before else before
    return _MARGIN.match(before) is not None and _BEHIND.match(behind) is not None


def _alias(line: str, end: int) -> int | None:
    found = _ALIAS.search(line[:end])
    return found.start() if found else None


def _alias_behind(rest: str) -> str | None:
    found = _ALIAS.search(rest)
    linked = _MAILTO.search(rest)
    return first_address(rest[found.end() :]) if found else first_address(linked[1]) if linked else None


def _words(lines: list[str], number: int, rest: str) -> str:
    """The rest of an entry's line and what follows, to the next entry, a rule, or a blank line behind something said."""
    said = [rest.lstrip(">]\"') \t:")]
    for line in lines[number + 1 : number + 30]:
        bare = line.strip()
        if not bare and any(character.isalnum() for text in said for character in text):
            break
        match = ADDRESS.search(line) if "@" in line else None
        if _SEPARATOR.match(line) or (match and _begins_entry(line, match) and not _alias(line, match.start(1))):
            break
        said.append(bare)
    return " ".join(said)[:LONGEST_WORDS].strip()


def _in_sentences(lines: list[str], not_these: frozenset[str]) -> list[Entry]:
    found: dict[str, Entry] = {}
    for number, line in enumerate(lines):
        if "@" not in line:
            continue
        before = " ".join(text.strip() for text in lines[max(0, number - 1) : number]) + " "
        for match in ADDRESS.finditer(line):
            address = match[1]
            if (
                address.lower() not in not_these
                and not _SENDER.search(line[: match.start(1)])
                and _SENTENCE_BEFORE.search((before + line[: match.start(1)])[-100:])
            ):
                words = " ".join(text.strip() for text in lines[max(0, number - 2) : number + 6])[:LONGEST_WORDS]
                found.setdefault(address.lower(), Entry(address, words))
        if len(found) >= MOST_ENTRIES:
            break
    return _without_roles(list(found.values()))


def _without_roles(entries: list[Entry]) -> list[Entry]:
    people = [entry for entry in entries if not entry.address.lower().startswith(_ROLES)]
    return people or entries


def commands_in(words: str) -> list[tuple[str, int]]:
    """What servers refused (connect, mail, rcpt, data) and with which reply code; 0 where only a remark tells the command."""
    words = words[:LONGEST_SEARCHED]
    pairs = [(match[1].lower(), int(match[2])) for match in _TRANSCRIPT.finditer(words)]
    return pairs or [(command, 0) for command, pattern in _COMMANDS if pattern.search(words)][:1]


def command_of(commands: list[tuple[str, int]], reply: int | None = None) -> str:
    """The command that was refused with this reply code, "" if that can't be told."""
    found = {command for command, code in commands if reply in {None, code}} or {command for command, _ in commands}
    return found.pop() if len(found) == 1 else ""
