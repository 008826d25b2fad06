"""Links of a mail's HTML, found as browsers find them and without changing a byte: our own scanner, since a rewriter normalises tags."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5

_SPACE = r"[\t\n\f\r ]"
#: Everything repeats possessively: no text can make the scanner look at a character again and again.
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r "'>][^\t\n\f\r >]*+|(?=>))"""
_ATTRIBUTE = rf"[^\t\n\f\r />][^\t\n\f\r />=]*+(?:{_SPACE}*+={_SPACE}*+{_VALUE}|(?!{_SPACE}*+=))"
#: A tag from behind its name to its end.
_REST = rf"(?:[\t\n\f\r /]++|{_ATTRIBUTE})*+>"
_END_OF_NAME = r"(?=[\t\n\f\r />])"
_COMMENT = r"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+--!?>)"


def _any_case(name: str) -> str:
    """A pattern for a name in any case; a set a letter is found faster than (?i:…)."""
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in name)


#: Elements that hold text and no tags, up to their own end tag.
_OPAQUE = [_any_case(name) for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes")]
#: One by one: with a group to refer back to, possessive repetition fails in Python 3.11 ("please report a bug").
_OPAQUE_ELEMENT = "|".join(rf"<{name}{_END_OF_NAME}{_REST}(?:[^<]++|<(?!/{name}{_END_OF_NAME}))*+(?=<)" for name in _OPAQUE)
_STOPS = "|".join([*map(_any_case, ("a", "area", "/body", "plaintext")), *_OPAQUE])
#: What holds no link of ours: text, other tags, comments (Outlook's conditional ones included), elements full of text.
_DULL = rf"""(?:
    [^<]++
  | <(?!(?:{_STOPS}){_END_OF_NAME})/?[a-zA-Z][^\t\n\f\r />]*+{_REST}
  | {_COMMENT}
  | <(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>
  | <(?![a-zA-Z!?/])
  | {_OPAQUE_ELEMENT}
)*+"""
_LINK = rf"<(?:{_any_case('a')}|{_any_case('area')}){_END_OF_NAME}(?P<attributes>{_REST})"
_BODY = rf"(?P<body></{_any_case('body')}{_END_OF_NAME}{_REST})"
_NEXT = re.compile(rf"{_DULL}(?:{_LINK}|{_BODY})", re.VERBOSE)
_UNREAD = re.compile(_DULL, re.VERBOSE)
_ANY_COMMENT = re.compile(rf"{_COMMENT}|<!--.*", re.DOTALL)  # one without an end goes on to the end
_EACH_ATTRIBUTE = re.compile(
    rf"""
    (?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*+)
    (?:{_SPACE}*+={_SPACE}*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\t\n\f\r >]*+)))?+
    """,
    re.VERBOSE,
)
_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?+|[A-Za-z0-9]++[;=]?+)")
OPT_OUT = ("data-bell", "off")


@dataclass(frozen=True, slots=True)
class Place:
    """A link's URL, entities decoded, and where it stands in the text: from `start` up to `end`."""

    start: int
    end: int
    url: str
    is_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """A mail's HTML as it was read: its links in their order, and where the pixel belongs."""

    places: list[Place]
    pixel_at: int


def scan(text: str) -> Scan:
    """The links (`href` of `a` and `area`) outside of comments, and the place of the pixel: before the last `</body>`, else at the end.

    Never fails: what is too broken to be read (a tag, comment or script without an end) holds no links, and the pixel comes before it.
    """
    places: list[Place] = []
    body, position = None, 0
    while found := _NEXT.match(text, position):
        position = found.end()
        if found["body"] is not None:
            body = found.start("body")
        elif place := _place(found["attributes"], found.start("attributes")):
            places.append(place)
    rest = _UNREAD.match(text, position)
    return Scan(places, body if body is not None else rest.end() if rest else position)


def without_comments(text: str) -> str:
    """The text less its comments."""
    return _ANY_COMMENT.sub("", text)


def encode(url: str) -> str:
    """A URL as the value of an attribute, however that is quoted."""
    return html.escape(url)


def decode(value: str) -> str:
    """An attribute's value without its entities, as the HTML standard reads them there: `&copy=1` in a URL stays what it is."""
    return _REFERENCE.sub(_character, value) if "&" in value else value


def _place(attributes: str, offset: int) -> Place | None:
    href, is_opted_out = None, False
    names = set()
    for name, found in _each(attributes):
        if name in names:  # the first of a name counts
            continue
        names.add(name)
        if name == "href":
            href = found
        elif name == OPT_OUT[0]:
            is_opted_out = _value(found)[0].strip().lower() == OPT_OUT[1]
    if href is None:
        return None
    value, start = _value(href)
    return Place(offset + start, offset + start + len(value), decode(value).strip("\t\n\f\r "), is_opted_out)


def _each(attributes: str) -> Iterator[tuple[str, re.Match[str]]]:
    for found in _EACH_ATTRIBUTE.finditer(attributes, 0, len(attributes) - 1):  # less the closing >
        yield found["name"].lower(), found


def _value(found: re.Match[str]) -> tuple[str, int]:
    """The value and where it begins; an attribute without one has an empty value at its end."""
    kind = found.lastgroup
    return ("", found.end()) if kind in (None, "name") else (found[str(kind)], found.start(str(kind)))


def _character(found: re.Match[str]) -> str:
    reference = found[0]
    if reference[1] == "#":
        return html.unescape(reference)
    if reference.endswith("=") or reference[1:] not in html5:
        return reference
    return html5[reference[1:]]
