"""A mail made trackable: its links signed, its pixel in place, and everything else as it was, byte for byte."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from little_bell.domain.links import Tracking, with_position
from little_bell.mail.destinations import OPTED_OUT, why_left, with_utm
from little_bell.mail.html import Place, encode, scan, without_comments
from little_bell.mail.plain import scan_text

#: Different links of one mail that whoever asks for it over the net may hand in.
MOST_LINKS = 1_000


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A mail to send: HTML, text (None if there was none) and headers.

    `links` leads from each destination to the link that stands in the mail now, the first of it in the HTML if it stands there more
    than once; `left_alone` from each other link to the reason why.
    """

    html: str
    text: str | None
    headers: Mapping[str, str]
    links: Mapping[str, str]
    left_alone: Mapping[str, str]


class Draft:
    """A mail that was read, and can be instrumented. `own` is what tracking links begin with; those stay, so that twice is once."""

    def __init__(self, html: str, text: str | None, own: str) -> None:
        self._html, self._text, self._own = html, text, own
        self.left_alone: dict[str, str] = {}
        found = scan(html)
        self._pixel_at = found.pixel_at
        self._in_html = self._tracked(found.places)
        self._in_text = self._tracked(scan_text(text or ""))

    @property
    def destinations(self) -> list[str]:
        """Where the tracked links lead: each once, in the order of the mail."""
        return list(dict.fromkeys(place.url for place in (*self._in_html, *self._in_text)))

    def tagged(self, utm: Mapping[str, str]) -> "Draft":
        """The same mail with these UTM parameters on the destinations that lack them."""
        if not utm:
            return self
        tagged = {url: with_utm(url, utm) for url in self.destinations}
        reasons = {url: why_left(destination, self._own) for url, destination in tagged.items()}  # it may have become too long
        kept = {url: destination for url, destination in tagged.items() if reasons[url] is None}
        draft = copy.copy(self)
        draft._in_html, draft._in_text = self._moved(self._in_html, kept), self._moved(self._in_text, kept)
        draft.left_alone = self.left_alone | {url: reason for url, reason in reasons.items() if reason}
        return draft

    def finish(self, tracking: Tracking) -> Instrumented:
        """The mail with its pixel, its links and the headers to send."""
        signed = {url: tracking.click_url(url) for url in self.destinations}
        in_html = [with_position(signed[place.url], position) for position, place in enumerate(self._in_html, 1)]
        html = self._with_links(self._html, self._in_html, [encode(link) for link in in_html], self._pixel(tracking))
        in_text = [signed[place.url] for place in self._in_text]
        text = self._with_links(self._text, self._in_text, in_text) if self._text is not None else None
        first = {place.url: link for place, link in zip(reversed(self._in_html), reversed(in_html), strict=True)}
        return Instrumented(html, text, tracking.headers, signed | first, self.left_alone)

    def _tracked(self, places: Sequence[Place]) -> list[Place]:
        kept = []
        for place in places:
            reason = OPTED_OUT if place.is_opted_out else why_left(place.url, self._own)
            if reason is None:
                kept.append(Place(place.start, place.end, place.url))
            else:
                self.left_alone[place.url] = reason
        return kept

    @staticmethod
    def _moved(places: Sequence[Place], destinations: Mapping[str, str]) -> list[Place]:
        return [Place(place.start, place.end, destinations[place.url]) for place in places if place.url in destinations]

    def _pixel(self, tracking: Tracking) -> str:
        return "" if tracking.pixel_url in without_comments(self._html) else tracking.pixel_html

    def _with_links(self, text: str, places: Sequence[Place], links: Sequence[str], pixel: str = "") -> str:
        changes = [(place.start, place.end, link) for place, link in zip(places, links, strict=True)]
        if pixel:
            changes.append((self._pixel_at, self._pixel_at, pixel))
            changes.sort()
        pieces: list[str] = []
        position = 0
        for start, end, new in changes:
            pieces += (text[position:start], new)
            position = end
        return "".join([*pieces, text[position:]])


def instrument(html: str, text: str | None = None, *, tracking: Tracking, utm: Mapping[str, str] | None = None) -> Instrumented:
    """The mail with its pixel, signed links and the headers to send; everything else in it stays byte for byte.

    Tracked are http and https links of `a` and `area` outside of comments, and the URLs of the text part. `utm` (source, medium,
    campaign, term, content) is added to the destinations that lack it. Never fails on bad HTML: what can't be read is left alone.
    Each link of the HTML says which of them it is (`p=1` is the first), so that clicks can be told by place.
    Links are signed, not registered: they redirect all the same, and show in the campaign's figures from the first click on.
    """
    return Draft(html, text, tracking.own).tagged(utm or {}).finish(tracking)
