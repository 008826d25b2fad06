"""Odd HTML: what is found, what is left, and where the pixel goes."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell import Tracking, instrument
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.mail.html import decode, scan
from tests.instrument.conftest import seen_by_a_browser, signed_destination

SHORT = Tracking("https://b/track/", "https://b/p.gif", "<PIXEL>", {}, lambda url: f"https://b/track/?{url}&s=1")


@pytest.mark.parametrize(
    ("html", "made"),
    [
        ('<a href="http://x/">', '<a href="https://b/track/?http://x/&amp;s=1&amp;p=1">'),
        (
            "<A  HREF = 'http://x/'  data-X=1\n\tclass=foo >",
            "<A  HREF = 'https://b/track/?http://x/&amp;s=1&amp;p=1'  data-X=1\n\tclass=foo >",
        ),
        ("<a href=http://x/ id=1/>", "<a href=https://b/track/?http://x/&amp;s=1&amp;p=1 id=1/>"),
        ('<a\nhref\n=\n"\n http://x/ \n">', '<a\nhref\n=\n"https://b/track/?http://x/&amp;s=1&amp;p=1">'),
        (
            '<a title="a > b" href="http://x/?a=1&amp;b=2">',
            '<a title="a > b" href="https://b/track/?http://x/?a=1&amp;b=2&amp;s=1&amp;p=1">',
        ),
        ('<a href="http://x/?a=1&copy=2&lt=3">', '<a href="https://b/track/?http://x/?a=1&amp;copy=2&amp;lt=3&amp;s=1&amp;p=1">'),
        ('<a href="http&#58;//x/&#x2F;">', '<a href="https://b/track/?http://x//&amp;s=1&amp;p=1">'),
        ('<a href="http://x/" href="http://y/">', '<a href="https://b/track/?http://x/&amp;s=1&amp;p=1" href="http://y/">'),
        ('<area shape=rect href="http://x/">', '<area shape=rect href="https://b/track/?http://x/&amp;s=1&amp;p=1">'),
        ('<p>1 < 2 <a/href="http://x/">', '<p>1 < 2 <a/href="https://b/track/?http://x/&amp;s=1&amp;p=1">'),
    ],
)
def test_a_destination_is_signed_however_it_is_written(html: str, made: str) -> None:
    assert instrument(html, tracking=SHORT).html == made + "<PIXEL>"


@pytest.mark.parametrize(
    "html",
    [
        "",
        '<!--[if mso]><v:roundrect href="http://x/" fillcolor="#fff"><a href="http://y/">z</a></v:roundrect><![endif]-->',
        '<![if !mso]>text<![endif]><?xml:namespace prefix="o" <a href="http://x/">?>',
        '<style>a::after { content: "<a href=http://x/>" }</style><script>"<a href=http://x/>"</script><title><a href=http://x/></title>',
        '<img alt="<a href=http://x/>"><abbr href="http://x/">',
        '<base href="http://x/"><form action="http://x/"><link href="http://x/">',
        '<a href="mailto:a@b.example"><a href="tel:1"><a href="cid:part"><a href="#top"><a href="/path">',
        '<a href="//host/"><a href=""><a href>',
        '<a href="{{ url }}"><a href="*|URL|*"><a href="<%= url %>"><a href="https://x/?id={{id}}"><a href="https://x/*|ID|*"><a name="x">',
        '<a href="https://x/%%id%%"><a href="https://x/%recipient.id%"><a href="${url}"><a href="{% url \'x\' %}"><a href="[[url]]">',
        '<a href="http://x/" data-bell="off"><a DATA-BELL=" Off " href=http://y/>',
        '<a href="javascript:x"><a href="http://user@x/"><a href="http://x\\y/"><a href="http://x/\n/y"><a href="http://">',
    ],
)
def test_what_is_no_link_to_track_stays_as_it_is(html: str) -> None:
    mail = instrument(html, tracking=SHORT)
    assert (mail.html, mail.links) == (html + "<PIXEL>", {})


def test_every_link_that_is_left_alone_is_named_with_the_reason() -> None:
    mail = instrument('<a href="http://x/" data-bell="off"><a href="{{u}}"><a href="tel:1"><a href="https://b/track/y">', tracking=SHORT)
    assert list(mail.left_alone) == ["http://x/", "{{u}}", "tel:1", "https://b/track/y"]
    assert len(set(mail.left_alone.values())) == 4


@pytest.mark.parametrize(
    ("html", "made"),
    [
        ("<body>x</body></html>", "<body>x<PIXEL></body></html>"),
        ("<body>x</BODY\n></html>\n", "<body>x<PIXEL></BODY\n></html>\n"),
        ("<p>x", "<p>x<PIXEL>"),
        ("a</body>b</body><!-- </body> -->", "a</body>b<PIXEL></body><!-- </body> -->"),
        ("<script>'</body>'</script>", "<script>'</body>'</script><PIXEL>"),
        ("x<!-- never closed </body>", "x<PIXEL><!-- never closed </body>"),
        ("x<style>never closed", "x<PIXEL><style>never closed"),
        ('x<a href="http://y/', 'x<PIXEL><a href="http://y/'),
        ('x<area href=">', 'x<PIXEL><area href=">'),
    ],
)
def test_the_pixel_stands_where_a_reader_s_program_finds_it(html: str, made: str) -> None:
    assert instrument(html, tracking=SHORT).html == made


def test_a_pixel_in_a_comment_is_none_and_one_that_is_there_stays_alone() -> None:
    assert instrument("<!-- https://b/p.gif -->", tracking=SHORT).html == "<!-- https://b/p.gif --><PIXEL>"
    assert instrument("<img src=https://b/p.gif>", tracking=SHORT).html == "<img src=https://b/p.gif>"


@pytest.mark.parametrize("base", ["http://localhost:3000", "https://[2001:db8::1]", "https://bell.example/tracking&more"])
def test_instrumenting_twice_is_once_under_any_base_address(base: str) -> None:
    tracking = Addresses(base, KeyRing(["a secret of enough characters"])).tracking(1, "token-12345")
    once = instrument("<a href='https://x/?a&b'>x</a><a href=https://y/>y</a>", "https://x/ (https://y/).", tracking=tracking)
    assert len(once.links) == 3
    twice = instrument(once.html, once.text, tracking=tracking)
    assert (twice.html, twice.text, twice.links) == (once.html, once.text, {})


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("a&amp;b", "a&b"), ("a&ampb", "a&ampb"), ("a&amp", "a&"), ("a&amp=b", "a&amp=b"), ("&copy;", "©"), ("&copyx;", "&copyx;"),
        ("&#38;&#x26;&#38", "&&&"), ("&#128;", "€"), ("&", "&"), ("&;", "&;"), ("&nothing;", "&nothing;"),
    ],
)  # fmt: skip
def test_entities_in_an_attribute_are_read_as_browsers_do(raw: str, decoded: str) -> None:
    assert decode(raw) == decoded == seen_by_a_browser(f'<a href="{raw}">').links[0]


PIECES = [
    "<a href=", "<A HREF='", "<area href=\"", "http://x/", "https://y/?a=1&amp;b=2&copy=3", "'", '"', ">", "/>", " ", "=", "<", "</a>",
    "<!--", "-->", "--!>", "-", "<!", "<?", "</", "<p title='", "<td\n", "</body>", "<style>", "</style>", "</STYLE >", "<title>",
    "</title>", "<img src=z alt=\"", "text", "<![if !mso]>", "<textarea>", "</textarea>", "<abbr href=q>", "data-x",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_the_html_a_browser_finds_the_same_destinations_signed(html: str) -> None:
    tracking = Addresses("https://bell.example", KeyRing(["a secret of enough characters"])).tracking(7, "token-12345")
    mail = instrument(html, tracking=tracking)
    before, after = set(seen_by_a_browser(html).links), set(seen_by_a_browser(mail.html).links)
    assert {signed_destination(link) or link for link in after} == before
    assert before <= mail.links.keys() | mail.left_alone.keys()


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_whatever_the_html_only_places_of_links_change(html: str) -> None:
    made = instrument(html, tracking=SHORT).html.replace("<PIXEL>", "", 1)
    assert between_places(made) == between_places(html)


def between_places(html: str) -> list[str]:
    edges = [0, *(edge for place in scan(html).places for edge in (place.start, place.end)), len(html)]
    return [html[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a href='", "<!--", "<!-", "<style>", "<style><", "</", "<a href=x ", '<p a="', "&", "-", "<a =", "<a/ "]
)
def test_broken_html_takes_no_longer_than_any_other(piece: str) -> None:
    html = piece * (1_000_000 // len(piece))
    started = time.process_time()
    instrument(html, tracking=SHORT)
    assert time.process_time() - started < 5


def test_text_that_only_resembles_a_regular_expression_s_replacement_survives() -> None:
    html = r'<a href="https://x/\1\g<0>$1">\1</a>'
    assert re.search(r"\\1</a>", instrument(html, tracking=SHORT).html)
