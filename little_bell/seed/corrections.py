"""What the demo's people put right by hand: the numbers are kept as they were, then two verdicts are overruled."""

from contextlib import closing

from sqlalchemy import Connection, or_, select

from little_bell.actions.kept_sets import keep_numbers
from little_bell.installation import Installation
from little_bell.journal.records import Override, Record
from little_bell.models import now, to_micros
from little_bell.models.tables import kept_sets, message_events
from little_bell.queries.overrides import name_event
from little_bell.recording import append, fold_up_to, open_journal
from little_bell.seed.words import KEPT_AS, SAID

FOLD_SECONDS = 60.0


def put_right(here: Installation, tenant_id: int) -> bool:
    """Keep the numbers and overrule, once for the tenant; whether that was counted in time."""
    with here.writing() as connection:
        known = select(kept_sets.c.id).where(kept_sets.c.tenant_id == tenant_id, kept_sets.c.name == KEPT_AS)
        if connection.execute(known).first() is not None:
            return True
    with here.writing() as connection:
        keep_numbers(connection, tenant_id, KEPT_AS, here.actor)
    with here.reading() as connection:
        records: list[Record] = [record for said in SAID if (record := _said(connection, tenant_id, here.actor, *said)) is not None]
    with closing(open_journal(here)) as journal:
        return fold_up_to(here, append(journal, records), FOLD_SECONDS) if records else True


def _said(connection: Connection, tenant_id: int, actor: str, verdict: str, reason: str, says: str, note: str) -> Override | None:
    """Of the newest click that was judged so; None if there is none."""
    table = message_events.c
    named = or_(table.reasons == reason, table.reasons.like(f"%,{reason}"), table.reasons.like(f"%,{reason},%"))
    newest = select(table.id).where(table.tenant_id == tenant_id, table.type == "clicked", table.verdict == verdict, named)
    event_id = connection.execute(newest.order_by(table.occurred_at.desc(), table.id.desc()).limit(1)).scalar()
    if event_id is None:
        return None
    event = name_event(connection, tenant_id, event_id)
    return Override(tenant_id, event.message_id, event.event_at, event.mark, says, to_micros(now()), "cli", actor, note, event.token)
