"""What a fold leaves in the suppressions: rules, readers and people speak, and it adds up to the same in any order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, func, select

from little_bell.domain.addresses import address_key
from little_bell.domain.bounces import is_dead
from little_bell.domain.events import BounceFacts, BounceType
from little_bell.domain.suppressions import SOFT, Entry, Rules, Standing, Why, all_of, soft_failure
from little_bell.journal.records import Release, Suppression
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import bounces, messages, suppression_releases, suppression_rules, suppressions
from little_bell.projector.recipients import note_addresses
from little_bell.projector.write import upsert

#: The events that say something by themselves; a bounce has to be hard.
WHY = {"bounced": str(Why.HARD_BOUNCE), "complained": str(Why.COMPLAINT), "unsubscribed": str(Why.UNSUBSCRIBE)}
LONGEST_NOTE = 300
#: The source of what the soft rule finds; other rules have that of the event.
RULE = "rule"
DAY = 24 * 3600 * 1_000_000
#: The newest messages to one address among which the soft rule looks; an inbox for tests has more.
LOOK_BACK = 500
#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000
_PUT = ("email", "why", "source", "note", "message_id", "since", "expires_at", "entries")

#: With a tenant's id, of PostgreSQL's locks for a transaction.
LOCK = 0x4C42_0002

#: Tenant and address key.
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said of an address as it was given: a reason against it, a soft failure, or that it is released."""

    tenant_id: int
    email: str
    at: int
    entry: Entry | None = None
    is_soft: bool = False
    is_by_rule: bool = False  # whether the tenant's rules are asked


def said_by_hand(record: Suppression | Release) -> Said:
    """What a person, a program or a file says."""
    at = record.received_at
    if isinstance(record, Release):
        return Said(record.tenant_id, record.address, at)
    since = at if record.since is None else min(record.since, at)
    return Said(
        record.tenant_id, record.address, at, Entry(record.why, record.address, at, record.source, since, record.expires_at, record.note)
    )


def said_by_event(
    tenant_id: int, message_id: int | None, email: str, kind: str, bounce: BounceFacts | None, at: int, source: str
) -> Said | None:
    """What an event says of its message's recipient; None for most."""
    if "@" not in email:  # of somebody who was forgotten, or whom the sender didn't name
        return None
    note = ""
    if bounce is not None:
        words = bounce.diagnostic_code or bounce.reason
        if not is_dead(bounce.bounce_type == BounceType.PERMANENT, bounce.category, words):
            return Said(tenant_id, email, at, is_soft=True, is_by_rule=True) if bounce.category in SOFT else None
        note = " ".join(words.split())[:LONGEST_NOTE]
    why = WHY.get(kind)
    if why is None:
        return None
    return Said(tenant_id, email, at, Entry(why, email, at, source, at, None, note, message_id), is_by_rule=True)


def write_suppressions(connection: Connection, said: Sequence[Said]) -> None:
    """Add what was said to what is known, under each tenant's rules. Runs behind write_bounces: the soft rule reads what that wrote."""
    if not said:
        return
    lock_tenants(connection, {one.tenant_id for one in said})
    rules = _rules(connection, {one.tenant_id for one in said})
    by_key: dict[Key, list[Said]] = defaultdict(list)
    for one in said:
        if "@" in one.email and _is_asked_for(one, rules[one.tenant_id]):  # an erased recipient has no address any more
            by_key[one.tenant_id, address_key(one.email)].append(one)
    standings = _standings(connection, by_key)
    released: set[Key] = set()
    for key, what in by_key.items():
        standing = standings[key]
        for one in what:
            if one.entry is not None:
                standing.suppress(one.entry)
            elif not one.is_soft:
                standing.release(one.at)
                released.add(key)
                _forget_soft_rule(standing)
    soft = [key for key, what in by_key.items() if any(one.entry is None for one in what)]
    for key, failures in _soft_failures(connection, soft).items():
        _apply_soft_rule(connection, key, failures, standings[key], rules[key[0]])
    _write(connection, standings, released)
    _write_releases(connection, standings, released)
    note_addresses(connection, standings)


def lock_tenants(connection: Connection, tenant_ids: Collection[int]) -> None:
    """From here to the end of the transaction no other projector changes these tenants' lists: each sees what the one before wrote."""
    if connection.dialect.name != "sqlite":
        for tenant_id in sorted(tenant_ids):
            connection.execute(select(func.pg_advisory_xact_lock(LOCK, tenant_id)))


def _is_asked_for(one: Said, rules: Rules) -> bool:
    if one.entry is None or not one.is_by_rule:
        return True
    rule = {Why.HARD_BOUNCE: rules.on_hard_bounce, Why.COMPLAINT: rules.on_complaint}
    return rule.get(Why(one.entry.why), True)


def _forget_soft_rule(standing: Standing) -> None:
    """A release may take away failures that the rule's entry was made of: what is left is looked at anew."""
    known = standing.entries.get(Why.SOFT_BOUNCES)
    if known is not None and known.source == RULE:
        del standing.entries[Why.SOFT_BOUNCES]


def _apply_soft_rule(connection: Connection, key: Key, failures: Mapping[int, int], standing: Standing, rules: Rules) -> None:
    failed = {message_id: at for message_id, at in failures.items() if at > standing.released_at}
    if not rules.soft_bounces or len(failed) < rules.soft_bounces:
        return
    told = soft_failure(_messages_to(connection, *key), failed, rules)
    if told is not None:
        at, message_id = told
        note = f"{rules.soft_bounces} of {rules.soft_of} messages in a row failed"
        expires_at = None if rules.soft_days is None else at + rules.soft_days * DAY
        standing.suppress(Entry(str(Why.SOFT_BOUNCES), key[1], at, RULE, at, expires_at, note, message_id))


def _soft_failures(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[int, int]]:
    """The last soft failure of each message to these addresses, by message id: one question for all, an outage makes many."""
    found: dict[Key, dict[int, int]] = {key: {} for key in keys}
    table = bounces.c
    for tenant_id, addresses in _by_tenant(found):
        mine = (table.tenant_id == tenant_id, table.address.in_(addresses), ~table.is_hard, table.category.in_(SOFT))
        failures = select(table.address, table.message_id, func.max(table.occurred_at)).where(*mine)
        for address, message_id, at in connection.execute(failures.group_by(table.address, table.message_id)):
            found[tenant_id, address][message_id] = to_micros(at)
    return found


def _messages_to(connection: Connection, tenant_id: int, address: str) -> list[int]:
    """Ids of the newest messages to the address, in the order they were registered, however senders wrote it."""
    written = select(bounces.c.recipient_email).where(bounces.c.tenant_id == tenant_id, bounces.c.address == address).distinct()
    forms = {address, *connection.execute(written).scalars()}
    ids: list[int] = []
    for form in forms:
        mine = (messages.c.tenant_id == tenant_id, messages.c.recipient_email == form, messages.c.suppressed.is_(None))
        ids += connection.execute(select(messages.c.id).where(*mine).order_by(messages.c.id.desc()).limit(LOOK_BACK)).scalars()
    return sorted(ids)[-LOOK_BACK:]


def _rules(connection: Connection, tenant_ids: Collection[int]) -> Mapping[int, Rules]:
    table = suppression_rules.c
    columns = (table.tenant_id, table.on_hard_bounce, table.on_complaint, table.soft_bounces, table.soft_of, table.soft_days)
    rows = connection.execute(select(*columns).where(table.tenant_id.in_(tenant_ids)))
    return dict.fromkeys(tenant_ids, Rules()) | {row[0]: Rules(*row[1:]) for row in rows}


def _standings(connection: Connection, keys: Iterable[Key]) -> dict[Key, Standing]:
    standings = {key: Standing() for key in keys}
    for tenant_id, addresses in _by_tenant(standings):
        table, freed = suppressions.c, suppression_releases.c
        known = select(table.address, table.entries).where(table.tenant_id == tenant_id, table.address.in_(addresses))
        for row in connection.execute(known):
            standings[tenant_id, row.address] = all_of(Entry(**entry) for entry in row.entries)
        released = select(freed.address, freed.released_at).where(freed.tenant_id == tenant_id, freed.address.in_(addresses))
        for row in connection.execute(released):
            standings[tenant_id, row.address].released_at = to_micros(row.released_at)
    return standings


def _by_tenant(keys: Iterable[Key]) -> Iterator[tuple[int, list[str]]]:
    found: dict[int, list[str]] = defaultdict(list)
    for tenant_id, address in keys:
        found[tenant_id].append(address)
    for tenant_id, addresses in found.items():
        rest = iter(sorted(addresses))
        while some := list(islice(rest, MANY)):
            yield tenant_id, some


def _write(connection: Connection, standings: Mapping[Key, Standing], released: Collection[Key]) -> None:
    rows = [_row(key, standing) for key, standing in sorted(standings.items()) if standing.entries]
    upsert(connection, suppressions, rows, put=_PUT)
    for tenant_id, addresses in _by_tenant(key for key in released if not standings[key].entries):
        connection.execute(delete(suppressions).where(suppressions.c.tenant_id == tenant_id, suppressions.c.address.in_(addresses)))


def _row(key: Key, standing: Standing) -> dict[str, Any]:
    leading = standing.leading
    assert leading is not None
    return {
        "tenant_id": key[0],
        "address": key[1],
        "email": leading.email,
        "why": leading.why,
        "source": leading.source,
        "note": leading.note,
        "message_id": leading.message_id,
        "since": from_micros(leading.since),
        "expires_at": None if leading.expires_at is None else from_micros(leading.expires_at),
        "entries": [asdict(entry) for _, entry in sorted(standing.entries.items())],
    }


def _write_releases(connection: Connection, standings: Mapping[Key, Standing], keys: Iterable[Key]) -> None:
    rows = [{"tenant_id": key[0], "address": key[1], "released_at": from_micros(standings[key].released_at)} for key in sorted(keys)]
    upsert(connection, suppression_releases, rows, put=["released_at"])
