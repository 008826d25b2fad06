"""Reports that found no message, given to one by somebody who looked: what they say is counted then, once."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from little_bell.journal.records import Assignment, Mark, Report
from little_bell.mail import read
from little_bell.models import now, to_micros
from little_bell.models.tables import webhook_receipts
from little_bell.projector.addressees import by_id
from little_bell.projector.reports import LONGEST_OUTCOME, MAIL, MATCHED, UNMATCHED, Letter, about_which, cleaned, mark_of, outcome_of


class Settled(NamedTuple):
    """A report that has found its message, and what became of it."""

    receipt_id: int
    outcome: str


def read_assignments(connection: Connection, assignments: Sequence[Assignment]) -> tuple[list[Mark], list[Settled]]:
    """The marks that the reports make. A report that was settled before, or stands in the batch twice, makes none."""
    marks: list[Mark] = []
    settled: dict[int, Settled] = {}
    for assignment in assignments:
        message = by_id(connection, assignment.tenant_id, assignment.message_id)
        found = _waiting(connection, assignment) if message else None
        if message is None or found is None or found[0] in settled:
            continue
        receipt_id, letter = found
        made = [mark_of(letter, each, said) for each, said in about_which(letter.reading, [message])]
        marks += made
        settled[receipt_id] = Settled(receipt_id, cleaned(f"{outcome_of(letter.reading, made)}, by hand", LONGEST_OUTCOME))
    return marks, list(settled.values())


def _waiting(connection: Connection, assignment: Assignment) -> tuple[int, Letter] | None:
    table = webhook_receipts.c
    this = (table.tenant_id == assignment.tenant_id, table.provider == MAIL, table.external_id == assignment.digest)
    row = connection.execute(select(table.id, table.body, table.headers, table.received_at).where(*this, table.state == UNMATCHED)).first()
    if row is None:
        return None
    report = Report(assignment.tenant_id, to_micros(row.received_at), row.headers.get("source", MAIL), row.body)
    return row.id, Letter(report, read(row.body), (), assignment.digest)


def write_assigned(connection: Connection, settled: Sequence[Settled]) -> None:
    """Take them out of the queue."""
    for one in settled:
        values = {"state": MATCHED, "outcome": one.outcome, "handled_at": now()}
        connection.execute(update(webhook_receipts).where(webhook_receipts.c.id == one.receipt_id).values(**values))
