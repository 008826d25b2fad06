"""Messages, registered one or ten thousand at a time: ids in one step, rows below the ORM, all or none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import BindParameter, Connection, Executable, bindparam, select, text, union_all
from sqlalchemy.exc import IntegrityError

from little_bell.actions.forms import NewMessage
from little_bell.actions.suppressions import suppressed_among
from little_bell.domain.errors import BellError, Conflict, NotFound
from little_bell.domain.events import QUARTER
from little_bell.domain.tokens import new_token
from little_bell.models import now, to_micros
from little_bell.models.tables import campaigns, messages, tombstones

COLUMNS = {
    "id": "bigint",
    "tenant_id": "bigint",
    "campaign_id": "bigint",
    "token": "text",
    "recipient_email": "text",
    "template_id": "text",
    "subject": "text",
    "variant": "text",
    "external_id": "text",
    "metadata": "text",
    "is_test": "boolean",
    "is_tracked": "boolean",
    "suppressed": "text",
    "created_at": "bigint",
    "updated_at": "bigint",
}
_INTO = f"INSERT INTO messages ({', '.join(COLUMNS)})"
_INSERT_ON_SQLITE = f"{_INTO} VALUES ({', '.join('?' * len(COLUMNS))})"
#: One parameter for all rows: a statement a row takes PostgreSQL three times as long.
_INSERT_ON_POSTGRES = (
    f"{_INTO} SELECT {', '.join(COLUMNS).replace('metadata', 'metadata::json')} "
    f"FROM json_to_recordset(%s::json) AS new({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
)
#: Values in one IN (…); SQLite takes 32,766, and the tokens stand in two.
MANY = 5_000
_values: BindParameter[Any] = bindparam("values", expanding=True)
# Made once: building a statement takes longer than running it.
_CAMPAIGNS = (
    select(campaigns.c.id)
    .where(campaigns.c.tenant_id == bindparam("tenant_id"), campaigns.c.deleted_at.is_(None), campaigns.c.id.in_(_values))
    .with_for_update(read=True)  # a deletion waits for us: the purge that follows it must find every message
)
#: A purged message's token still unsubscribes its reader, so it isn't free either.
_TOKENS = union_all(
    select(messages.c.token).where(messages.c.token.in_(_values)), select(tombstones.c.token).where(tombstones.c.token.in_(_values))
)
_LAST_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'messages'"
_COUNT = text(
    "INSERT INTO message_quarters (tenant_id, campaign_id, quarter, created, suppressed) "
    "VALUES (:tenant_id, :campaign_id, :quarter, :created, :suppressed) ON CONFLICT (tenant_id, campaign_id, quarter) DO UPDATE "
    "SET created = message_quarters.created + excluded.created, suppressed = message_quarters.suppressed + excluded.suppressed"
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A message that was just registered; `suppressed` says why its address gets no mail, and then it is outside of every rate."""

    id: int
    token: str
    created_at: datetime
    suppressed: str | None = None


def create_message(connection: Connection, tenant_id: int, new: NewMessage, *, strict: bool = False) -> Registered:
    """The message. Raises what create_messages does, naming the field without a row."""
    try:
        return create_messages(connection, tenant_id, [new], strict=strict)[0]
    except BellError as error:
        error.field = error.field.removeprefix("messages[0].") if error.field else None
        raise


def create_messages(
    connection: Connection, tenant_id: int, new: Sequence[NewMessage], at: datetime | None = None, *, strict: bool = False
) -> list[Registered]:
    """The messages in the order given; all of them or, with an error that names the row, none.

    Raises NotFound for a campaign that isn't the tenant's, Conflict for a token that is in use, and with `strict` for a
    suppressed address.
    """
    moment = at or now()
    suppressed = suppressed_among(connection, tenant_id, [message.recipient_email for message in new])
    if strict and suppressed:
        _refuse_suppressed(new, suppressed)
    _check_campaigns(connection, tenant_id, new)
    _check_tokens(connection, new)
    ids = _reserve_ids(connection, len(new))
    made = [
        Registered(id_, message.tracking_token or new_token(), moment, suppressed.get(message.recipient_email))
        for id_, message in zip(ids, new, strict=True)
    ]
    micros = to_micros(moment)
    _insert(connection, [_row(tenant_id, message, one, micros) for message, one in zip(new, made, strict=True)])
    _count(connection, tenant_id, new, made, micros // QUARTER * QUARTER)
    return made


def _refuse_suppressed(new: Sequence[NewMessage], suppressed: Mapping[str, str]) -> None:
    place = next(place for place, message in enumerate(new) if message.recipient_email in suppressed)
    why = suppressed[new[place].recipient_email].replace("_", " ")
    raise Conflict(f"this address is suppressed: {why}", f"messages[{place}].recipient_email", code="suppressed")


def _check_campaigns(connection: Connection, tenant_id: int, new: Sequence[NewMessage]) -> None:
    wanted = {message.campaign_id for message in new}
    found = _those_in(connection, _CAMPAIGNS, sorted(wanted), tenant_id=tenant_id)
    if len(found) < len(wanted):
        place = next(place for place, message in enumerate(new) if message.campaign_id not in found)
        raise NotFound("there is no such campaign", f"messages[{place}].campaign_id")


def _check_tokens(connection: Connection, new: Sequence[NewMessage]) -> None:
    chosen: dict[str, int] = {}
    for place, message in enumerate(new):
        if message.tracking_token and chosen.setdefault(message.tracking_token, place) != place:
            raise Conflict("this tracking token is in the batch twice", f"messages[{place}].tracking_token")
    used = _those_in(connection, _TOKENS, list(chosen))
    if used:
        place = min(chosen[token] for token in used)
        raise Conflict("this tracking token is in use", f"messages[{place}].tracking_token")


def _those_in(connection: Connection, statement: Executable, values: list[Any], **more: Any) -> set[Any]:
    found: set[Any] = set()
    rest = iter(values)
    while some := list(islice(rest, MANY)):
        found.update(connection.execute(statement, {"values": some, **more}).scalars())
    return found


def _reserve_ids(connection: Connection, count: int) -> Sequence[int]:
    if connection.dialect.name == "sqlite":  # we hold the write lock: nobody else takes ids
        last = connection.exec_driver_sql(_LAST_ID).scalar() or 0
        return range(last + 1, last + 1 + count)
    # Messages become visible in the order of their ids: who waits here has the higher ones.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('little_bell.messages'))"))
    taken = text("SELECT nextval(pg_get_serial_sequence('messages', 'id')) FROM generate_series(1, :count)")
    return connection.execute(taken, {"count": count}).scalars().all()


def _row(tenant_id: int, new: NewMessage, made: Registered, micros: int) -> tuple[Any, ...]:
    metadata = None if new.metadata is None else orjson.dumps(new.metadata).decode()
    own = (new.template_id, new.subject, new.variant, new.external_id, metadata, new.test)
    return (
        made.id,
        tenant_id,
        new.campaign_id,
        made.token,
        new.recipient_email,
        *own,
        made.suppressed is None,
        made.suppressed,
        micros,
        micros,
    )


def _insert(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    try:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_INSERT_ON_SQLITE, rows)
        else:
            payload = orjson.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows]).decode()
            connection.exec_driver_sql(_INSERT_ON_POSTGRES, (payload,))
    except IntegrityError as error:
        raise Conflict("a tracking token of this batch was taken this moment", "messages") from error


def _count(connection: Connection, tenant_id: int, new: Sequence[NewMessage], made: Sequence[Registered], quarter: int) -> None:
    registered = [(message.campaign_id, one.suppressed is not None) for message, one in zip(new, made, strict=True) if not message.test]
    counts = Counter(registered)
    rows = [
        {
            "tenant_id": tenant_id,
            "campaign_id": campaign_id,
            "quarter": quarter,
            "created": counts[campaign_id, False],
            "suppressed": counts[campaign_id, True],
        }
        for campaign_id in sorted({campaign_id for campaign_id, _ in counts})
    ]
    if rows:
        connection.execute(_COUNT, rows)
