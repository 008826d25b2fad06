"""`little-bell bounce import`: maildirs, mboxes and files, each mail once."""

import os
from pathlib import Path

import pytest

from little_bell.mail.stores import mails_in
from tests.cli.conftest import CommandLine
from tests.projector.test_reports import VACATION, bounce_to


@pytest.fixture
def returned(bell: CommandLine) -> dict[str, bytes]:
    """Two messages that came back, one bounce of nobody's message, and somebody's automatic reply."""
    campaign = str(bell("--json", "campaign", "create", "--name", "Spring").json["id"])
    for name in ("ann", "bob"):
        bell("message", "create", "--campaign-id", campaign, "--email", f"{name}@example.com", "--token", f"token-of-{name}")
    return {
        "ann": bounce_to("ann@example.com", returned="X-Little-Bell-Token: token-of-ann"),
        "bob": bounce_to("bob@example.com", returned="X-Little-Bell-Token: token-of-bob"),
        "strange": bounce_to("stranger@example.net"),
        "vacation": VACATION,
    }


def test_a_maildir_is_counted_once_however_often_it_is_imported(bell: CommandLine, returned: dict[str, bytes], tmp_path: Path) -> None:
    maildir = tmp_path / "Maildir"
    for folder, names in {"new": ["ann", "strange"], "cur": ["bob", "vacation"], "tmp": ["ann"]}.items():
        (maildir / folder).mkdir(parents=True)
        for name in names:
            (maildir / folder / f"{name}:2,S").write_bytes(returned[name])
    first = bell("--json", "bounce", "import", str(maildir)).json
    assert first == {"mails": 4, "matched": 2, "unmatched": 1, "ignored": 1, "repeated": 0}
    assert bell("bounce", "import", str(maildir)).out.splitlines()[-1] == "Repeated: 4"
    assert {row["bounced_at"] is None for row in bell("--json", "campaign", "messages", "1").json} == {False}
    assert len(bell("--json", "report", "bounces").json) == 2


def test_an_mbox_and_single_files_are_counted(bell: CommandLine, returned: dict[str, bytes], tmp_path: Path) -> None:
    box = tmp_path / "bounces.mbox"
    box.write_bytes(
        b"".join(b"From MAILER-DAEMON Mon Jan  1 00:00:00 2024\n" + raw + b"\n" for raw in (returned["ann"], returned["strange"]))
    )
    single = tmp_path / "one.eml"
    single.write_bytes(returned["bob"])
    assert bell("--json", "bounce", "import", str(box), str(single)).json == {
        "mails": 3,
        "matched": 2,
        "unmatched": 1,
        "ignored": 0,
        "repeated": 0,
    }


def test_a_path_that_is_not_there_is_told(bell: CommandLine) -> None:
    answer = bell("bounce", "import", "no-such-folder")
    assert (answer.code, "no-such-folder" in answer.err) == (1, True)


def test_an_mbox_is_cut_where_its_mails_begin_and_nowhere_else(tmp_path: Path) -> None:
    box = tmp_path / "box"
    long = b"x" * 100_000 + b"From the middle of a line"
    box.write_bytes(b"From a\nSubject: 1\n\nFirst\nFrom here on\n\nFrom b\nSubject: 2\n\n" + long + b"\n")
    assert [raw for _, raw in mails_in(box, 200_000)] == [b"Subject: 1\n\nFirst\nFrom here on\n\n", b"Subject: 2\n\n" + long + b"\n"]
    assert [len(raw) for _, raw in mails_in(box, 50)] == [32, 50]


def test_of_a_huge_file_the_beginning_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.eml"
    with file.open("wb") as huge:
        os.truncate(huge.fileno(), 5_000_000_000)
    assert [len(raw) for _, raw in mails_in(file, 1_000)] == [1_000]


def test_what_found_no_message_is_listed_and_reviewed(bell: CommandLine, returned: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(returned["strange"])
    bell("bounce", "import", str(file))
    [row] = bell("--json", "bounce", "unmatched").json
    assert (row["recipients"], row["source"]) == (["stranger@example.net"], "import")
    assert "stranger@example.net" in bell("bounce", "unmatched").out
    told = bell("bounce", "review", str(row["id"]), "--message-id", "1")
    assert told.out.strip() == f"Report {row['id']} is matched: 1 bounced"
    assert bell("--json", "message", "show", "1").json["status"] == "bounced"
    assert (bell("bounce", "review", str(row["id"])).code, bell("--json", "bounce", "unmatched").json) == (1, [])
