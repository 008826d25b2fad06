"""What the demo's people put right by hand: the numbers are kept as they were, then two readers' verdicts are overruled."""

from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import Connection, or_, select

from little_bell.actions.kept_sets import keep_numbers
from little_bell.installation import Installation
from little_bell.journal.records import Override, Record
from little_bell.models import now, to_micros
from little_bell.models.tables import agents, kept_sets, message_events
from little_bell.queries.overrides import name_event
from little_bell.recording import append, fold_up_to, open_journal
from little_bell.seed.words import BROWSERS, KEPT_AS, SAID

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
        records: list[Record] = [record for said in SAID for record in _said(connection, tenant_id, here.actor, *said)]
    with closing(open_journal(here)) as journal:
        return fold_up_to(here, append(journal, records), FOLD_SECONDS) if records else True


def _said(connection: Connection, tenant_id: int, actor: str, verdict: str, reason: str, says: str, note: str) -> Iterator[Override]:
    """Of the newest message in which a person's browser followed links that were judged so: of all these clicks."""
    table = message_events.c
    named = or_(table.reasons == reason, table.reasons.like(f"%,{reason}"), table.reasons.like(f"%,{reason},%"))
    mine = (table.tenant_id == tenant_id, table.type == "clicked", table.verdict == verdict, named, agents.c.text.in_(BROWSERS))
    clicks = select(table.id, table.message_id).join_from(message_events, agents, agents.c.id == table.agent_id).where(*mine)
    newest = connection.execute(clicks.order_by(table.occurred_at.desc(), table.id.desc()).limit(1)).one_or_none()
    if newest is None:
        return
    for event_id, _ in connection.execute(clicks.where(table.message_id == newest.message_id).order_by(table.id)):
        event = name_event(connection, tenant_id, event_id)
        yield Override(tenant_id, event.message_id, event.event_at, event.mark, says, to_micros(now()), "cli", actor, note, event.token)
