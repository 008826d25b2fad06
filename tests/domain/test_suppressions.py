"""Addresses that are the same, and what is said of them: in any order, and however often, it adds up to the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.addresses import address_key
from little_bell.domain.bounces import classify, is_dead
from little_bell.domain.spreadsheets import inert, plain
from little_bell.domain.suppressions import Entry, Rules, Standing, Why, all_of, soft_failure

entries = st.builds(
    Entry,
    st.sampled_from([str(why) for why in Why]),
    st.sampled_from(["a@b.c", "A@b.c"]),
    st.integers(1, 20),
    st.sampled_from(["api", "link"]),
    st.integers(1, 20),
    st.none() | st.integers(1, 40),
    st.sampled_from(["", "note"]),
    st.none() | st.integers(1, 3),
)
#: A reason, or the time of a release.
words = st.lists(entries | st.integers(1, 20), max_size=12)


def standing_after(said: list[Entry | int]) -> Standing:
    standing = Standing()
    for word in said:
        if isinstance(word, int):
            standing.release(word)
        else:
            standing.suppress(word)
    return standing


@given(words, st.randoms())
def test_no_order_and_no_repeat_changes_what_is_said(said: list[Entry | int], chance: random.Random) -> None:
    shuffled = said + said[::2]
    chance.shuffle(shuffled)
    assert standing_after(shuffled) == standing_after(said)


@given(words)
def test_what_is_stored_is_enough_to_go_on_from(said: list[Entry | int]) -> None:
    half = standing_after(said[: len(said) // 2])
    kept = all_of(half.entries.values())
    kept.released_at = half.released_at
    for word in said[len(said) // 2 :]:
        if isinstance(word, int):
            kept.release(word)
        else:
            kept.suppress(word)
    assert kept == standing_after(said)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("Ann@Example.COM", "ann@example.com", True),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example", True),
        ("JÖRG@example.com", "jörg@example.com", True),
        ("jo\u0308rg@example.com", "j\u00f6rg@example.com", True),
        ("ann@example.com.", "ann@example.com", True),
        ("ann@straße.example", "ann@strasse.example", False),
        ("ann+shop@gmail.com", "ann@gmail.com", False),
        ("a.nn@gmail.com", "ann@gmail.com", False),
    ],
)
def test_which_addresses_are_the_same(one: str, other: str, are_same: bool) -> None:
    assert (address_key(one) == address_key(other)) is are_same


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_key_is_its_own_key(local: str, domain: str) -> None:
    key = address_key(f"{local}@{domain}")
    assert address_key(key) == key


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        ({}, None),
        ({1: 10, 2: 20}, None),
        ({1: 10, 2: 20, 3: 30}, (30, 3)),
        ({1: 30, 3: 20, 5: 10}, (30, 1)),
        ({1: 10, 5: 20, 9: 30}, None),
        ({1: 99, 6: 20, 7: 30, 8: 10}, (30, 7)),
    ],
)
def test_three_of_any_five_in_a_row(failed: dict[int, int], expected: tuple[int, int] | None) -> None:
    assert soft_failure(range(1, 11), failed, Rules()) == expected


@given(st.sets(st.integers(0, 30)), st.integers(1, 5), st.integers(1, 8))
def test_the_soft_rule_is_what_a_look_at_every_window_says(failed: set[int], count: int, of: int) -> None:
    rules = Rules(soft_bounces=min(count, of), soft_of=of)
    windows = (range(first, first + of) for first in range(-of, 31))
    expected = any(len(failed.intersection(window)) >= rules.soft_bounces for window in windows)
    assert (soft_failure(range(31), dict.fromkeys(failed, 1), rules) is not None) is expected


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.1 no such user",
        "452 4.2.2 over quota",
        "556 5.1.10 nullMX",
        "554 5.7.1 blocked using a list",
        "550 5.1.2 host unknown",
        "???",
    ],
)
def test_what_is_left_of_a_judgement_is_enough_to_know_the_dead(reply: str) -> None:
    judged = classify(reply)
    assert is_dead(judged.permanent, judged.category, reply) is judged.hard


@given(st.text(max_size=20))
def test_a_cell_that_was_made_inert_comes_back_as_it_was(text: str) -> None:
    if not (text[:1] == "'" and inert(text[1:]) != text[1:]):  # what somebody wrote with an apostrophe can't be told apart
        assert plain(inert(text)) == text
