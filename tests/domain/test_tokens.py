"""Tokens, keys, visitors and rates."""

import pytest

from little_bell.domain.metrics import COUNTS, RATES, formula, metrics, rate
from little_bell.domain.tokens import KEY_PREFIX, KeyRing, is_token, new_key, new_token
from little_bell.domain.visitors import kept_address, network_of, stricter, visitor_of


def test_our_own_tokens_are_tokens_and_never_the_same() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_token(token) for token in made)


@pytest.mark.parametrize(
    "token", ["", "short-7", "a" * 129, "has space", "näh-token", "slash/token", "token12345.gif", "token12345\n", "%41bcdefgh"]
)
def test_what_senders_may_not_choose_is_no_token(token: str) -> None:
    assert not is_token(token)


@pytest.mark.parametrize("token", ["12345678", "a.b_c~d-e", "A" * 128, "123e4567-e89b-12d3-a456-426614174000", "pic.gif.v2"])
def test_what_senders_may_choose_is_a_token(token: str) -> None:
    assert is_token(token)


def test_a_key_carries_its_prefix_and_256_bits() -> None:
    key = new_key()
    assert key.startswith(KEY_PREFIX)
    assert len(key) - len(KEY_PREFIX) == 43


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        KeyRing(["too short"])


def test_a_mac_for_one_purpose_is_nothing_for_another() -> None:
    ring = KeyRing(["a secret of enough characters"])
    mac = ring.sign("link", b"data")
    assert ring.verify("link", b"data", mac)
    assert not ring.verify("unsubscribe", b"data", mac)
    assert not ring.verify("link", b"date", mac)
    assert not ring.verify("link", b"data", "mäc")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("not an address", ""),
    ],
)
def test_addresses_are_reduced_to_their_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(("policy", "kept"), [("truncate", "203.0.113.0/24"), ("full", "203.0.113.77"), ("none", None)])
def test_an_address_is_kept_as_the_policy_says(policy: str, kept: str | None) -> None:
    assert kept_address("203.0.113.77", policy) == kept


def test_a_tenant_can_be_stricter_than_the_installation_and_not_looser() -> None:
    assert stricter("full", "truncate") == "truncate"
    assert stricter("none", "truncate") == "none"
    assert stricter("truncate", "none") == "none"


def test_readers_of_one_network_with_one_agent_are_one_visitor() -> None:
    one = visitor_of(b"key", "203.0.113.77", "Mail/1")
    assert one == visitor_of(b"key", "203.0.113.5", "Mail/1")
    assert one != visitor_of(b"key", "203.0.114.5", "Mail/1")
    assert one != visitor_of(b"key", "203.0.113.77", "Mail/2")
    assert one != visitor_of(b"other", "203.0.113.77", "Mail/1")
    assert 0 <= one < 2**63


def test_nothing_to_divide_by_is_no_rate() -> None:
    assert rate(1, 0) is None
    assert rate(1, 3) == 33.33


def test_metrics_hold_every_count_and_every_rate() -> None:
    counts = dict.fromkeys(COUNTS, 0) | {
        "sent": 8,
        "delivered": 6,
        "opened": 3,
        "human_opened": 2,
        "clicked": 1,
        "bounced": 2,
        "rejected": 1,
    }
    numbers = metrics(10, counts)
    assert (numbers["total"], numbers["queued"]) == (10, 1)
    assert (numbers["open_rate"], numbers["human_open_rate"], numbers["bounce_rate"]) == (50.0, 33.33, 25.0)
    assert (numbers["click_to_open_rate"], numbers["human_click_to_open_rate"]) == (33.33, 0.0)
    assert set(numbers) == {"total", "queued", "suppressed", *COUNTS, *RATES}


def test_a_formula_names_what_is_divided_by_what() -> None:
    assert formula("human_open_rate") == "human opened ÷ delivered"
