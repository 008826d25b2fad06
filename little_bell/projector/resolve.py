"""From raw records to judged events of known messages. Reads only; what can't be placed is parked or counted by reason."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection, select

from little_bell.domain.clients import NO_CLIENT
from little_bell.domain.events import MINUTE, BounceFacts, Event
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.overrides import OVERRULED_TYPES
from little_bell.domain.verdicts import MANUAL, REPORTED, RULES, Judgement, decide, is_private, judge_told
from little_bell.domain.verdicts.own import OwnRules
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
from little_bell.projector.dictionaries import NOBODY, Dictionaries, Reader
from little_bell.projector.merging import Seen, is_seen, own_events
from little_bell.projector.notices import PLACED, READERS, ROUTED, Told, read_notices
from little_bell.projector.reports import Filed, read_reports
from little_bell.projector.reviews import read_reviews
from little_bell.projector.states import Row, state_of
from little_bell.projector.store import Store
from little_bell.projector.suppress import Said, said_by_event, said_by_hand

DAY = 24 * 60 * MINUTE
#: A stated time further off than this is a wrong clock: before the message was made, or after we heard of it.
EARLIEST, LATEST = 30 * DAY, 5 * MINUTE


@dataclass(slots=True)
class Resolved:
    """A batch, ready to be folded. `rows` lie beside `events`, as store.EVENT_COLUMNS; `recipients` by message id."""

    states: dict[int, MessageState] = field(default_factory=dict)
    recipients: dict[int, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parked: list[Hit] = field(default_factory=list)
    deletions: list[CampaignDeletion] = field(default_factory=list)
    prunes: list[Prune] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    filed: Filed = field(default_factory=Filed)
    told: Told = field(default_factory=Told)
    counts: Counter[str] = field(default_factory=Counter)
    routed: list[tuple[str, Record]] = field(default_factory=list)  # for those who fold the messages with these tokens


class Resolver:
    """Resolves one batch within one transaction's view of the database."""

    def __init__(
        self, connection: Connection, store: Store, known: Dictionaries, next_event_id: int, is_ours: Callable[[str], bool]
    ) -> None:
        self._connection = connection
        self._store = store
        self._known = known
        self._next_id = next_event_id
        self._is_ours = is_ours
        self._tokens: dict[int, str] = {}
        self._policies: dict[int, str] = {}
        self._own_rules: dict[int, OwnRules] = {}
        self._stopped: set[int] = set()
        self._deleted: set[int] = set()
        self.resolved = Resolved()

    @property
    def next_event_id(self) -> int:
        """The id of the event after the last."""
        return self._next_id

    def resolve(self, records: Sequence[Record], message_ids: Iterable[int] = ()) -> Resolved:
        """Everything in `records`, placed; and the states of some messages more."""
        hits = [record for record in records if isinstance(record, Hit)]
        others = [record for record in records if not isinstance(record, Hit)]  # mostly none: then what follows costs nothing
        marks = [record for record in others if isinstance(record, Mark)]
        marks += self._read_reports(others)
        self._read_notices(others)
        by_token = self._load(hits, marks, message_ids)
        marks = [mark for mark in marks if self.stays(mark, mark.message_id)]
        self._route_notices()
        self._learn(hits, marks, by_token)
        for hit in hits:
            self._place_hit(hit, by_token.get(hit.token))
        for mark in marks:
            self._place_mark(mark)
        self._place_notices()
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
            if (state := self.resolved.states.get(message_id)) is not None and state.campaign_id in self._deleted:
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

    def _route_notices(self) -> None:
        told = self.resolved.told
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
        self._deleted = set(self._connection.execute(gone).scalars())
        table = tenants.c
        owners = select(table.id, table.ip_policy, table.suspended_at, table.deleted_at, table.rules_version)
        for tenant in self._connection.execute(owners.where(table.id.in_(tenant_ids))).all():
            self._policies[tenant.id] = tenant.ip_policy
            if own := self._known.rule_book.of(self._connection, tenant.id, tenant.rules_version):
                self._own_rules[tenant.id] = own
            if tenant.suspended_at or tenant.deleted_at:
                self._stopped.add(tenant.id)

    def _learn(self, hits: list[Hit], marks: list[Mark], by_token: dict[str, MessageState]) -> None:
        notices = self.resolved.told.found
        self._known.learn_agents({hit.agent for hit in hits if hit.agent} | {notice.agent for notice, _ in notices if notice.agent})
        clicked = {(s.tenant_id, s.campaign_id, hit.url) for hit in hits if hit.url and hit.is_signed and (s := by_token.get(hit.token))}
        states = self.resolved.states
        clicked |= {(mark.tenant_id, s.campaign_id, mark.url) for mark in marks if mark.url and (s := states.get(mark.message_id))}
        clicked |= {(s.tenant_id, s.campaign_id, notice.url) for notice, key in notices if notice.url and (s := states.get(key))}
        self._known.learn_links(clicked)

    def _place_hit(self, hit: Hit, state: MessageState | None) -> None:
        if state is None:
            self.resolved.parked.append(hit)
        elif state.campaign_id in self._deleted:
            self.resolved.counts["deleted"] += 1
            if hit.tenant_id == state.tenant_id:
                self._hear(state, hit.type, None, hit.received_at, "link")
        elif state.tenant_id in self._stopped and hit.type != "unsubscribed":  # that one was promised to its reader
            self.resolved.counts["suspended"] += 1
        elif hit.tenant_id and hit.tenant_id != state.tenant_id:
            self.resolved.counts["foreign_signature"] += 1
        else:
            self._add_hit(hit, state)

    def _add_hit(self, hit: Hit, state: MessageState) -> None:
        judged = self._known.requests.judge(hit.type, hit.address, hit.agent, hit.purpose, hit.is_head, hit.is_signed)
        if self._own_rules and hit.type in OVERRULED_TYPES:
            judged = self._by_own_rules(state.tenant_id, hit.address, hit.agent, judged)
        reader = self._known.reader(hit.address, hit.agent, self._policies.get(state.tenant_id, "truncate"))
        link_id = self._known.link_ids.get((state.tenant_id, state.campaign_id, hit.url)) if hit.url and hit.is_signed else None
        event = Event(
            self._next_id, state.tenant_id, state.campaign_id, state.message_id, hit.type, hit.received_at, judged.verdict,
            judged.is_counted, reader.visitor, link_id, None, None, self._known.clients.get(hit.agent, NO_CLIENT),
            is_private(judged.reasons), reader.place.country or "", hit.position,
        )  # fmt: skip
        source = "pixel" if hit.type == "opened" else "link"
        details = orjson.dumps({"purpose": hit.purpose}).decode() if hit.purpose else None
        if hit.type == "unsubscribed":
            self._hear(state, hit.type, None, hit.received_at, source)
        agent_id = self._known.agent_ids.get(hit.agent)
        self._add(event, judged, hit.received_at, None, source, agent_id, reader, hit.url or None, details)

    def _by_own_rules(self, tenant_id: int, address: str, agent: str, judged: Judgement) -> Judgement:
        own = self._own_rules.get(tenant_id)
        rule = own.reason(address, agent, self._known.places.asn_of) if own else ""
        return decide(f"{rule},{judged.reasons}") if rule else judged

    def _place_mark(self, mark: Mark) -> None:
        state = self.resolved.states.get(mark.message_id)
        if state is None or state.tenant_id != mark.tenant_id:
            self.resolved.counts["deleted"] += 1
            return
        stated = mark.received_at if mark.stated_at is None else mark.stated_at
        occurred_at = min(max(stated, state.created_at - EARLIEST), mark.received_at + LATEST)
        bounce = BounceFacts(**mark.bounce) if mark.bounce else None  # type: ignore[arg-type]
        self._hear(state, mark.type, bounce, min(occurred_at, mark.received_at), mark.source)
        if state.campaign_id in self._deleted:
            self.resolved.counts["deleted"] += 1
            return
        link_id = self._known.link_ids.get((state.tenant_id, state.campaign_id, mark.url)) if mark.url else None
        judged = REPORTED if mark.report else MANUAL
        event = Event(
            self._next_id, state.tenant_id, state.campaign_id, state.message_id, mark.type, occurred_at, judged.verdict,
            True, 0, link_id, bounce, mark.provider_message_id,
        )  # fmt: skip
        told = {"provider_message_id": mark.provider_message_id, "bounce": mark.bounce, "report": mark.report}
        details = {name: value for name, value in told.items() if value}
        text = orjson.dumps(details).decode() if details else None
        self._add(event, judged, mark.received_at, mark.stated_at, mark.source, None, NOBODY, mark.url or None, text)

    def _hear(self, state: MessageState, kind: str, bounce: BounceFacts | None, at: int, source: str) -> None:
        """What an event says of its recipient: a deleted campaign's readers have their word too."""
        said = said_by_event(state.tenant_id, state.message_id, self.resolved.recipients[state.message_id], kind, bounce, at, source)
        if said is not None:
            self.resolved.said.append(said)

    def _place_notices(self) -> None:
        found = self.resolved.told.found
        seen = own_events(self._connection, self.resolved.rows, found) if found else {}
        for notice, message_id in found:
            state = self.resolved.states.get(message_id)
            self.resolved.told.settle(notice, PLACED, message_id=message_id)
            if state is None:
                self.resolved.counts["deleted"] += 1
            else:
                self._add_notice(notice, state, seen)

    def _add_notice(self, notice: Notice, state: MessageState, seen: Seen) -> None:
        stated = notice.received_at if notice.stated_at is None else notice.stated_at
        occurred_at = min(max(stated, state.created_at - EARLIEST), notice.received_at + LATEST)
        bounce = BounceFacts(**notice.bounce) if notice.bounce else None  # type: ignore[arg-type]
        self._hear(state, notice.type, bounce, min(occurred_at, notice.received_at), notice.provider)
        if state.campaign_id in self._deleted:
            self.resolved.counts["deleted"] += 1
            return
        judged, reader = REPORTED, NOBODY
        if notice.type in READERS:
            is_merged = is_seen(seen, notice, state.message_id, occurred_at)
            alone = self._known.requests.judge(notice.type, notice.address, notice.agent, "", False, True) if notice.agent else None
            judged = judge_told(notice.is_machine, is_merged, notice.is_shown_only, alone.reasons if alone else "")
            if not (is_merged or notice.is_shown_only):
                judged = self._by_own_rules(state.tenant_id, notice.address, notice.agent, judged)
            reader = self._known.reader(notice.address, notice.agent, self._policies.get(state.tenant_id, "truncate"))
            self.resolved.told.count(notice, state.campaign_id, is_merged)
        link_id = self._known.link_ids.get((state.tenant_id, state.campaign_id, notice.url)) if notice.url else None
        named = notice.message_ids[0] if notice.message_ids and state.provider_message_id is None else None
        event = Event(
            self._next_id, state.tenant_id, state.campaign_id, state.message_id, notice.type, occurred_at, judged.verdict,
            judged.is_counted, reader.visitor, link_id if judged.is_counted else None, bounce, named,
            self._known.clients.get(notice.agent, NO_CLIENT), is_private(judged.reasons), reader.place.country or "",
        )  # fmt: skip
        told = {"provider_message_id": named, "bounce": notice.bounce, "receipt": notice.receipt}
        details = orjson.dumps({name: value for name, value in told.items() if value}).decode()
        agent_id = self._known.agent_ids.get(notice.agent)
        self._add(event, judged, notice.received_at, notice.stated_at, notice.provider, agent_id, reader, notice.url or None, details)

    def _add(
        self, event: Event, judged: Judgement, received_at: int, stated_at: int | None, source: str,
        agent_id: int | None, reader: Reader, url: str | None, details: str | None,
    ) -> None:  # fmt: skip
        self._next_id += 1
        self.resolved.events.append(event)
        self.resolved.rows.append(
            (
                event.id, event.tenant_id, event.campaign_id, event.message_id, event.type, event.occurred_at, received_at, stated_at,
                source, judged.verdict, int(judged.is_counted), judged.reasons, RULES, event.visitor, agent_id,
                reader.address, event.link_id, url, details, *reader.place,
                event.position or None,
            )
        )  # fmt: skip
