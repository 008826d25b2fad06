"""Resolved records as judged events, each with its row. Nothing is read here but what our own pixel saw beside a provider."""

from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from little_bell.domain.clients import NO_CLIENT
from little_bell.domain.events import MINUTE, BounceFacts, Event
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.overrides import OVERRULED_TYPES
from little_bell.domain.verdicts import MANUAL, REPORTED, RULES, Judgement, decide, is_private, judge_told
from little_bell.domain.verdicts.own import OwnRules
from little_bell.journal.records import Hit, Mark, Notice
from little_bell.projector.dictionaries import NOBODY, Dictionaries, Reader
from little_bell.projector.merging import Seen, is_seen, own_events
from little_bell.projector.notices import PLACED, READERS
from little_bell.projector.resolved import Resolved
from little_bell.projector.suppress import said_by_event

DAY = 24 * 60 * MINUTE
#: A stated time further off than this is a wrong clock: before the message was made, or after we heard of it.
EARLIEST, LATEST = 30 * DAY, 5 * MINUTE


@dataclass(slots=True)
class Owners:
    """What is known of the campaigns and tenants of a batch's messages."""

    policies: dict[int, str] = field(default_factory=dict)
    own_rules: dict[int, OwnRules] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)  # campaigns


class Placing:
    """Adds events to what is resolved; the id of the next is `next_id`."""

    def __init__(self, resolved: Resolved, known: Dictionaries, owners: Owners, next_id: int) -> None:
        self._resolved = resolved
        self._known = known
        self._owners = owners
        self.next_id = next_id

    def hit(self, hit: Hit, state: MessageState | None) -> None:
        """Place what a reader did, if its message is there."""
        if state is None:
            self._resolved.parked.append(hit)
        elif state.campaign_id in self._owners.deleted:
            self._resolved.counts["deleted"] += 1
            if hit.tenant_id == state.tenant_id:
                self._hear(state, hit.type, None, hit.received_at, "link")
        elif state.tenant_id in self._owners.stopped and hit.type != "unsubscribed":  # that one was promised to its reader
            self._resolved.counts["suspended"] += 1
        elif hit.tenant_id and hit.tenant_id != state.tenant_id:
            self._resolved.counts["foreign_signature"] += 1
        else:
            self._add_hit(hit, state)

    def _add_hit(self, hit: Hit, state: MessageState) -> None:
        tenant_id, campaign_id = state.tenant_id, state.campaign_id
        judged, reader, client, agent_id, private = self._known.sight(hit, self._owners.policies.get(tenant_id, "truncate"))
        if self._owners.own_rules and hit.type in OVERRULED_TYPES:
            judged = self._by_own_rules(tenant_id, hit.address, hit.agent, judged)
        url = hit.url or None
        link_id = self._known.link_ids.get((tenant_id, campaign_id, hit.url)) if url and hit.is_signed else None
        event = Event(
            self.next_id, tenant_id, campaign_id, state.message_id, hit.type, hit.received_at, judged.verdict,
            judged.is_counted, reader.visitor, link_id, None, None, client, private, reader.place.country or "", hit.position,
        )  # fmt: skip
        source = "pixel" if hit.type == "opened" else "link"
        details = orjson.dumps({"purpose": hit.purpose}).decode() if hit.purpose else None
        if hit.type == "unsubscribed":
            self._hear(state, hit.type, None, hit.received_at, source)
        self._add(event, judged, hit.received_at, None, source, agent_id, reader, url, details)

    def _by_own_rules(self, tenant_id: int, address: str, agent: str, judged: Judgement) -> Judgement:
        own = self._owners.own_rules.get(tenant_id)
        rule = own.reason(address, agent, self._known.places.asn_of) if own else ""
        return decide(f"{rule},{judged.reasons}") if rule else judged

    def mark(self, mark: Mark) -> None:
        """Place what somebody said."""
        state = self._resolved.states.get(mark.message_id)
        if state is None or state.tenant_id != mark.tenant_id:
            self._resolved.counts["deleted"] += 1
            return
        stated = mark.received_at if mark.stated_at is None else mark.stated_at
        occurred_at = min(max(stated, state.created_at - EARLIEST), mark.received_at + LATEST)
        bounce = BounceFacts(**mark.bounce) if mark.bounce else None  # type: ignore[arg-type]
        self._hear(state, mark.type, bounce, min(occurred_at, mark.received_at), mark.source)
        if state.campaign_id in self._owners.deleted:
            self._resolved.counts["deleted"] += 1
            return
        link_id = self._known.link_ids.get((state.tenant_id, state.campaign_id, mark.url)) if mark.url else None
        judged = REPORTED if mark.report else MANUAL
        event = Event(
            self.next_id, state.tenant_id, state.campaign_id, state.message_id, mark.type, occurred_at, judged.verdict,
            True, 0, link_id, bounce, mark.provider_message_id,
        )  # fmt: skip
        told = {"provider_message_id": mark.provider_message_id, "bounce": mark.bounce, "report": mark.report}
        details = {name: value for name, value in told.items() if value}
        text = orjson.dumps(details).decode() if details else None
        self._add(event, judged, mark.received_at, mark.stated_at, mark.source, None, NOBODY, mark.url or None, text)

    def _hear(self, state: MessageState, kind: str, bounce: BounceFacts | None, at: int, source: str) -> None:
        """What an event says of its recipient: a deleted campaign's readers have their word too."""
        said = said_by_event(state.tenant_id, state.message_id, self._resolved.recipients[state.message_id], kind, bounce, at, source)
        if said is not None:
            self._resolved.said.append(said)

    def notices(self, connection: Connection) -> None:
        """Place what providers told of messages that were found; behind all hits, since ours stand for theirs."""
        found = self._resolved.told.found
        seen = own_events(connection, self._resolved.rows, found) if found else {}
        for notice, message_id in found:
            state = self._resolved.states.get(message_id)
            self._resolved.told.settle(notice, PLACED, message_id=message_id)
            if state is None:
                self._resolved.counts["deleted"] += 1
            else:
                self._add_notice(notice, state, seen)

    def _add_notice(self, notice: Notice, state: MessageState, seen: Seen) -> None:
        stated = notice.received_at if notice.stated_at is None else notice.stated_at
        occurred_at = min(max(stated, state.created_at - EARLIEST), notice.received_at + LATEST)
        bounce = BounceFacts(**notice.bounce) if notice.bounce else None  # type: ignore[arg-type]
        self._hear(state, notice.type, bounce, min(occurred_at, notice.received_at), notice.provider)
        if state.campaign_id in self._owners.deleted:
            self._resolved.counts["deleted"] += 1
            return
        judged, reader = REPORTED, NOBODY
        if notice.type in READERS:
            is_merged = is_seen(seen, notice, state.message_id, occurred_at)
            alone = self._known.requests.judge(notice.type, notice.address, notice.agent, "", False, True) if notice.agent else None
            judged = judge_told(notice.is_machine, is_merged, notice.is_shown_only, alone.reasons if alone else "")
            if not (is_merged or notice.is_shown_only):
                judged = self._by_own_rules(state.tenant_id, notice.address, notice.agent, judged)
            reader = self._known.reader(notice.address, notice.agent, self._owners.policies.get(state.tenant_id, "truncate"))
            self._resolved.told.count(notice, state.campaign_id, is_merged)
        link_id = self._known.link_ids.get((state.tenant_id, state.campaign_id, notice.url)) if notice.url else None
        named = notice.message_ids[0] if notice.message_ids and state.provider_message_id is None else None
        event = Event(
            self.next_id, state.tenant_id, state.campaign_id, state.message_id, notice.type, occurred_at, judged.verdict,
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
        self.next_id += 1
        self._resolved.events.append(event)
        self._resolved.rows.append(
            (
                event.id, event.tenant_id, event.campaign_id, event.message_id, event.type, event.occurred_at, received_at, stated_at,
                source, judged.verdict, int(judged.is_counted), judged.reasons, RULES, event.visitor, agent_id,
                reader.address, event.link_id, url, details, *reader.place,
                event.position or None,
            )
        )  # fmt: skip
