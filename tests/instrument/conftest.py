"""A message's tracking, and an oracle that reads mail with a parser that isn't ours."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from little_bell.domain.links import LINK, Addresses, Tracking, parse_query, signer
from little_bell.domain.tokens import KeyRing
from tests.instrument.fetch import mail_templates

RING = KeyRing(["a secret of enough characters"])
TENANT, TOKEN = 7, "token-12345"
_HREF = re.compile(r"""(\bhref[\s]*=[\s]*)("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)


@pytest.fixture(scope="session")
def tracking() -> Tracking:
    return Addresses("https://bell.example", RING).tracking(TENANT, TOKEN)


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Each template's HTML by its name."""
    folder: Path = mail_templates()
    return {path.stem: path.read_bytes().decode() for path in sorted(folder.glob("*.html"))}


@dataclass(frozen=True)
class Seen:
    """What a browser makes of a mail: the links in their order, and the addresses of its images."""

    links: list[str]
    images: list[str]


def seen_by_a_browser(html: str) -> Seen:
    """The mail as Lexbor, an HTML parser that follows the standard, reads it."""
    page = LexborHTMLParser(html)
    links = [(node.attributes["href"] or "").strip() for node in page.css("a[href], area[href]")]
    return Seen(links, [node.attributes["src"] or "" for node in page.css("img[src]")])


def without_destinations(html: str) -> str:
    """The HTML with every href emptied, by a regular expression that knows nothing of HTML."""
    return _HREF.sub(r"\1…", html)


def signed_destination(link: str) -> str | None:
    """Where a link of ours leads, if its signature is good for this message; None for any other link."""
    parts = urlsplit(link)
    if not link.startswith("https://bell.example/track/redirect/"):
        return None
    query = parse_query(parts.query.encode())
    token = unquote(parts.path.rpartition("/")[2])
    return query["url"] if signer(RING, LINK, query["s"], token, query["url"]) == TENANT and token == TOKEN else None
