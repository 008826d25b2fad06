"""History judged again by the present lists and a version of the rules, some messages at a time, with all counters."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, select

from little_bell.db import writing
from little_bell.domain.overrides import OVERRULED_TYPES
from little_bell.domain.sums import Sums
from little_bell.domain.verdicts import RULES, decide
from little_bell.domain.verdicts.again import Kept, tell_again
from little_bell.domain.verdicts.own import OwnRules
from little_bell.domain.verdicts.reasons import VERSIONS
from little_bell.domain.verdicts.request import Lists, RequestJudge
from little_bell.models.tables import agents, campaigns, message_events, messages, projector_lease
from little_bell.projector.clicks import clicks_of, write_clicks
from little_bell.projector.correct import correct
from little_bell.projector.dictionaries import OTHER_AGENT
from little_bell.projector.judging import MOST_MESSAGES, MOST_OF_ONE, judge_batch, waiting, write_judged, write_waiting
from little_bell.projector.own_rules import read_own_rules
from little_bell.projector.recipients import note_messages
from little_bell.projector.refold import merge
from little_bell.projector.resolved import Resolved
from little_bell.projector.states import state_of, writes_of
from little_bell.projector.store import store_of
from little_bell.projector.write import write_sums


@dataclass(slots=True)
class Found:
    """How many messages and events were looked at, what turned into what, and how many events could not be told anew in full.

    `sums`: what that adds to the sums, or would add.
    """

    messages: int = 0
    events: int = 0
    turned: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_whole: int = 0
    sums: Sums = field(default_factory=Sums)


class Rejudging:
    """Run it with the projector's lease held, which `hold` prolongs in every transaction, or raises LeaseLost.

    A rehearsal changes nothing, and so sees no crowds across its steps.
    """

    def __init__(
        self,
        engine: Engine,
        lists: Lists,
        *,
        is_rehearsal: bool,
        rules: int = RULES,
        hold: Callable[[Connection], None] = lambda _connection: None,
    ) -> None:
        self._engine, self._hold = engine, hold
        self._rules, self._version = rules, VERSIONS[rules]
        self._judge = RequestJudge(lists)
        self._agents: dict[int, str] = {}
        self._own_rules: dict[int, OwnRules | None] = {}
        self._owners: dict[int, int] = {}
        self._is_rehearsal = is_rehearsal
        self.found = Found()

    def run(self) -> Found:
        """All messages of campaigns that are there, then those for whom others showed something."""
        for ids in self._pages():
            self._step(ids)
            self.found.messages += len(ids)
        while not self._is_rehearsal and (again := self._waiting()):
            self._step(again)
        return self.found

    def _pages(self) -> Iterator[list[int]]:
        after, alive = 0, select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
        while True:
            page = select(messages.c.id).where(messages.c.id > after, messages.c.campaign_id.in_(alive), messages.c.opened_at.is_not(None))
            with self._engine.connect() as connection:
                ids = list(connection.execute(page.order_by(messages.c.id).limit(MOST_MESSAGES // 2)).scalars())
            if not ids:
                return
            after = ids[-1]
            yield ids

    def _waiting(self) -> list[int]:
        with self._engine.connect() as connection:
            return waiting(connection)

    def _step(self, ids: Sequence[int]) -> None:
        if self._is_rehearsal:  # what follows is taken back
            with writing(self._engine) as connection:
                self._hold(connection)
        with writing(self._engine) as connection:
            self._hold(connection)
            store = store_of(connection)
            resolved = Resolved(states={row[0]: state_of(row) for row in store.messages_by_id(ids)})
            self._learn(connection, resolved)
            done = judge_batch(connection, resolved, ids, self._reread, version=self._version)
            self._count(connection, done.changed)
            sums, links = Sums(), clicks_of(store, list(done.changed))
            corrected = correct(connection, resolved, links, sums, done.changed)
            merge(self.found.sums, sums)
            if self._is_rehearsal:
                connection.rollback()
                return
            for columns, rows in writes_of(resolved.states[i] for i in sorted(corrected)).items():
                if rows:
                    store.update_messages(columns, rows)
            note_messages(connection, sorted(corrected))
            write_judged(connection, done, self._rules)
            judged = [i for i, state in resolved.states.items() if i not in done.waiting and state.clicks + state.opens <= MOST_OF_ONE]
            self._stamp(connection, judged)
            write_waiting(connection, done, ids)
            touched = {(resolved.states[i].tenant_id, resolved.states[i].campaign_id) for i in corrected}
            write_sums(connection, sums, touched, self._number(connection))
            write_clicks(store, resolved.states, {key: link for key, link in links.items() if key[0] in corrected})

    def _stamp(self, connection: Connection, ids: Sequence[int]) -> None:
        """What came out as before was judged by this version too."""
        table = message_events.c
        judged = (table.message_id.in_(ids), table.type.in_(OVERRULED_TYPES), table.rules != self._rules)
        connection.execute(message_events.update().where(*judged).values(rules=self._rules))

    def _number(self, connection: Connection) -> int:
        """A fold of its own, so that open pages notice."""
        taken = projector_lease.update().values(fold=projector_lease.c.fold + 1).returning(projector_lease.c.fold)
        return int(connection.execute(taken).scalar_one())

    def _learn(self, connection: Connection, resolved: Resolved) -> None:
        self._owners = {state.message_id: state.tenant_id for state in resolved.states.values()}
        for tenant_id in set(self._owners.values()) - self._own_rules.keys():
            self._own_rules[tenant_id] = read_own_rules(connection, tenant_id) if self._version.by_own_rules else None
        used = select(message_events.c.agent_id).where(message_events.c.message_id.in_(resolved.states)).distinct()
        unknown = {agent_id for agent_id in connection.execute(used).scalars() if agent_id is not None} - self._agents.keys()
        if unknown:
            found = connection.execute(select(agents.c.id, agents.c.text).where(agents.c.id.in_(unknown)))
            self._agents.update((row.id, row.text) for row in found)

    def _reread(self, row: Any) -> str:
        agent = self._agents.get(row.agent_id)
        asn = row.asn if self._version.by_own_rules else None
        details = orjson.loads(row.details) if isinstance(row.details, str) else row.details or {}
        kept = Kept(row.type, row.reasons, None if agent == OTHER_AGENT else agent, row.address, details.get("purpose", ""), asn)
        told = tell_again(self._judge, kept, self._own_rules.get(self._owners[row.message_id]))
        self.found.events += 1
        self.found.not_whole += not told.is_whole
        return told.reasons

    def _count(self, connection: Connection, changed: dict[int, dict[int, str]]) -> None:
        ids = [event_id for events in changed.values() for event_id in events]
        for start in range(0, len(ids), MOST_MESSAGES):
            some = select(message_events.c.id, message_events.c.message_id, message_events.c.verdict)
            for row in connection.execute(some.where(message_events.c.id.in_(ids[start : start + MOST_MESSAGES]))):
                after = decide(changed[row.message_id][row.id]).verdict
                if after != row.verdict:
                    self.found.turned[row.verdict, after] += 1
