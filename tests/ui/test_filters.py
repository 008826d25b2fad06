"""The filters of the page on bounces: what stands in an address is anybody's text, and what they give is the same everywhere."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from little_bell.domain.metrics import metrics
from little_bell.ui.bounce_filters import USUAL, Filters, filters_in
from little_bell.ui.gauges import gauges
from little_bell.ui.states.suppressions import imported

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOME = Filters("90", "soft", "mailbox_full", "bücher.example", "7", "a&b=c", "oldest")
COUNTS = dict.fromkeys(("opened", "human_opened", "clicked", "human_clicked", "unsubscribed", "rejected", "opens", "human_opens"), 0)
COUNTS |= dict.fromkeys(("clicks", "human_clicks", "unique_clicks", "private_opened", "private_human_opened"), 0)


def query_of(href: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


@pytest.mark.parametrize("filters", [USUAL, SOME, USUAL.with_(days="all")])
def test_an_address_means_what_it_was_made_from(filters: Filters) -> None:
    assert filters_in(query_of(filters.href)) == filters


def test_the_usual_needs_no_query() -> None:
    assert USUAL.href == "/bounces"


@pytest.mark.parametrize(
    "query",
    [
        {"days": "31"},
        {"kind": "hard'--"},
        {"campaign": "-1"},
        {"campaign": "9" * 30},
        {"sort": "id"},
        {"q": "x" * 300},
        {"domain": "a\0b"},
        {"reason": ["list"]},
        {"nonsense": "1"},
    ],
)
def test_what_cant_be_a_filter_counts_as_not_named(query: dict[str, Any]) -> None:
    assert filters_in(query) == USUAL


def test_the_file_is_asked_for_with_the_same_filters() -> None:
    said = query_of(SOME.export_href(NOW))
    assert said == {
        "campaign_id": "7",
        "category": "mailbox_full",
        "domain": "bücher.example",
        "search": "a&b=c",
        "is_hard": "0",
        "start": "2026-08-24T12:00:00+00:00",
    }
    assert query_of(USUAL.with_(days="all", kind="hard").export_href(NOW)) == {"is_hard": "1"}
    assert USUAL.with_(days="all").export_href(NOW) == "/api/bounces/export"


@pytest.mark.parametrize(
    ("sent", "bounced", "complained", "tones"),
    [(0, 0, 0, ["", ""]), (10_000, 50, 3, ["good", "good"]), (10_000, 100, 6, ["warn", "warn"]), (10_000, 200, 10, ["bad", "bad"])],
)
def test_rates_stand_beside_their_limits(sent: int, bounced: int, complained: int, tones: list[str]) -> None:
    numbers = metrics(sent, {**COUNTS, "sent": sent, "delivered": sent, "bounced": bounced, "complained": complained})
    assert [gauge.tone for gauge in gauges(numbers, 1, 2, 3)[:2]] == tones


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, ""),
        ({"added": "<b>"}, ""),
        ({"added": "1", "refused": "0", "lines": ""}, "1 line was taken from the file."),
        ({"added": "2", "refused": "12", "lines": "3,x,5"}, "2 lines were taken from the file. 12 lines were refused (line 3, 5, …)."),
    ],
)
def test_an_address_can_only_say_numbers_of_an_import(query: dict[str, str], said: str) -> None:
    assert imported(query) == said
