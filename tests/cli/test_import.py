"""`message import`: on the database itself and over HTTP, with one and the same answer."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, CommandLine

GOOD = "email,name,token\na@example.com,Ann,\nb@example.com,Bob,a-token-of-bob\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    """Writes a file of recipients; its path."""

    def write(text: str, encoding: str = "utf-8") -> str:
        path = tmp_path / "recipients.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


@pytest.fixture(params=["here", "over HTTP"])
def line(request: pytest.FixtureRequest, bell: CommandLine) -> Callable[..., Answer]:
    """The command line with a campaign of id 1, in both ways."""
    bell("campaign", "create", "--name", "Newsletter")
    return bell if request.param == "here" else request.getfixturevalue("over_http")  # type: ignore[no-any-return]


def test_a_file_is_registered_and_again_changes_nothing(line: Callable[..., Answer], file: Callable[..., str]) -> None:
    words = ("message", "import", file(GOOD), "--campaign-id", "1", "--column", "name=metadata")
    assert line(*words).out == "2 recipients registered, 0 were already, 0 lines refused\n"
    assert line(*words, "--json").json == {"registered": 0, "already": 2, "refused": 0, "good": 2, "refused_lines": []}
    rows = line("campaign", "messages", "1", "--json").json
    assert [(row["recipient_email"], row["tracking_token"] == "a-token-of-bob") for row in rows] == [
        ("a@example.com", False),
        ("b@example.com", True),
    ]


def test_nothing_is_registered_where_a_line_is_refused_unless_it_is_said(
    line: Callable[..., Answer], file: Callable[..., str], tmp_path: Path
) -> None:
    path, report = file(GOOD + "nobody,=1+1,\nc@example.com,,a-token-of-bob\n"), tmp_path / "refused.csv"
    answer = line("message", "import", path, "--campaign-id", "1", "--report", str(report))
    assert answer.code == 1 and "2 lines are good, 2 refused. Nothing was registered: mend these lines" in answer.out
    assert line("campaign", "messages", "1", "--json").json == []
    with report.open(newline="") as written:
        assert [row[:2] for row in csv.reader(written)] == [["line", "column"], ["4", "email"], ["5", "token"]]
    assert line("message", "import", path, "--campaign-id", "1", "--skip-refused").out.endswith(
        "2 recipients registered, 0 were already, 2 lines refused\n"
    )


def test_looking_registers_nothing(line: Callable[..., Answer], file: Callable[..., str]) -> None:
    answer = line("message", "import", file(GOOD), "--campaign-id", "1", "--check")
    assert (answer.code, answer.out) == (0, "2 lines are good, 0 refused. Nothing was registered.\n")
    assert line("campaign", "messages", "1", "--json").json == []


@pytest.mark.parametrize(
    ("text", "encoding", "words", "said"),
    [
        ("email\nJürgen@example.com\n", "latin-1", (), "line 2, column 2: the byte 0xfc"),
        ("name\nAnn\n", "utf-8", (), "line 1: no column holds the addresses (recipient_email); there are 'name'"),
        ("email\na@b.c\n", "utf-8", ("--column", "Mail=recipient_email"), "line 1: there is no column 'Mail'; there are 'email'"),
        ("email\na@b.c\n", "utf-8", ("--column", "Mail"), "it has to be HEADING=WHAT"),
        ("email\na@b.c\n", "utf-8", ("--encoding", "utf-16"), "files can't be read as 'utf-16'"),
    ],
)
def test_a_file_that_cant_be_read_is_refused_by_its_place(
    line: Callable[..., Answer], file: Callable[..., str], text: str, encoding: str, words: tuple[str, ...], said: str
) -> None:
    answer = line("message", "import", file(text, encoding), "--campaign-id", "1", *words)
    assert (answer.code, answer.out) == (1, "") and said in answer.err
    assert line("campaign", "messages", "1", "--json").json == []


def test_a_campaign_or_a_file_that_isnt_there_is_said(line: Callable[..., Answer], file: Callable[..., str]) -> None:
    assert "there is no such campaign" in line("message", "import", file(GOOD), "--campaign-id", "9").err
    assert "nowhere.csv" in line("message", "import", "nowhere.csv", "--campaign-id", "1").err
