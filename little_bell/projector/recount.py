"""Every counter counted anew from baselines and raw events: to check them, or to put them right."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Table, delete, select, update

from little_bell.domain.lifecycle import MessageState, status
from little_bell.domain.metrics import COUNTS
from little_bell.domain.sums import COHORT_COUNTS, DELAY_COUNTS, LINK_COUNTS, QUARTER_COUNTS, TRAIT_COUNTS, LinkState, Sums
from little_bell.domain.visits import newest_visits
from little_bell.models import to_micros
from little_bell.models.tables import (
    bounce_stats,
    campaign_stats,
    campaigns,
    cohort_quarters,
    delay_stats,
    event_quarters,
    link_clicks,
    link_stats,
    mailbox_stats,
    messages,
    projector_lease,
    rollup_baselines,
    trait_baselines,
    trait_stats,
    variant_stats,
)
from little_bell.projector.clicks import clicks_of, write_clicks
from little_bell.projector.correct import fresh
from little_bell.projector.recipient_check import compare_recipients
from little_bell.projector.recipients import lock_recipients
from little_bell.projector.refold import Refolded, merge, refold, stored_events, whole_sums
from little_bell.projector.states import STATE_COLUMNS, state_of, unpack_visits, values_of, writes_of
from little_bell.projector.store import store_of, write_states
from little_bell.projector.write import TRAIT_KEY, write_sums

CHUNK = 2_000
_OF_MESSAGES = (campaign_stats, cohort_quarters, link_stats, bounce_stats, delay_stats, mailbox_stats, variant_stats)
_ROLLUPS = (*_OF_MESSAGES, event_quarters, trait_stats)

Key = tuple[Any, ...]


@dataclass(slots=True)
class Recount:
    """What a recount found: each difference in words, and the sums as they should be."""

    messages: int = 0
    recipients: int = 0
    differences: list[str] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)


def recount(connection: Connection, *, mend: bool = False, advance: Callable[[int], None] = lambda _more: None) -> Recount:
    """Compare every message state and rollup with baseline + fold(events), and every row of recipients with its messages; with `mend`,
    write what should be there.

    Run it inside one transaction: to mend with the projector's lease held, to look in one that sees a single moment.
    `advance` is told of how many more messages were looked at.
    """
    found = Recount()
    for rows in _messages(connection):
        found.messages += len(rows)
        stored = {row[0]: state_of(row) for row in rows}
        for state in stored.values():
            unpack_visits(state)
        blank = [fresh(state) for state in stored.values()]
        done = refold(connection, blank, stored_events(connection, list(stored)))
        for message_id, state in stored.items():
            if state.mailbox is None:  # an older version's, which the projector hasn't filled in yet
                done.states[message_id].private_opened_at = state.private_opened_at
        _compare_states(found, stored, done)
        _compare_clicks(connection, found, done)
        merge(found.sums, whole_sums(done))
        merge(found.sums, Sums(quarters=done.sums.quarters, traits=done.sums.traits))
        if mend:
            _mend_states(connection, done)
        advance(len(rows))
    _add_baselines(connection, found.sums)
    _compare_sums(connection, found)
    if mend:
        _mend_sums(connection, found.sums)
        lock_recipients(connection)
    compared = compare_recipients(connection, mend=mend)
    found.recipients, found.differences = compared.recipients, [*found.differences, *compared.differences]
    return found


def _messages(connection: Connection) -> Iterator[list[Any]]:
    """Messages of the campaigns that aren't deleted, by chunks, as READ_COLUMNS."""
    store, after = store_of(connection), 0
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    while True:
        page = select(messages.c.id).where(messages.c.id > after, messages.c.campaign_id.in_(alive)).order_by(messages.c.id).limit(CHUNK)
        ids = connection.execute(page).scalars().all()
        if not ids:
            return
        after = ids[-1]
        yield list(store.messages_by_id(ids))


def _compare_states(found: Recount, stored: Mapping[int, MessageState], done: Refolded) -> None:
    for message_id, state in done.states.items():
        is_, should = values_of(stored[message_id]), values_of(state)
        if is_ != should:
            wrong = [f"{n} is {a!r}, not {b!r}" for n, a, b in zip(STATE_COLUMNS, is_, should, strict=True) if a != b]
            found.differences.append(f"message {message_id}: {'; '.join(wrong)}")
        if stored[message_id].status != status(state):
            found.differences.append(f"message {message_id}: status is {stored[message_id].status}, not {status(state)}")
        if newest_visits(stored[message_id].visits) != newest_visits(state.visits):
            found.differences.append(f"message {message_id}: recent visits differ")


def _compare_clicks(connection: Connection, found: Recount, done: Refolded) -> None:
    stored = clicks_of(store_of(connection), done.states)
    for key in stored.keys() | done.links.keys():
        is_, should = _told(stored.get(key)), _told(done.links.get(key))
        if is_ != should:
            found.differences.append(f"message {key[0]}, link {key[1]}: is {is_}, not {should}")


def _told(link: LinkState | None) -> tuple[Any, ...]:
    return (link.first_at, link.human_first_at, link.clicks, link.human_clicks) if link else ()


def _add_baselines(connection: Connection, sums: Sums) -> None:
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    for row in connection.execute(select(rollup_baselines).where(rollup_baselines.c.campaign_id.in_(alive))):
        key = (row.tenant_id, row.campaign_id, to_micros(row.quarter))
        merge(sums, Sums(quarters={key: orjson.loads(row.counts)}))
    traits = select(*(trait_baselines.c[name] for name in (*TRAIT_KEY, *TRAIT_COUNTS)))
    for tenant_id, campaign_id, trait, value, *counts in connection.execute(traits.where(trait_baselines.c.campaign_id.in_(alive))):
        merge(sums, Sums(traits={(tenant_id, campaign_id, trait, value): counts}))


def _compare_sums(connection: Connection, found: Recount) -> None:
    sums = found.sums
    _compare(connection, found, campaign_stats, ("tenant_id", "campaign_id"), COUNTS, sums.campaigns)
    _compare(connection, found, cohort_quarters, ("tenant_id", "campaign_id", "quarter"), COHORT_COUNTS, sums.cohorts)
    _compare(connection, found, event_quarters, ("tenant_id", "campaign_id", "quarter"), QUARTER_COUNTS, sums.quarters)
    _compare(connection, found, link_stats, ("tenant_id", "link_id", "campaign_id"), LINK_COUNTS, sums.links)
    keys = ("tenant_id", "campaign_id", "bounce_type", "category", "reason")
    _compare(connection, found, bounce_stats, keys, ("bounced",), {key: [n] for key, n in sums.bounces.items()})
    _compare(connection, found, delay_stats, ("tenant_id", "campaign_id", "step"), DELAY_COUNTS, sums.delays)
    _compare(connection, found, mailbox_stats, ("tenant_id", "campaign_id", "mailbox"), COUNTS, sums.mailboxes)
    _compare(connection, found, variant_stats, ("tenant_id", "campaign_id", "variant"), COUNTS, sums.variants)
    _compare(connection, found, trait_stats, TRAIT_KEY, TRAIT_COUNTS, sums.traits)


def _compare(
    connection: Connection, found: Recount, table: Table, keys: Sequence[str], columns: Sequence[str], should: Mapping[Any, Any]
) -> None:
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    stored: dict[Key, list[int]] = {}
    for row in connection.execute(select(table).where(table.c.campaign_id.in_(alive))).mappings():
        key = tuple(to_micros(row[name]) if name == "quarter" else row[name] for name in keys)
        stored[key] = [row[name] for name in columns]
    nothing = [0] * len(columns)
    for key in stored.keys() | should.keys():
        is_, ought = stored.get(key, nothing), list(should.get(key, nothing))
        if is_ != ought:
            wrong = [f"{n} is {a}, not {b}" for n, a, b in zip(columns, is_, ought, strict=True) if a != b]
            found.differences.append(f"{table.name} {key}: {'; '.join(wrong)}")


def _mend_states(connection: Connection, done: Refolded) -> None:
    for state in done.states.values():
        state.is_rewritten = True
    write_states(store_of(connection), writes_of(done.states.values()))
    connection.execute(delete(link_clicks).where(link_clicks.c.message_id.in_(done.states)))
    write_clicks(store_of(connection), done.states, done.links)


def _mend_sums(connection: Connection, sums: Sums) -> None:
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    # A number of the projector's own, so that open pages notice this change and the next fold too.
    taken = update(projector_lease).values(fold=projector_lease.c.fold + 1).returning(projector_lease.c.fold)
    number = connection.execute(taken).scalar() or 0
    for table in _ROLLUPS:
        connection.execute(delete(table).where(table.c.campaign_id.in_(alive)))
    write_sums(connection, sums, sums.campaigns, number)
