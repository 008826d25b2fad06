"""Where readers are, from the operator's own files, looked up before their addresses are shortened."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.journal.records import Notice
from little_bell.models.tables import message_events
from little_bell.projector.lists import read_lists
from little_bell.projector.places import NOWHERE, Place, Places, asn_in, country_in
from little_bell.projector.rejudge import Rejudging
from tests.fixtures.mmdb import write_mmdb
from tests.projector.conftest import START, Post
from tests.projector.test_judging import SLOT, click, pixel, verdicts

GERMANY, PROOFPOINT = {"country": {"iso_code": "DE"}}, {"autonomous_system_number": 22843}


def places(folder: Path) -> Places:
    country = write_mmdb(folder / "country.mmdb", {"90.1.0.0/16": GERMANY, "2001:db8::/32": {"country_code": "fr"}})
    return Places(str(country), str(write_mmdb(folder / "asn.mmdb", {"90.1.2.128/25": PROOFPOINT, "8.8.8.0/24": {"asn": "AS15169"}})))


def where(post: Post) -> list[Any]:
    return post.rows(select(message_events.c.country, message_events.c.asn, message_events.c.address).order_by(message_events.c.id))


@pytest.mark.parametrize(("address", "place"), [
    ("90.1.2.200", Place("DE", 22843)),
    ("90.1.2.3", Place("DE", None)),
    ("2001:db8::7", Place("FR", None)),
    ("8.8.8.8", Place(None, 15169)),
    ("1.2.3.4", NOWHERE),
    ("nonsense", NOWHERE),
    ("", NOWHERE),
])  # fmt: skip
def test_an_address_is_found_in_the_files(tmp_path: Path, address: str, place: Place) -> None:
    assert places(tmp_path).of(address) == place


@pytest.mark.parametrize("entry", [{"country": {"iso_code": "XYZ"}}, {"country": 7}, {"country_code": "1X"}, {"asn": "AS0"}, {"asn": "x"}])
def test_what_is_no_country_and_no_network_is_nothing(entry: Any) -> None:
    assert (country_in(entry), asn_in(entry)) == (None, None)


def test_it_stands_with_the_event_though_the_address_is_shortened(post: Post, tmp_path: Path) -> None:
    post.register("one-token", "two-token")
    told = Notice(post.tenant_id, "postmark", b"k" * 16, "r", "d", "opened", SLOT, tokens=["two-token"], address="90.1.9.9", agent="Mail/1")
    post.write(pixel("one-token", SLOT, "90.1.2.200"), told)
    with post.projecting(ip_policy="truncate", places=places(tmp_path)) as running:
        running.fold()
    assert where(post) == [("DE", 22843, "90.1.2.0/24"), ("DE", None, "90.1.9.0/24")]


def test_who_keeps_nothing_of_addresses_keeps_no_place_either(post: Post, tmp_path: Path) -> None:
    post.register("some-token")
    post.write(pixel("some-token", SLOT, "90.1.2.200"))
    with post.projecting(ip_policy="none", places=places(tmp_path)) as running:
        running.fold()
    assert where(post) == [(None, None, None)]


def test_a_filter_vendors_network_is_known_by_its_number_now_and_when_judged_again(post: Post, tmp_path: Path) -> None:
    [message] = post.register("some-token")
    post.write(post.mark(message, "delivered", minute=(SLOT - START) / 60e6 - 1), click("some-token", "a", SLOT, "90.1.2.200"))
    with post.projecting(ip_policy="truncate", places=places(tmp_path)) as running:
        running.fold()
    assert verdicts(post)[-1] == ("machine", "gateway_network,browser,early_gateway")
    assert Rejudging(post.engine, read_lists(), is_rehearsal=False).run().turned == {}
    (tmp_path / "networks.txt").write_text("relay 10.0.0.0/8\n")
    assert Rejudging(post.engine, read_lists(str(tmp_path)), is_rehearsal=False).run().turned == {("machine", "human"): 1}


def test_a_file_that_is_replaced_is_read_again_and_a_broken_one_is_told_and_done_without(
    post: Post, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    known = places(tmp_path)
    post.register("some-token")

    def fold_one(address: str) -> None:
        post.write(pixel("some-token", SLOT + len(where(post)) * 61_000_000, address))
        known._looked_at = -1e9
        with post.projecting(places=known) as running:
            running.fold()

    with caplog.at_level(logging.WARNING):
        fold_one("90.1.2.3")
        write_mmdb(tmp_path / "country.mmdb", {"90.1.0.0/16": {"country": {"iso_code": "AT"}}})
        fold_one("90.1.2.3")
        (tmp_path / "country.mmdb").write_bytes(b"broken")
        fold_one("90.1.2.3")
        (tmp_path / "asn.mmdb").unlink()
        fold_one("90.1.2.200")

    assert [row[:2] for row in where(post)] == [("DE", None), ("AT", None), ("AT", None), ("AT", 22843)]
    assert [record.message.split(" can't")[0] for record in caplog.records] == [
        f"LITTLE_BELL_COUNTRY_DB: {tmp_path}/country.mmdb", f"LITTLE_BELL_ASN_DB: {tmp_path}/asn.mmdb",
    ]  # fmt: skip


def test_a_file_that_was_never_there_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        known = Places(str(tmp_path / "none.mmdb"))
        known._looked_at = -1e9
        assert not known.renew()
    assert known.of("90.1.2.3") == NOWHERE
    assert len(caplog.records) == 1 and "it is done without" in caplog.records[0].message
