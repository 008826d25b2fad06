"""A mail made trackable: its links signed, its pixel in place, and everything else as it was, byte for byte."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from little_bell.domain.links import Tracking
from little_bell.mail.destinations import OPTED_OUT, why_left, with_utm
from little_bell.mail.html import Place, encode, scan, without_comments
from little_bell.mail.plain import scan_text


@dataclass(frozen=True, slots=True)
class Instrumented:
    """A mail to send: HTML, text (None if there was none) and headers.

    `links` leads from each destination to the link that stands in the mail now, `left_alone` from each other link to the reason why.
    """

    html: str
    text: str | None
    headers: Mapping[str, str]
    links: Mapping[str, str]
    left_alone: Mapping[str, str]


class Draft:
    """A mail that was read, and can be instrumented. `own` is what tracking links begin with; those stay, so that twice is once."""

    def __init__(self, html: str, text: str | None, own: str, utm: Mapping[str, str] | None = None) -> None:
        self._html, self._text = html, text
        self.left_alone: dict[str, str] = {}
        found = scan(html)
        self._pixel_at = found.pixel_at
        self._in_html = self._tracked(found.places, own, utm or {})
        self._in_text = self._tracked(scan_text(text or ""), own, utm or {})

    @property
    def destinations(self) -> list[str]:
        """Where the tracked links lead: each once, in the order of the mail."""
        return list(dict.fromkeys(place.url for place in (*self._in_html, *self._in_text)))

    def finish(self, tracking: Tracking) -> Instrumented:
        """The mail with its pixel, its links and the headers to send."""
        links = {url: tracking.click_url(url) for url in self.destinations}
        html = self._with_links(self._html, self._in_html, lambda url: encode(links[url]), self._pixel(tracking))
        text = self._with_links(self._text, self._in_text, links.__getitem__) if self._text is not None else None
        return Instrumented(html, text, tracking.headers, links, self.left_alone)

    def _tracked(self, places: Sequence[Place], own: str, utm: Mapping[str, str]) -> list[Place]:
        kept = []
        for place in places:
            reason = OPTED_OUT if place.is_opted_out else why_left(place.url, own)
            destination = place.url
            if reason is None and utm:
                destination = with_utm(place.url, utm)
                reason = why_left(destination, own)  # it may have become too long
            if reason is None:
                kept.append(Place(place.start, place.end, destination))
            else:
                self.left_alone[place.url] = reason
        return kept

    def _pixel(self, tracking: Tracking) -> str:
        return "" if tracking.pixel_url in without_comments(self._html) else tracking.pixel_html

    def _with_links(self, text: str, places: Sequence[Place], link: Callable[[str], str], pixel: str = "") -> str:
        changes = [(place.start, place.end, link(place.url)) for place in places]
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
    Links are signed, not registered: they redirect all the same, and show in the campaign's figures from the first click on.
    """
    return Draft(html, text, tracking.own, utm).finish(tracking)
