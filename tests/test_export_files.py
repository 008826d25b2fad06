"""Files that are made for somebody who watches: whole or not there, and their tenant's alone."""

import os
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import Engine

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.api.routes.downloads import Export
from little_bell.api.routes.segments import RecipientsFile
from little_bell.db import reading, writing
from little_bell.domain.errors import NotFound
from little_bell.domain.exports import Format, What
from little_bell.domain.number_forms import Include
from little_bell.domain.readings import Reading
from little_bell.domain.segments import Ever, Segment
from little_bell.export_files import KEEP_SECONDS, Cancelled, Pieces, asked_for, made, make
from little_bell.queries import exports
from little_bell.queries.export_formats import export
from little_bell.queries.message_counts import count_messages
from little_bell.queries.message_lists import MessageFilter
from tests.fixtures.people import Person


@pytest.fixture
def wanted(engine: Engine, alice: Person, monkeypatch: pytest.MonkeyPatch) -> MessageFilter:
    monkeypatch.setattr(exports, "CHUNK_ROWS", 4)
    with writing(engine) as connection:
        campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="a"), "test")
        new = [NewMessage(campaign_id=campaign_id, recipient_email=f"r{n}@{('one', 'two')[n % 2]}.example") for n in range(24)]
        create_messages(connection, alice.tenant_id, new)
    return MessageFilter(campaign_id, domain="one.example")


def pieces(engine: Engine, person: Person, wanted: MessageFilter, format_: Format) -> Pieces:
    return partial(export, partial(reading, engine), person.tenant_id, wanted.campaign_id or 0, What.MESSAGES, format_, wanted)


@pytest.mark.parametrize("format_", Format)
def test_a_file_tells_how_far_it_is_and_is_its_tenants_alone(
    engine: Engine, alice: Person, charlie: Person, wanted: MessageFilter, format_: Format, tmp_path: Path
) -> None:
    told: list[int] = []
    ticket = make(pieces(engine, alice, wanted, format_), tmp_path / "x", alice.tenant_id, format_, told.append, Event())
    with reading(engine) as connection:
        assert sum(told) == count_messages(connection, alice.tenant_id, wanted) == 12
        assert count_messages(connection, charlie.tenant_id, wanted) == 0
    file = made(tmp_path / "x", alice.tenant_id, ticket, format_)
    assert len(told) == 3 and file is not None and file.stat().st_size > 100
    for tenant_id, asked in ((charlie.tenant_id, ticket), (alice.tenant_id, "0" * 32)):
        assert made(tmp_path / "x", tenant_id, asked, format_) is None
    with pytest.raises(NotFound):
        made(tmp_path / "x", alice.tenant_id, "../../etc/passwd", format_)


@pytest.mark.parametrize("format_", Format)
def test_one_that_is_cancelled_leaves_nothing(
    engine: Engine, alice: Person, wanted: MessageFilter, format_: Format, tmp_path: Path
) -> None:
    stop = Event()
    with pytest.raises(Cancelled):
        make(pieces(engine, alice, wanted, format_), tmp_path / "x", alice.tenant_id, format_, lambda _rows: stop.set(), stop)
    assert list((tmp_path / "x").iterdir()) == []


def test_files_of_hours_ago_go(engine: Engine, alice: Person, wanted: MessageFilter, tmp_path: Path) -> None:
    csv = pieces(engine, alice, wanted, Format.CSV)
    ask = partial(make, csv, tmp_path / "x", alice.tenant_id, Format.CSV, lambda _rows: None, Event())
    old = made(tmp_path / "x", alice.tenant_id, ask(), Format.CSV)
    long_ago = time.time() - KEEP_SECONDS - 1
    os.utime(old, (long_ago, long_ago))
    ask()
    assert old is not None and not old.exists() and len(list((tmp_path / "x").iterdir())) == 1


def test_the_address_of_a_file_says_all_that_is_in_it_so_that_any_node_can_make_it() -> None:
    wanted = MessageFilter(5, "clicked", "a&b=ü", opened=Reading.HUMAN, clicked=Reading.NONE, link_id=3, domain="one.example")
    said = dict(parse_qsl(asked_for({name: value for name, value in asdict(wanted).items() if name != "campaign_id"}, Format.XLSX)))
    asked = Export.model_validate(said)
    assert (asked.filter(5), asked.format) == (wanted, Format.XLSX)
    segment = Segment(2, Ever.EVER, 3, 4, Ever.NEVER, 5, 6, 7, 8, 9, False, "one.example", "a&b=ü", Include.ALL)
    assert None not in segment
    whom = RecipientsFile.model_validate(dict(parse_qsl(asked_for(segment._asdict(), Format.CSV))))
    assert (whom.segment(), whom.format) == (segment, Format.CSV)
    assert asked_for(Segment()._asdict(), Format.CSV) == "format=csv&include=human"
