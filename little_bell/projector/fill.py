"""Messages that an older version made come into the analytics, some hundred at a time, from their baselines and events."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection, Engine, select, update

from little_bell.db import writing
from little_bell.domain.clients import Client
from little_bell.domain.mailboxes import Mailboxes
from little_bell.domain.sums import Sums, settle_message
from little_bell.models.tables import agents, messages, projector_lease
from little_bell.projector.clients import client_of
from little_bell.projector.correct import fresh
from little_bell.projector.lists import read_lists, read_mailboxes
from little_bell.projector.refold import merge, refold, stored_events
from little_bell.projector.states import state_of, writes_of
from little_bell.projector.store import store_of, write_states
from little_bell.projector.write import write_sums

#: Messages a step fills in, ids it looks through for them, and agents it reads: some tens of milliseconds.
STEP, SPAN, AGENTS = 300, 20_000, 1_000
TO_FILL = select(projector_lease.c.id).where(projector_lease.c.filled < projector_lease.c.fill_to)


def fill_in(engine: Engine, lists_folder: str, hold: Callable[[Connection], None]) -> None:
    """Fill in all of them now, with the projector's lease held, which `hold` prolongs in every transaction."""
    filling = Filling(read_mailboxes(lists_folder), partial(client_of, rules=read_lists(lists_folder).agents))
    while True:
        with writing(engine) as connection:
            hold(connection)
            if not filling.step(connection):
                return


class Filling:
    """Knows how to tell mailbox providers and programs; where it stands is in the database."""

    def __init__(self, mailboxes: Mailboxes, client_of: Callable[[str], Client]) -> None:
        self._mailboxes = mailboxes
        self._client_of = client_of

    def step(self, connection: Connection) -> int:
        """Fill in some; whether to go on."""
        lease = projector_lease.c
        filled, fill_to = connection.execute(select(lease.filled, lease.fill_to)).one()
        if filled >= fill_to:
            return 0
        if self._read_agents(connection):
            return 1
        up_to = min(filled + SPAN, fill_to)
        new = (messages.c.id > filled, messages.c.id <= up_to, messages.c.mailbox.is_(None), messages.c.last_event_at.is_not(None))
        ids = connection.execute(select(messages.c.id).where(*new).order_by(messages.c.id).limit(STEP)).scalars().all()
        if ids:
            self._fill(connection, ids)
        up_to = ids[-1] if len(ids) == STEP else up_to
        connection.execute(update(projector_lease).values(filled=up_to))
        return 1

    def _read_agents(self, connection: Connection) -> bool:
        rows = connection.execute(select(agents.c.id, agents.c.text).where(agents.c.client.is_(None)).limit(AGENTS)).all()
        for row in rows:
            connection.execute(update(agents).where(agents.c.id == row.id).values(**self._client_of(row.text)._asdict()))
        return bool(rows)

    def _fill(self, connection: Connection, ids: Sequence[int]) -> None:
        store = store_of(connection)
        rows = {row[0]: row for row in store.messages_by_id(ids)}
        states = {message_id: state_of(row) for message_id, row in rows.items()}
        blank = {message_id: fresh(state) for message_id, state in states.items()}
        for message_id, state in blank.items():
            state.mailbox = self._mailboxes.of(rows[message_id][7])
        done = refold(connection, blank.values(), stored_events(connection, ids))
        sums, before = Sums(traits=done.sums.traits), Sums()
        for message_id, state in states.items():
            settle_message(before, state)
            state.mailbox, state.private_opened_at = blank[message_id].mailbox, done.states[message_id].private_opened_at
            state.is_changed = state.is_rewritten = True
            settle_message(sums, state)
        merge(sums, before, -1)
        write_states(store, writes_of(states.values()))
        # A number of the projector's own, so that open pages notice.
        taken = update(projector_lease).values(fold=projector_lease.c.fold + 1).returning(projector_lease.c.fold)
        write_sums(connection, sums, {(s.tenant_id, s.campaign_id) for s in states.values()}, connection.execute(taken).scalar_one())
