"""From raw records to judged events of known messages. Reads only; what can't be placed is parked or counted by reason."""

import time
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection, select

from little_bell.domain.lifecycle import MessageState
from little_bell.journal.records import (
    CampaignDeletion,
    Erasure,
    Hit,
    Mark,
    Notice,
    Prune,
    Receipt,
    Record,
    Release,
    Report,
    Review,
    Suppression,
)
from little_bell.models.tables import campaigns, tenants
from little_bell.projector.dictionaries import Dictionaries
from little_bell.projector.forgotten import ERASED, Fact, without_names
from little_bell.projector.notices import ROUTED, read_notices
from little_bell.projector.placing import Owners, Placing
from little_bell.projector.reports import read_reports
from little_bell.projector.resolved import Resolved
from little_bell.projector.reviews import read_reviews
from little_bell.projector.states import Row, state_of
from little_bell.projector.store import Store
from little_bell.projector.suppress import said_by_hand


class Resolver:
    """Resolves one batch within one transaction's view of the database."""

    def __init__(
        self, connection: Connection, store: Store, known: Dictionaries, next_event_id: int, is_ours: Callable[[str], bool]
    ) -> None:
        self._connection = connection
        self._store = store
        self._known = known
        self._is_ours = is_ours
        self._tokens: dict[int, str] = {}
        self._owners = Owners()
        self.resolved = Resolved()
        self._placing = Placing(self.resolved, known, self._owners, next_event_id)

    @property
    def next_event_id(self) -> int:
        """The id of the event after the last."""
        return self._placing.next_id

    def resolve(self, records: Sequence[Record], message_ids: Iterable[int] = ()) -> Resolved:
        """Everything in `records`, placed; and the states of some messages more."""
        hits = [record for record in records if isinstance(record, Hit)]
        others = [record for record in records if not isinstance(record, Hit)] if len(hits) < len(records) else []
        marks = [record for record in others if isinstance(record, Mark)]
        marks += self._read_reports(others)
        self._read_notices(others)
        by_token = self._load(hits, marks, message_ids)
        marks = [mark for mark in map(self._without_names, marks) if self.stays(mark, mark.message_id)]
        self._route_notices()
        self._learn(hits, marks, by_token)
        for hit in hits:
            self._placing.hit(hit, by_token.get(hit.token))
        for mark in marks:
            self._placing.mark(mark)
        self._placing.notices(self._connection)
        self.resolved.deletions = [record for record in others if isinstance(record, CampaignDeletion)]
        self.resolved.said += [said_by_hand(record) for record in others if isinstance(record, Suppression | Release)]
        self.resolved.prunes = [record for record in others if isinstance(record, Prune)]
        self.resolved.erasures = [record for record in others if isinstance(record, Erasure)]
        return self.resolved

    def _read_reports(self, records: Sequence[Record]) -> list[Mark]:
        reports = [record for record in records if isinstance(record, Report)]
        reviews = [record for record in records if isinstance(record, Review)]
        filed = self.resolved.filed
        if reports:
            read_reports(self._connection, reports, filed)
        if reviews:
            read_reviews(self._connection, reviews, filed)
        self.resolved.counts += filed.counts
        return filed.marks

    def _read_notices(self, records: Sequence[Record]) -> None:
        receipts = [record for record in records if isinstance(record, Receipt)]
        notices = [record for record in records if isinstance(record, Notice)]
        if receipts or notices:
            self.resolved.told = read_notices(self._connection, receipts, notices, time.time_ns() // 1_000)
            self.resolved.counts += self.resolved.told.counts

    def _load(self, hits: list[Hit], marks: list[Mark], message_ids: Iterable[int]) -> dict[str, MessageState]:
        """The messages by token, and into `resolved` by id; with them what is known of their campaigns and tenants."""
        by_token: dict[str, MessageState] = {}
        rows = list(self._store.messages_by_token(list({hit.token for hit in hits}))) if hits else []
        for row in rows:
            by_token[row[6]] = self._keep(row)
        missing = {mark.message_id for mark in marks}.union(message_ids)
        missing |= {message_id for _, message_id in self.resolved.told.found}
        missing -= self.resolved.states.keys()
        if missing:
            for row in self._store.messages_by_id(list(missing)):
                self._keep(row)
                self._tokens[row[0]] = row[6]
        self._load_owners()
        for message_id in message_ids:
            if (state := self.resolved.states.get(message_id)) is not None and state.campaign_id in self._owners.deleted:
                del self.resolved.states[message_id]
        return by_token

    def stays(self, record: Record, message_id: int) -> bool:
        """Whether a fact is ours to fold; else it goes to whoever folds its message."""
        token = self._tokens.get(message_id)
        if token is None or self._is_ours(token):
            return True
        self.resolved.states.pop(message_id, None)
        self.resolved.routed.append((token, record))
        return False

    def _without_names(self, fact: Fact, message_id: int = 0) -> Fact:
        return without_names(fact) if self.resolved.recipients.get(message_id or fact.message_id) == ERASED else fact

    def _route_notices(self) -> None:
        told = self.resolved.told
        told.found = [(self._without_names(notice, message_id), message_id) for notice, message_id in told.found]
        staying = []
        for notice, message_id in told.found:
            if self.stays(replace(notice, message_id=message_id), message_id):
                staying.append((notice, message_id))
            else:
                told.settle(notice, ROUTED)
        told.found = staying

    def _keep(self, row: Row) -> MessageState:
        state = self.resolved.states[row[0]] = state_of(row)
        if state.mailbox is None and state.last_event_at is None:  # one that had events is an older version's: see fill.py
            state.mailbox = self._known.mailboxes.of(row[7])
        self.resolved.recipients[row[0]] = row[7]
        return state

    def _load_owners(self) -> None:
        states = self.resolved.states.values()
        campaign_ids, tenant_ids = {s.campaign_id for s in states}, {s.tenant_id for s in states}
        gone = select(campaigns.c.id).where(campaigns.c.id.in_(campaign_ids), campaigns.c.deleted_at.is_not(None))
        self._owners.deleted = set(self._connection.execute(gone).scalars())
        table = tenants.c
        owners = select(table.id, table.ip_policy, table.suspended_at, table.deleted_at, table.rules_version)
        for tenant in self._connection.execute(owners.where(table.id.in_(tenant_ids))).all():
            self._owners.policies[tenant.id] = tenant.ip_policy
            if own := self._known.rule_book.of(self._connection, tenant.id, tenant.rules_version):
                self._owners.own_rules[tenant.id] = own
            if tenant.suspended_at or tenant.deleted_at:
                self._owners.stopped.add(tenant.id)

    def _learn(self, hits: list[Hit], marks: list[Mark], by_token: dict[str, MessageState]) -> None:
        notices = self.resolved.told.found
        self._known.learn_agents({hit.agent for hit in hits if hit.agent} | {notice.agent for notice, _ in notices if notice.agent})
        clicked = {(s.tenant_id, s.campaign_id, hit.url) for hit in hits if hit.url and hit.is_signed and (s := by_token.get(hit.token))}
        states = self.resolved.states
        clicked |= {(mark.tenant_id, s.campaign_id, mark.url) for mark in marks if mark.url and (s := states.get(mark.message_id))}
        clicked |= {(s.tenant_id, s.campaign_id, notice.url) for notice, key in notices if notice.url and (s := states.get(key))}
        self._known.learn_links(clicked)
