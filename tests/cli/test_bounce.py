"""`little-bell bounce parse`: one object a line, whatever the files are."""

import json
from pathlib import Path

from tests.cli.conftest import CommandLine

SAMPLES = Path(__file__).parents[1] / "mail" / "samples"


def test_it_prints_one_object_a_file(fresh_bell: CommandLine) -> None:
    files = [str(SAMPLES / "postfix.eml"), str(SAMPLES / "complaint.eml")]
    answer = fresh_bell("bounce", "parse", "--json", *files)
    bounce, complaint = [json.loads(line) for line in answer.out.splitlines()]

    assert (answer.code, bounce["file"], bounce["kind"], bounce["error"]) == (0, files[0], "bounce", None)
    assert bounce["reports"][0] == {
        "recipient": "ann@example.com",
        "original_recipient": "ann@example.com",
        "action": "failed",
        "permanent": True,
        "hard": True,
        "reason": "user_unknown",
        "status": "5.1.1",
        "is_status_given": True,
        "reply_code": 550,
        "diagnostic": "550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown in virtual mailbox table",
        "remote_mta": "mx.example.com",
    }
    assert (complaint["kind"], complaint["feedback_type"]) == ("complaint", "abuse")


def test_a_file_that_is_not_there_stops_nothing(fresh_bell: CommandLine) -> None:
    answer = fresh_bell("bounce", "parse", "--json", "no-such-file.eml", str(SAMPLES / "qmail.eml"))
    missing, found = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.code == 1
    assert (missing["kind"], missing["reports"], missing["error"]) == ("none", [], "No such file or directory")
    assert len(found["reports"]) == 2


def test_people_get_a_table(fresh_bell: CommandLine) -> None:
    answer = fresh_bell("bounce", "parse", str(SAMPLES / "postfix.eml"))
    assert answer.code == 0
    assert "ann@example.com" in answer.out and "user_unknown" in answer.out and "dead" in answer.out
