"""Reports that somebody has looked at: about this message, nothing to count, or read once more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from little_bell.journal.records import Report, Review
from little_bell.models import now, to_micros
from little_bell.models.tables import webhook_receipts
from little_bell.projector.addressees import by_id, by_token
from little_bell.projector.reports import IGNORED, MAIL, MATCHED, Filed, Settled, candidates_of, open_letter, settle

DISMISSED = Settled([], IGNORED, "dismissed")


def read_reviews(connection: Connection, reviews: Sequence[Review], filed: Filed) -> None:
    """Adds to `filed`. A report that was counted stays as it is, and the first of two reviews counts."""
    done: set[int] = set()
    for review in reviews:
        receipt = _receipt(connection, review)
        if receipt is None or receipt.id in done:
            filed.counts["review_repeated"] += 1
            continue
        settled = DISMISSED if review.is_dismissed else _read_again(connection, review, receipt)
        if settled.state == MATCHED or review.is_dismissed:
            done.add(receipt.id)
        filed.marks += settled.marks
        filed.reviewed.append(
            {"receipt": receipt.id, "new_state": settled.state, "new_outcome": settled.outcome, "new_handled_at": now()},
        )


def _receipt(connection: Connection, review: Review) -> Any:
    table = webhook_receipts.c
    mine = (table.tenant_id == review.tenant_id, table.provider == MAIL, table.external_id == review.digest, table.state != MATCHED)
    return connection.execute(select(table.id, table.headers, table.body, table.received_at).where(*mine)).one_or_none()


def _read_again(connection: Connection, review: Review, receipt: Any) -> Settled:
    told = receipt.headers
    report = Report(review.tenant_id, to_micros(receipt.received_at), told.get("source", ""), receipt.body, told.get("token", ""))
    letter = open_letter(report, review.digest)
    if review.message_id:
        named = by_id(connection, review.tenant_id, review.message_id)
    else:
        named = candidates_of(letter, by_token(connection, letter.tokens))
    return settle(connection, letter, review.tenant_id, named)
