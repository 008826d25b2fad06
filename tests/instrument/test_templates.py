"""Mails that others wrote, instrumented: nothing changes but destinations, and the pixel comes in."""

import re

from little_bell import Tracking, instrument
from tests.instrument.conftest import seen_by_a_browser, signed_destination, without_destinations


def test_there_are_templates_enough_of_several_makers(templates: dict[str, str]) -> None:
    with_links = {html for html in templates.values() if any(link.startswith("http") for link in seen_by_a_browser(html).links)}
    assert len(with_links) >= 30
    assert {name.partition("-")[0] for name in templates} == {"foundation", "bootstrap", "mailgen", "mjml"}
    assert sum("<!--[if" in html for html in with_links) >= 15


def test_only_destinations_change_and_the_pixel_comes_in_once(templates: dict[str, str], tracking: Tracking) -> None:
    for name, html in templates.items():
        made = instrument(html, tracking=tracking).html
        assert made.count(tracking.pixel_html) == 1, name
        assert without_destinations(made.replace(tracking.pixel_html, "")) == without_destinations(html), name
        assert comments(made) == comments(html), name


def test_a_browser_finds_the_same_destinations_each_behind_a_good_signature(templates: dict[str, str], tracking: Tracking) -> None:
    tracked = 0
    for name, html in templates.items():
        mail = instrument(html, tracking=tracking)
        before, after = seen_by_a_browser(html), seen_by_a_browser(mail.html)
        destinations = [signed_destination(link) for link in after.links]
        assert [destination or link for destination, link in zip(destinations, after.links, strict=True)] == before.links, name
        plain = [link for destination, link in zip(destinations, after.links, strict=True) if destination is None]
        assert set(plain) <= {*mail.left_alone}, name
        assert after.images == [*before.images, tracking.pixel_url], name
        tracked += len(destinations) - len(plain)
    assert tracked > 100


def test_instrumenting_twice_is_instrumenting_once(templates: dict[str, str], tracking: Tracking) -> None:
    for name, html in templates.items():
        once = instrument(html, tracking=tracking).html
        assert instrument(once, tracking=tracking).html == once, name


def comments(html: str) -> list[str]:
    return re.findall(r"<!--.*?-->", html, re.DOTALL)
