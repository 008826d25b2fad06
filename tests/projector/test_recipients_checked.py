"""A rebuild compares the rows of recipients and their counts, says what differs and mends it; what is only late is no difference."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, update

from little_bell.db import writing
from little_bell.domain.recipients import FOREVER
from little_bell.journal.records import Suppression
from little_bell.models import now, to_micros
from little_bell.models.tables import (
    campaigns,
    recipient_counts,
    recipient_fill,
    recipient_notes,
    recipient_spellings,
    recipients,
    suppressions,
)
from little_bell.projector import recipient_check
from little_bell.projector.recipients_turn import settle_all
from tests.projector.audience import HOUR, Audience, check
from tests.projector.conftest import MINUTE, START, open_of

COUNT = 7


@pytest.fixture
def settled(audience: Audience, monkeypatch: pytest.MonkeyPatch) -> Audience:
    """Mail to some people, one of them written in capitals once, read by some; looked at a few at a time."""
    monkeypatch.setattr(recipient_check, "CHUNK", 3)
    ids = [audience.send(f"token-no-{n}", f"reader-{n}@example.com", audience.campaign_id) for n in range(COUNT)]
    ids.append(audience.send("token-in-capitals", "READER-0@example.com", audience.new_campaign(), minute=5))
    audience.write(*(audience.mark(message_id, "sent") for message_id in ids), open_of("token-no-2", 70))
    audience.project()
    settle_all(audience.engine)
    return audience


def in_row(number: int, **values: object) -> Callable[[Connection], object]:
    this = recipients.c.address == f"reader-{number}@example.com"
    return lambda connection: connection.execute(update(recipients).where(this).values(**values))


#: What is done to the tables, and what is said of it.
DAMAGES: dict[str, tuple[Callable[[Connection], object], str]] = {
    "a wrong time": (in_row(3, last_sent_at=START), "recipient reader-3@example.com of tenant 1: last_sent_at is"),
    "a wrong run": (in_row(4, unopened=3), "recipient reader-4@example.com of tenant 1: unopened is 3, not 1"),
    "a suppression that isn't": (in_row(5, suppressed_until=FOREVER), f"suppressed_until is {FOREVER}, not None"),
    "another spelling": (in_row(0, spellings=["X@example.com"]), "spellings is"),
    "a row that is gone": (
        lambda c: c.execute(delete(recipients).where(recipients.c.address == "reader-1@example.com")),
        "recipient reader-1@example.com of tenant 1: has no row",
    ),
    "a row of nobody": (
        lambda c: c.execute(
            insert(recipients).from_select(
                [column.name for column in recipients.c],
                recipients.select().with_only_columns(
                    *(
                        column + "x" if column.name == "address" else column
                        for column in recipients.c
                    )
                ).where(recipients.c.address == "reader-1@example.com"),
            )
        ),
        "recipient reader-1@example.comx of tenant 1: has a row, and got nothing",
    ),
    "a wrong count": (
        lambda c: c.execute(update(recipient_counts).where(recipient_counts.c.kind == "unopened").values(recipients=90)),
        "recipients of tenant 1, unopened 0: 90 are counted, 1 are there",
    ),
    "a count of nobody": (
        lambda c: c.execute(insert(recipient_counts).values(tenant_id=1, kind="new", is_suppressed=True, bucket=5, recipients=1)),
        "recipients of tenant 1, new 5, suppressed: 1 are counted, 0 are there",
    ),
    "a count that is gone": (lambda c: c.execute(delete(recipient_counts)), "recipients of tenant 1, sent"),
    "a way to write it that is gone": (
        lambda c: c.execute(delete(recipient_spellings)),
        "recipient READER-0@example.com of tenant 1 isn't led from to its row",
    ),
    "a way to write nobody": (
        lambda c: c.execute(insert(recipient_spellings).values(tenant_id=1, spelling="Y", address="y@example.com")),
        "recipient Y of tenant 1 is written so, and has no row",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_told_and_mended(settled: Audience, damage: str) -> None:
    assert settled.recount().differences == []
    change, words = DAMAGES[damage]
    with writing(settled.engine) as connection:
        change(connection)
    told = settled.recount().differences
    assert [line for line in told if words in line], told
    assert settled.recount(mend=True).differences != []
    assert settled.recount().differences == []
    check(settled)


def test_what_is_only_late_is_no_difference(settled: Audience) -> None:
    later, moment = settled.new_campaign(), to_micros(now())
    noted = settled.send("token-that-is-noted", "reader-1@example.com", later)
    new = settled.send("token-of-somebody-new", "New@example.com", later)
    settled.write(settled.mark(noted, "sent"), settled.mark(new, "sent"))
    settled.write(Suppression(settled.tenant_id, "reader-2@example.com", "manual", moment, "api", None, moment + HOUR))
    settled.project()
    assert settled.recount().differences == []  # noted, and not computed yet
    settle_all(settled.engine)
    with writing(settled.engine) as connection:
        connection.execute(update(campaigns).where(campaigns.c.id == later).values(deleted_at=now()))
    assert settled.recount().differences == []  # deleted, and not purged yet
    with writing(settled.engine) as connection:
        connection.execute(update(campaigns).where(campaigns.c.id == later).values(deleted_at=None))
        connection.execute(update(suppressions).values(expires_at=moment - MINUTE))
        connection.execute(update(recipients).where(recipients.c.suppressed_until.is_not(None)).values(suppressed_until=moment - MINUTE))
    assert settled.recount().differences == []  # over, and not seen to yet
    with writing(settled.engine) as connection:
        connection.execute(delete(recipients))
        connection.execute(delete(recipient_counts))
        connection.execute(delete(recipient_spellings))
        connection.execute(update(recipient_fill).values(filled=0, fill_to=10**6))
    assert settled.recount().differences == []  # not filled in yet
    with writing(settled.engine) as connection:
        connection.execute(update(recipient_fill).values(filled=10**6))
        connection.execute(delete(recipient_notes))
    assert len([line for line in settled.recount().differences if "has no row" in line]) == COUNT + 1
    settled.recount(mend=True)
    assert settled.recount().differences == []


def test_of_very_many_differences_the_first_are_told_and_the_others_counted(settled: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipient_check, "TOLD", 2)
    with writing(settled.engine) as connection:
        connection.execute(update(recipients).values(campaigns=7))
    told = settled.recount().differences
    assert len(told) == 3 and told[-1] == f"{COUNT - 2} more differences of recipients"
