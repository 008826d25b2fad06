"""MIME (RFC 2045, 2046), as far as reports need it: never raises, whatever comes, and its work is bounded.

Text is kept as Latin-1 until it is read, so that every byte survives. The standard library's parser recurses as deep as the mail
nests and reads all of an original of 20 MB; this one stops.
"""

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field

MOST_BYTES = 1_000_000  #: of a mail are looked at; reports stand in front of the mail they return
MOST_HEADER_BYTES = 128_000
MOST_TEXT = 64_000
DEEPEST = 8
MOST_PARTS = 50

_HEADER = re.compile(r"^([!-9;-~]{1,76})[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
_KIND = re.compile(r"\s*([\w.+\-]+/[\w.+\-]+)")
_PARAMETER = re.compile(r"[;\s]\s*([a-z0-9*_\-]{1,40})\s*=\s*(?:\"([^\"\n]{0,300})\"|([^\s;\"]{1,300}))", re.IGNORECASE)
_FOLD = re.compile(r"\n[ \t]+")


@dataclass(slots=True)
class Part:
    """A mail or a part of one. `headers` by lower-case name, unfolded, in order; `body` is undecoded Latin-1."""

    headers: dict[str, list[str]]
    body: str
    kind: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)

    def header(self, name: str) -> str:
        """The first header of that name, or ""."""
        values = self.headers.get(name)
        return values[0] if values else ""

    def walk(self) -> list["Part"]:
        """It and all parts below it, in order."""
        found = [self]
        for part in self.parts:
            found += part.walk()
        return found

    def content(self) -> str:
        """The body without its transfer encoding, still Latin-1."""
        encoding = self.header("content-transfer-encoding").strip().lower()
        if encoding == "base64":
            return _from_base64(self.body)
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body.encode("latin-1")).decode("latin-1")
        return self.body

    def text(self) -> str:
        """The body as text."""
        raw = self.content()[:MOST_TEXT]
        if raw.isascii() and "\x1b" not in raw:
            return raw
        return decode(raw.encode("latin-1"), self.parameters.get("charset", "utf-8"))


def parse(raw: bytes) -> Part:
    """The mail as parts."""
    text = raw[:MOST_BYTES].decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    if text.startswith(("From ", ">From ")):
        text = text.partition("\n")[2]
    return _part(text, DEEPEST, [MOST_PARTS])


def header_lines(block: str) -> list[tuple[str, str]]:
    """Header lines as lower-case name and unfolded value, in order; other lines are passed over."""
    found = []
    for match in _HEADER.finditer(block[:MOST_HEADER_BYTES]):
        value = match[2]
        found.append((match[1].lower(), (_FOLD.sub(" ", value) if "\n" in value else value).strip()))
    return found


def parse_headers(block: str) -> dict[str, list[str]]:
    """The same by name."""
    headers: dict[str, list[str]] = {}
    for name, value in header_lines(block):
        headers.setdefault(name, []).append(value)
    return headers


def decode(raw: bytes, charset: str) -> str:
    """Bytes as text: by the charset named, as UTF-8, or as far as the one named can read them."""
    for name, errors in ((charset, "strict"), ("utf-8", "strict"), (charset, "replace")):
        try:
            return raw.decode(name, errors)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1")


def _part(text: str, depth: int, left: list[int]) -> Part:
    left[0] -= 1
    head, body = _split_head(text)
    part = Part(parse_headers(head), body)
    part.kind, part.parameters = _content_type(part.header("content-type"))
    if depth and part.kind.startswith("multipart/"):
        for piece in _pieces(body, part.parameters.get("boundary", "")):
            if left[0] <= 0:
                break
            part.parts.append(_part(piece, depth - 1, left))
        if not part.parts:
            part.kind = "text/plain"
    return part


def _split_head(text: str) -> tuple[str, str]:
    if text.startswith("\n"):
        return "", text[1:]
    head, _, body = text.partition("\n\n")
    return head, body


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    if not value:
        return "text/plain", {}
    kind = _KIND.match(value)
    parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(value[:2_000])}
    return kind[1].lower() if kind else "text/plain", parameters


def _pieces(body: str, boundary: str) -> list[str]:
    pieces = _between(body, "--" + boundary) if boundary else []
    if pieces:
        return pieces
    # Relays that rewrite the boundary in the header alone leave the one in the body: a first line of dashes before a header.
    first = re.search(r"(?m)^(--[^\s][^\n]{4,70})\n(?:Content-|\n)", body[:4_000])
    return _between(body, first[1].rstrip()) if first else []


def _between(body: str, delimiter: str) -> list[str]:
    pieces: list[str] = []
    start = -1
    place = 0 if body.startswith(delimiter) else body.find("\n" + delimiter) + 1
    while (place or body.startswith(delimiter)) and len(pieces) < MOST_PARTS:
        end_of_line = body.find("\n", place)
        rest = body[place + len(delimiter) : end_of_line if end_of_line >= 0 else len(body)].strip()
        if rest in {"", "--"}:  # else it is another boundary that begins like this one
            if start >= 0:
                pieces.append(body[start : max(start, place - 1)])
            start = end_of_line + 1 if end_of_line >= 0 and not rest else -1
            if rest or end_of_line < 0:
                return pieces
        place = body.find("\n" + delimiter, place) + 1
        if not place:
            break
    if start >= 0:
        pieces.append(body[start:])
    return pieces


def _from_base64(body: str) -> str:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", body)
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4] + _rest(letters)).decode("latin-1").replace("\r\n", "\n")
    except binascii.Error:
        return body


def _rest(letters: str) -> str:
    rest = letters[len(letters) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
