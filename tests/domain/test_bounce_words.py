"""What mail systems and mailbox providers answer, and the reason that we read in it."""

from pathlib import Path

import pytest

from little_bell.domain.bounces import judge

LINES = [line.split("|", 1) for line in (Path(__file__).parent / "bounce_words.txt").read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("reason", "words"), LINES)
def test_each_answer_is_understood(reason: str, words: str) -> None:
    assert str(judge(words, command="rcpt").reason) == reason


@pytest.mark.parametrize(
    ("words", "status", "command", "told"),
    [
        ("550 5.2.1 <ann@example.com>... User Unknown", None, "", ("mailbox_inactive", False, "5.2.1")),  # RFC 3463: it is there
        ("550 5.2.1 <ann@example.com>... User Unknown", None, "rcpt", ("user_unknown", True, "5.2.1")),
        ("550 No such user", None, "hidden", ("mailbox_inactive", False, "5.0.910")),  # a filter that says not what it answers to
        ("550 5.1.1 No such user", None, "hidden", ("user_unknown", True, "5.1.1")),
        ("retry timeout exceeded", None, "", ("expired", False, "4.0.947")),
        ("550 your IP address is listed", None, "mail", ("blocked", False, "5.0.901")),
        ("550 your IP address is listed", None, "rcpt", ("blocked", False, "5.0.971")),
        ("450 4.4.316 Connection refused", None, "", ("expired", False, "4.4.316")),
    ],
)
def test_what_it_answers_to_and_the_status_say_what_is_meant(
    words: str, status: str | None, command: str, told: tuple[str, bool, str]
) -> None:
    judged = judge(words, status, command=command)
    assert (str(judged.reason), judged.hard, judged.status) == told
