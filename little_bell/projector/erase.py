"""A recipient is forgotten: events, bounces and names go, what they had added up to stays (docs/decisions/0016-erasing-a-recipient.md)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import orjson
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from little_bell.domain.addresses import address_key
from little_bell.domain.links import url_hash
from little_bell.domain.sums import Sums
from little_bell.domain.tokens import new_token
from little_bell.journal.records import Erasure, Hit, Mark, Override, Record, Release, Suppression, decode_one, encode_one
from little_bell.models import now
from little_bell.models.tables import (
    bounce_stats,
    bounces,
    crowd_clicks,
    dead_records,
    erasures,
    event_overrides,
    link_clicks,
    links,
    message_baselines,
    message_events,
    messages,
    parked_records,
    provider_events,
    suppressions,
    tombstones,
)
from little_bell.projector.forgotten import ERASED
from little_bell.projector.notices import GONE
from little_bell.projector.prune import prune_events
from little_bell.projector.recipients import lock_recipients, recipients_of, settle
from little_bell.projector.refold import Refolded, stored_events, whole_sums
from little_bell.projector.states import state_of
from little_bell.projector.store import store_of
from little_bell.projector.write import write_sums

_PERSONAL = ("subject", "template_id", "external_id", "metadata", "provider_message_id", "recent_visits")
_columns = (messages.c.id, messages.c.tenant_id, messages.c.campaign_id, messages.c.token, messages.c.recipient_email)


def erase_all(connection: Connection, ordered: Iterable[Erasure], fold: int) -> None:
    """Forget whom these messages went to, all that a fold was told to.

    Rows of recipients come last: whoever holds their lock waits for no other projector's messages.
    """
    whom = defaultdict[tuple[int, str], set[str]](set)
    for erasure in ordered:
        for key, names in _erase(connection, erasure.tenant_id, erasure.messages, fold).items():
            whom[key] |= names
    if whom:
        lock_recipients(connection)
        settle(connection, whom)


def _erase(connection: Connection, tenant_id: int, message_ids: Sequence[int], fold: int) -> Mapping[tuple[int, str], set[str]]:
    """Whose rows are to be computed anew. Done again, or for messages that are gone, it changes nothing."""
    mine = and_(messages.c.tenant_id == tenant_id, messages.c.id.in_(message_ids), messages.c.recipient_email != ERASED)
    rows = connection.execute(select(*_columns).where(mine)).all()
    if not rows:
        return {}
    ids = [row.id for row in rows]
    whom = recipients_of(connection, ids)
    names = sorted({row.recipient_email for row in rows} - {""}) + [row.token for row in rows]
    prune_events(connection, stored_events(connection, ids))
    _blank_states(connection, ids, fold)
    _blank_links(connection, ids, {row.campaign_id for row in rows}, {row.recipient_email for row in rows})
    for table in (message_events, bounces, crowd_clicks, event_overrides):  # of events, those that retention is about to take
        connection.execute(delete(table).where(table.c.message_id.in_(ids)))
    _blank_suppressions(connection, tenant_id, {address_key(row.recipient_email) for row in rows})
    buried = [{"token": row.token, "tenant_id": tenant_id, "recipient_email": ""} for row in rows]
    connection.execute(insert(tombstones), buried)  # hits on the old token are counted as `deleted`
    for row in rows:
        nothing = dict.fromkeys(_PERSONAL)
        values = {**nothing, "token": new_token(), "recipient_email": ERASED, "updated_at": now()}
        connection.execute(update(messages).where(messages.c.id == row.id).values(**values))
    _drop_set_aside(connection, names, ids)
    _drop_notices(connection, tenant_id, names)
    connection.execute(insert(erasures).values(tenant_id=tenant_id, names=names, messages=ids, ordered_at=now(), receipts_to=0))
    return whom


def is_about(record: Record, names: Sequence[bytes], message_ids: frozenset[int]) -> bool:
    """Whether a journaled record tells of these messages, or of whom they went to."""
    if isinstance(record, Hit):
        return record.token.encode() in names or (bool(record.url) and any(name in record.url.lower().encode() for name in names))
    if isinstance(record, Mark | Override) and record.message_id in message_ids:
        return True
    if isinstance(record, Suppression | Release):  # what keeps them from being mailed again stays, and is replayed
        return False
    raw = encode_one(record).lower()
    return any(name in raw for name in names)


def needles(names: Sequence[str]) -> list[bytes]:
    """Names as they are looked for in raw bytes: in lower case, and as they stand in URLs."""
    return sorted({form.lower().encode() for name in names for form in (name, quote(name, safe=""))} | {name.encode() for name in names})


def _blank_states(connection: Connection, ids: Sequence[int], fold: int) -> None:
    """Reasons of bounces quote the address; they leave the states, the baselines and the sums together."""
    states = [state_of(row) for row in store_of(connection).messages_by_id(ids)]
    before = whole_sums(Refolded(states={state.message_id: state for state in states})).bounces
    for state in states:
        state.bounce_reason = ERASED if state.bounce_reason else state.bounce_reason
    after = whole_sums(Refolded(states={state.message_id: state for state in states})).bounces
    change = {key: after.get(key, 0) - before.get(key, 0) for key in {*before, *after}}
    write_sums(connection, Sums(bounces=change), {(state.tenant_id, state.campaign_id) for state in states}, fold)
    for tenant_id, campaign_id in {(state.tenant_id, state.campaign_id) for state in states}:
        mine = (bounce_stats.c.tenant_id == tenant_id, bounce_stats.c.campaign_id == campaign_id)
        connection.execute(delete(bounce_stats).where(*mine, bounce_stats.c.bounced <= 0))
    with_reason = (messages.c.id.in_(ids), messages.c.bounce_reason.is_not(None))
    connection.execute(update(messages).where(*with_reason).values(bounce_reason=ERASED))
    for row in connection.execute(select(message_baselines).where(message_baselines.c.message_id.in_(ids))).all():
        told = orjson.loads(row.state) | {"provider_message_id": None, "visits": []}
        told["bounce_reason"] = ERASED if told["bounce_reason"] else told["bounce_reason"]
        mine_too = message_baselines.c.message_id == row.message_id
        connection.execute(update(message_baselines).where(mine_too).values(state=orjson.dumps(told)))


def _blank_links(connection: Connection, ids: Sequence[int], campaign_ids: set[int], addresses: set[str]) -> None:
    """Destinations that were made for this reader have the address in them."""
    forms = {form for address in addresses if address for form in (address, quote(address), quote(address, safe=""))}
    if not forms:
        return
    clicked = select(link_clicks.c.link_id).where(link_clicks.c.message_id.in_(ids))
    theirs = or_(links.c.id.in_(clicked), links.c.campaign_id.in_(campaign_ids))
    named = or_(*(links.c.url.icontains(form, autoescape=True) for form in sorted(forms)))
    for row in connection.execute(select(links.c.id).where(theirs, named)).all():
        url = f"erased:{row.id}"
        connection.execute(update(links).where(links.c.id == row.id).values(url=url, url_hash=url_hash(url)))


def _blank_suppressions(connection: Connection, tenant_id: int, addresses: set[str]) -> None:
    """That somebody wants no mail has to be known for them to get none; what was said of it and at which message goes."""
    table = suppressions.c
    mine = and_(table.tenant_id == tenant_id, table.address.in_(addresses))
    for row in connection.execute(select(table.address, table.entries).where(mine)).all():
        entries = [{**entry, "email": row.address, "note": "", "message_id": None} for entry in row.entries]
        values = {"email": row.address, "note": "", "message_id": None, "entries": entries}
        connection.execute(update(suppressions).where(table.tenant_id == tenant_id, table.address == row.address).values(**values))


def _drop_set_aside(connection: Connection, names: Sequence[str], ids: Sequence[int]) -> None:
    connection.execute(delete(parked_records).where(parked_records.c.token.in_(names)))
    wanted, message_ids = needles(names), frozenset(ids)
    for row in connection.execute(select(dead_records.c.id, dead_records.c.record)).all():
        if any(name in bytes(row.record).lower() for name in wanted) or _is_dead_about(bytes(row.record), wanted, message_ids):
            connection.execute(delete(dead_records).where(dead_records.c.id == row.id))


def _drop_notices(connection: Connection, tenant_id: int, names: Sequence[str]) -> None:
    """What providers told and waits for its message: that it was told stays, so that a repeat isn't counted; what it says goes."""
    table, wanted = provider_events.c, needles(names)
    waiting = select(table.provider, table.key, table.record).where(table.tenant_id == tenant_id, table.due_at.is_not(None))
    for row in connection.execute(waiting).all():
        if any(name in bytes(row.record or b"").lower() for name in wanted):
            this = (table.tenant_id == tenant_id, table.provider == row.provider, table.key == row.key)
            connection.execute(update(provider_events).where(*this).values(record=None, due_at=None, outcome=GONE))


def _is_dead_about(raw: bytes, wanted: Sequence[bytes], message_ids: frozenset[int]) -> bool:
    try:
        return is_about(decode_one(raw), wanted, message_ids)
    except Exception:  # why it is dead: nobody can read it, and by its bytes it was looked at already
        return False
