"""Importing: checked whole before the first is registered, nobody twice, whatever happens in between."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from little_bell.actions.forms import NewRecipient
from little_bell.actions.recipients import add_recipients
from little_bell.config import Settings
from little_bell.database import Database
from little_bell.db import make_engine, reading, writing
from little_bell.domain.errors import Invalid, NotFound
from little_bell.installation import Installation
from little_bell.models.tables import message_quarters, messages
from little_bell.recipients import staging as staging_module
from little_bell.recipients.load import Loaded, check, load
from little_bell.recipients.staging import Staging
from tests.fixtures.people import Person


@pytest.fixture
def bell(database: str, tmp_path: Path, alice: Person) -> Iterator[Database]:
    """Alice's database."""
    settings = Settings(database=database, data_dir=tmp_path, secret_key="a secret key for tests " * 2)
    with Database.over(Installation(settings, make_engine(database), alice.tenant, alice.email), "test") as it:
        yield it


@pytest.fixture
def campaign(bell: Database) -> int:
    return bell.create_campaign("Spring")


def checked(bell: Database, campaign: int, text: str, kinds: Mapping[str, str] | None = None) -> Staging:
    return check(io.BytesIO(text.encode()), partial(bell.add_recipients, campaign), kinds=kinds or {})


def imported(bell: Database, campaign: int, text: str, kinds: Mapping[str, str] | None = None) -> Loaded:
    with closing(checked(bell, campaign, text, kinds)) as staging:
        return load(staging, partial(bell.add_recipients, campaign))


def refusals(bell: Database, campaign: int, text: str) -> list[tuple[int, str, str]]:
    with closing(checked(bell, campaign, text)) as staging:
        assert bell.get_campaign_messages(campaign) == []
        return [(one.line, one.column, one.reason) for one in staging.refusals()]


def test_every_line_becomes_a_message(bell: Database, campaign: int, engine: Engine) -> None:
    text = "Email,Token,ID,Subject,Plan\na@b.c,token-of-a,c-1,Hello,gold\nb@b.c,,c-2,,\n"
    assert imported(bell, campaign, text, {"Plan": "metadata"}) == Loaded(2, 0)
    with reading(engine) as connection:
        rows = connection.execute(select(messages).order_by(messages.c.id)).all()
        assert connection.execute(select(func.sum(message_quarters.c.created))).scalar() == 2
    assert [(row.recipient_email, row.external_id, row.subject, row.metadata) for row in rows] == [
        ("a@b.c", "c-1", "Hello", {"Plan": "gold"}),
        ("b@b.c", "c-2", None, {"Plan": ""}),
    ]
    assert rows[0].token == "token-of-a" and len(rows[1].token) == 22


def test_doing_it_again_adds_nobody(bell: Database, campaign: int) -> None:
    for text in ("email\na@b.c\nb@b.c\n", "email,token\nc@b.c,token-of-c\n", "email,id\na@b.c,c-1\n"):
        first = imported(bell, campaign, text)
        assert first.already == 0
        assert imported(bell, campaign, text) == Loaded(0, first.registered)
    other = bell.create_campaign("Summer")
    assert imported(bell, other, "email\na@b.c\n") == Loaded(1, 0)


def test_an_import_that_broke_off_goes_on_where_it_was(bell: Database, campaign: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging_module, "CHUNK", 10)
    text = "email\n" + "".join(f"r{n}@b.c\n" for n in range(35))
    calls: list[int] = []

    def add(recipients: Any, check: bool) -> Mapping[str, Any]:
        calls.append(len(recipients))
        if len(calls) == 3:
            raise ConnectionError("the network is away")
        return bell.add_recipients(campaign, recipients, check)

    with closing(check(io.BytesIO(text.encode()), add)) as staging, pytest.raises(ConnectionError):
        load(staging, add)
    assert len(bell.get_campaign_messages(campaign)) == 20
    assert imported(bell, campaign, text) == Loaded(15, 20)


def test_refused_lines_are_named_and_the_others_stay_importable(bell: Database, campaign: int, charlie: Person, engine: Engine) -> None:
    other = bell.create_campaign("Summer")
    bell.create_message(other, "x@b.c", "taken-by-summer")
    text = "email,token\na@b.c,token-of-a\nnobody,token-of-b\nc@b.c,token-of-a\nd@b.c,taken-by-summer\n,token-of-e\nf@b.c,\n"
    found = refusals(bell, campaign, text)
    assert [(line, column) for line, column, _ in found] == [(3, "email"), (4, "token"), (5, "token"), (6, "email")]
    assert [reason for _, _, reason in found][1:] == ["line 2 has the same", "this tracking token is in use", "it is empty"]
    assert imported(bell, campaign, text) == Loaded(2, 0)


def test_a_recipient_twice_in_a_file_is_refused_the_second_time(bell: Database, campaign: int) -> None:
    assert refusals(bell, campaign, "email\na@b.c\nb@b.c\na@b.c\n") == [(4, "email", "line 2 has the same")]


def test_two_of_one_address_with_ids_of_their_own_are_two(bell: Database, campaign: int) -> None:
    assert imported(bell, campaign, "email,id\na@b.c,order-1\na@b.c,order-2\n") == Loaded(2, 0)


def test_a_file_without_a_recipient_is_refused(bell: Database, campaign: int) -> None:
    with pytest.raises(Invalid, match="line 2"):
        checked(bell, campaign, "email\n\n\n")


def test_a_stranger_finds_no_campaign_to_add_to(engine: Engine, campaign: int, charlie: Person) -> None:
    for is_check in (True, False):
        with writing(engine) as connection, pytest.raises(NotFound):
            add_recipients(connection, charlie.tenant_id, campaign, [NewRecipient(recipient_email="a@b.c")], check=is_check)


def test_two_at_once_add_nobody_twice(bell: Database, campaign: int, engine: Engine, alice: Person, together: Callable[..., Any]) -> None:
    recipients = [NewRecipient(recipient_email=f"r{n}@b.c") for n in range(200)]

    def add() -> int:
        with writing(engine) as connection:
            return add_recipients(connection, alice.tenant_id, campaign, recipients).registered

    assert sorted(together(add, add)) == [0, 200]
    assert len(bell.get_campaign_messages(campaign)) == 200


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Runs functions at the same time; what each returned."""
    from concurrent.futures import ThreadPoolExecutor

    def run(*work: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(len(work)) as pool:
            return [one.result(60) for one in [pool.submit(each) for each in work]]

    return run
