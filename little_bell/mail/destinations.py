"""Which links of a mail are tracked, and why the others are left as they are."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from little_bell.domain.links import why_refused
from little_bell.domain.slugs import SLUG

#: What is filled in later, and so can't be signed: {{ url }}, {% if %}, ${url}, <%= url %>, *|URL|*, %%url%%, [[url]], %recipient.url%.
_PLACEHOLDER = re.compile(r"[{}]|<[%?]|\*\||%%|\[\[|%(?![0-9A-Fa-f]{2})[A-Za-z_][\w.-]*%")
TRACK = "track/"
_OF_OURS = re.compile(rf"{TRACK}|{SLUG}/click/[0-9]+\?")
OPTED_OUT = 'it is marked data-bell="off"'
PLACEHOLDER = "it has a placeholder in it, which is filled in later"
OWN = "it is a tracking link already"
UTM = ("source", "medium", "campaign", "term", "content")


def why_left(url: str, own: str) -> str | None:
    """The reason why a link can't be tracked; None if it can. `own` is what tracking links begin with."""
    if _PLACEHOLDER.search(url):
        return PLACEHOLDER
    if _is_own(url, own):
        return OWN
    try:
        return why_refused(url)
    except UnicodeEncodeError:
        return "it has characters that no URL can hold"


def _is_own(url: str, own: str) -> bool:
    """Whether it is a tracking link: of a token, or of a tenant's e-mail."""
    base = own.removesuffix(TRACK)
    return url.startswith(base) and _OF_OURS.match(url, len(base)) is not None


def with_utm(url: str, utm: Mapping[str, str]) -> str:
    """The URL with these UTM parameters (source, medium, …), less those that it has already. The rest of it stays as it is."""
    address, hash_sign, fragment = url.partition("#")
    _, mark, query = address.partition("?")
    has = {unquote(pair.partition("=")[0]).lower() for pair in query.split("&")}
    more = "&".join(f"utm_{name}={quote(value, safe='')}" for name, value in utm.items() if f"utm_{name}" not in has)
    if not more:
        return url
    joint = "?" if not mark else "" if not query or query.endswith("&") else "&"
    return f"{address}{joint}{more}{hash_sign}{fragment}"
