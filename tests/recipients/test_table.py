"""Files of recipients: what is read in them, and where it is said that they can't be."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.errors import BellError, Invalid, Malformed
from little_bell.recipients.columns import Columns, Refusal, columns_of, guess
from little_bell.recipients.table import Line, Table


def table(text: str | bytes, encoding: str = "utf-8") -> Table:
    return Table(io.BytesIO(text.encode() if isinstance(text, str) else text), encoding)


def cells(text: str | bytes, encoding: str = "utf-8") -> list[list[str]]:
    return [line.cells for line in table(text, encoding)]


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("email\na@b.c\n", "utf-8", [["a@b.c"]]),
        ("email;name\r\na@b.c;Ann\r\n", "utf-8", [["a@b.c", "Ann"]]),
        ("email\tname\na@b.c\tAnn", "utf-8", [["a@b.c", "Ann"]]),
        ('email,name\na@b.c,"Ann, ""the"" first"\n', "utf-8", [["a@b.c", 'Ann, "the" first']]),
        (b"\xef\xbb\xbfemail\na@b.c\n", "utf-8", [["a@b.c"]]),
        ("email,name\na@b.c,Jürgen\n".encode("cp1252"), "cp1252", [["a@b.c", "Jürgen"]]),
        ("email\n\n\na@b.c\n\n", "utf-8", [["a@b.c"]]),
    ],
)
def test_files_as_programs_write_them_are_read(text: str | bytes, encoding: str, expected: list[list[str]]) -> None:
    assert cells(text, encoding) == expected


def test_lines_are_numbered_as_editors_do_even_behind_a_cell_of_several() -> None:
    assert list(table('email,note\na@b.c,"one\ntwo"\n\nc@d.e,x\n')) == [Line(2, ["a@b.c", "one\ntwo"]), Line(5, ["c@d.e", "x"])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"email\na@b.c\nJ\xe9@b.c\n", "line 3, column 2: the byte 0xe9"),
        ("email,name\na@b.c,ü\n".encode() + b"b@b.c,xx\xff\n", "line 3, column 9: the byte 0xff"),
        ("email\na@b.c\n".encode("utf-16"), "line 1, column 1: this looks like UTF-16"),
        (b"", "line 1: the file begins without the names of its columns"),
        (b"\n\n", "line 1: the file begins without"),
        (b"email,Email\n", "line 1: two columns are named"),
        (b'email\n"a@b.c\n', "line 2: this is not CSV"),
        (b'email\n"a"b@c.d\n', "line 2: this is not CSV"),
        (b"email\n" + b"x" * 1_000_001, "line 2: it is longer than"),
        (b",".join(b"c%d" % n for n in range(300)) + b"\n", "line 1: 300 columns"),
        (b"PK\x03\x04\0\0", "line 1, column 1: this looks like UTF-16 or no text at all"),
    ],
)
def test_what_cant_be_read_is_named_by_its_place(text: bytes, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        cells(text)
    assert refused.value.message.startswith(said)


@pytest.mark.parametrize("encoding", ["no-such", "utf-16", "rot13", "base64"])
def test_an_encoding_that_lines_cant_be_cut_in_is_refused(encoding: str) -> None:
    with pytest.raises(Invalid, match="utf-8, cp1252"):
        table("email\n", encoding)


@given(st.binary(max_size=300))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(content: bytes) -> None:
    numbers, said = [], "line "
    try:
        numbers = [line.number for line in table(content)]
    except BellError as error:
        said = error.message
    assert said.startswith("line ") and numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Email", "Name"], {"Email": "recipient_email"}),
        (["E-Mail Address", "Token", "ID"], {"E-Mail Address": "recipient_email", "Token": "tracking_token", "ID": "external_id"}),
        (["address", "email"], {"email": "recipient_email"}),
        (["external_id", "id"], {"external_id": "external_id"}),
        (["Name"], {}),
    ],
)
def test_columns_are_known_by_their_names(header: list[str], expected: dict[str, str]) -> None:
    assert guess(header) == expected


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"Name": "metadata"}, "no column holds the addresses"),
        ({"Mail": "recipient_email"}, "there is no column 'Mail'"),
        ({"Email": "address"}, "not 'address'"),
        ({"Email": "recipient_email", "Name": "recipient_email"}, "two columns can't both be"),
    ],
)
def test_a_mapping_that_cant_be_is_refused(kinds: dict[str, str], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        columns_of(["Email", "Name"], kinds)


@pytest.fixture
def columns() -> Columns:
    return columns_of(["Email", "Token", "Name"], {"Email": "recipient_email", "Token": "tracking_token", "Name": "metadata"})


def test_a_line_becomes_a_recipient_with_what_is_kept_beside(columns: Columns) -> None:
    found: Any = columns.read(Line(2, [" a@b.c ", "", "Ann"]))
    assert (found.recipient_email, found.tracking_token, found.metadata) == ("a@b.c", None, {"Name": "Ann"})


@pytest.mark.parametrize(
    ("cells_", "column", "reason"),
    [
        (["", "", "x"], "Email", "it is empty"),
        (["no address", "", ""], "Email", "has a form or characters"),
        (["a@b.c", "short", ""], "Token", "has to be 8 to 128"),
        (["a@b.c", "", "", "more"], "", "it has 4 cells"),
        (["a@b.c", "", "x" * 9_000], "metadata", "is 9011 bytes"),
        ([], "Email", "it is empty"),
    ],
)
def test_a_line_that_cant_be_registered_is_refused_with_its_column(columns: Columns, cells_: list[str], column: str, reason: str) -> None:
    found = columns.read(Line(7, cells_))
    assert isinstance(found, Refusal)
    assert (found.line, found.column) == (7, column) and found.reason.startswith(reason)
