"""Lists of messages: filtered, in an order, page by page; as quick among a million as among a hundred."""

from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from little_bell.domain.errors import Invalid
from little_bell.domain.events import Status
from little_bell.domain.readings import MessageSort, Reading, one_word
from little_bell.domain.segments import OF_RECIPIENT, Segment, segment_of_recipients
from little_bell.models.tables import campaigns, link_clicks, messages
from little_bell.queries.campaigns import live
from little_bell.queries.message_segments import is_in, messages_to_few
from little_bell.queries.message_walks import (
    Filter,
    Place,
    Way,
    has_status,
    is_at,
    is_of_live_campaign,
    mentions,
    was_clicked,
    was_followed,
    was_opened,
)
from little_bell.queries.messages import MessageRow
from little_bell.queries.paging import Page, decode_cursor, encode_cursor
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What to look for; None and "" mean anything. `search` is any part of the recipient's address, `domain` what is behind its @,
    `recipients` the segment that the recipient is in.
    """

    campaign_id: int | None = None
    status: str | None = None
    search: str = ""
    recipient: str | None = None
    external_id: str | None = None
    provider_message_id: str | None = None
    token: str | None = None
    opened: Reading | None = None
    clicked: Reading | None = None
    link_id: int | None = None
    domain: str = ""
    recipients: Segment | None = None

    @property
    def words(self) -> dict[str, Any]:
        """What is asked for beside the campaign, as the API's parameters."""
        own = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in ("campaign_id", "recipients")}
        theirs = {f"{OF_RECIPIENT}{name}": value for name, value in (self.recipients or Segment())._asdict().items()}
        theirs |= {f"{OF_RECIPIENT}include": None} if self.recipients is None else {}
        return {name: value for name, value in (own | theirs).items() if value not in (None, "")}


def messages_wanted(
    campaign_id: int,
    status: str | None = None,
    opened: str | None = None,
    clicked: str | None = None,
    link_id: int | None = None,
    domain: str = "",
    search: str = "",
    **recipient: Any,
) -> MessageFilter:
    """The filter in words that anybody may have written: `recipient_…` those that ask for its recipient's segment. Raises Invalid."""
    return MessageFilter(
        campaign_id,
        None if status is None else one_word(Status, status, "status").value,
        search,
        opened=None if opened is None else one_word(Reading, opened, "opened"),
        clicked=None if clicked is None else one_word(Reading, clicked, "clicked"),
        link_id=link_id,
        domain=domain,
        recipients=segment_of_recipients(**recipient),
    )


_columns = columns_of(messages, MessageRow)
_BY_ID = {"id": messages.c.id}
_NAMES = ("external_id", "provider_message_id", "token")
#: What stands in the index of a campaign's messages.
_COVERED = frozenset({"id", "campaign_id", "status", "human_opened_at", "human_clicked_at", "recipient_email"})


def list_messages(
    connection: Connection,
    tenant_id: int,
    wanted: MessageFilter,
    *,
    sort: MessageSort = MessageSort.OLDEST,
    limit: int = 50,
    cursor: str | None = None,
    offset: int = 0,
) -> Page[MessageRow]:
    """A page of messages. Raises Invalid for a cursor that isn't one of this order, and for an order that needs a campaign.

    A filter passes a bounded number of rows, so its page can be short, or empty, and still have a next one.
    """
    if wanted.campaign_id is not None and not _is_live(connection, tenant_id, wanted.campaign_id):
        return Page([], None)
    ways = _ways(connection, tenant_id, wanted, sort)
    nth, after = _place_of(cursor, sort, len(ways))
    found: list[tuple[int, Place]] = []
    edge = None
    while len(found) <= limit and nth < len(ways) and edge is None:
        places, edge = ways[nth].places(connection, after, limit + 1 - len(found), offset)
        found += [(nth, place) for place in places]
        if edge is None:
            nth, after = nth + 1, None
    rows = _rows(connection, tenant_id, [place[-1] for _, place in found[:limit]])
    if len(found) > limit:
        return Page(rows, _cursor(*found[limit - 1]))
    return Page(rows, None if edge is None else _cursor(nth, edge))


def conditions_of(tenant_id: int, wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """What is asked for beside the campaign, as conditions on the table of messages: for those who read all of it."""
    return [one.holds(messages.c) for one in _filters(tenant_id, wanted)]


def _filters(tenant_id: int, wanted: MessageFilter) -> list[Filter]:
    filters = []
    if wanted.status is not None:
        filters.append(has_status(wanted.status))
    if wanted.opened is not None:
        filters.append(was_opened(wanted.opened))
    if wanted.clicked is not None:
        filters.append(was_clicked(wanted.clicked))
    if wanted.domain:
        filters.append(is_at(wanted.domain))
    if wanted.search.strip():
        filters.append(mentions(wanted.search.strip()))
    if wanted.link_id is not None:
        filters.append(was_followed(tenant_id, wanted.link_id))
    if wanted.recipients is not None:
        filters.append(is_in(tenant_id, wanted.recipients))
    return filters


def _ways(connection: Connection, tenant_id: int, wanted: MessageFilter, sort: MessageSort) -> list[Way]:
    """The one way, or those that come one after the other."""
    few = _to_few(connection, tenant_id, wanted)
    if few is not None:
        wanted = replace(wanted, recipients=None)
    filters, is_falling = _filters(tenant_id, wanted), sort.startswith("-")
    named = _named(tenant_id, wanted)
    if wanted.campaign_id is None or named:
        if sort not in (MessageSort.OLDEST, MessageSort.NEWEST):
            raise Invalid("messages can be sorted so within one campaign; without one by created_at and -created_at", "sort")
        where = [messages.c.id.in_(select(messages.c.id).where(*named))] if named else [messages.c.tenant_id == tenant_id]
        filters = [*filters, *_of_campaign(wanted), is_of_live_campaign(tenant_id)]
        return [Way(_BY_ID, where, is_falling, frozenset({"id", "campaign_id"}), filters)]
    table, mine = messages, [messages.c.tenant_id == tenant_id, messages.c.campaign_id == wanted.campaign_id]
    if few is not None:
        table, mine = few, []
    by_id = Way({"id": table.c.id}, mine, is_falling, _COVERED, filters, table, table=table)
    if sort in (MessageSort.RECIPIENT, MessageSort.RECIPIENT_BACK):
        key = {"recipient_email": table.c.recipient_email, "id": table.c.id}
        return [replace(by_id, key=key, covers=frozenset(key))]
    if sort in (MessageSort.OPENED, MessageSort.CLICKED):
        name = sort.removeprefix("-")
        column = table.c[name]
        first = replace(by_id, key={name: column, "id": table.c.id}, where=[*mine, column.is_not(None)], covers=frozenset({name, "id"}))
        never = Filter((name,), lambda c: c[name].is_(None))
        asked = wanted.opened if sort is MessageSort.OPENED else wanted.clicked
        is_nobody = asked in (Reading.MACHINE, Reading.NOT_HUMAN, Reading.NONE)
        return [replace(first, is_barred=is_nobody), replace(by_id, filters=[never, *filters], is_barred=asked is Reading.HUMAN)]
    return [by_id if wanted.link_id is None or few is not None else _along_link(tenant_id, wanted, is_falling)]


def _to_few(connection: Connection, tenant_id: int, wanted: MessageFilter) -> Any:
    """The campaign's messages to a small segment, as a table; None where it isn't small, or not asked for."""
    if wanted.recipients is None or wanted.campaign_id is None:
        return None
    return messages_to_few(connection, tenant_id, wanted.campaign_id, wanted.recipients)


def _along_link(tenant_id: int, wanted: MessageFilter, is_falling: bool) -> Way:
    """Few follow any one link: its own index leads to them."""
    where = [link_clicks.c.tenant_id == tenant_id, link_clicks.c.link_id == wanted.link_id]
    filters = [*_filters(tenant_id, replace(wanted, link_id=None)), *_of_campaign(wanted)]
    both = link_clicks.join(messages, messages.c.id == link_clicks.c.message_id)
    return Way({"id": link_clicks.c.message_id}, where, is_falling, filters=filters, source=both)


def _of_campaign(wanted: MessageFilter) -> list[Filter]:
    if wanted.campaign_id is None:
        return []
    return [Filter(("campaign_id",), lambda c: c.campaign_id == wanted.campaign_id)]


def _named(tenant_id: int, wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """Few have such a name, and its index leads to them: they are found first, whatever else is asked and in what order."""
    conditions = [messages.c[name] == getattr(wanted, name) for name in _NAMES if getattr(wanted, name) is not None]
    if wanted.recipient is not None:  # addresses are kept as they were given
        conditions.append(messages.c.recipient_email.in_({wanted.recipient, wanted.recipient.lower()}))
    return [messages.c.tenant_id == tenant_id, *conditions] if conditions else []


def _is_live(connection: Connection, tenant_id: int, campaign_id: int) -> bool:
    return connection.execute(select(1).where(live(tenant_id), campaigns.c.id == campaign_id)).first() is not None


def _rows(connection: Connection, tenant_id: int, ids: list[int]) -> list[MessageRow]:
    found = connection.execute(select(*_columns).where(messages.c.id.in_(ids), messages.c.tenant_id == tenant_id)) if ids else ()
    by_id: dict[Any, MessageRow] = {row[0]: MessageRow(*row) for row in found}
    return [by_id[one] for one in ids]


def _cursor(nth: int, place: Place) -> str:
    """Behind the last that somebody opened or clicked come those nobody did, at no time."""
    return encode_cursor(0, *place) if nth else encode_cursor(*place)


def _place_of(cursor: str | None, sort: MessageSort, ways: int) -> tuple[int, Place | None]:
    if cursor is None:
        return 0, None
    is_by_id = sort in (MessageSort.OLDEST, MessageSort.NEWEST)
    is_by_recipient = sort in (MessageSort.RECIPIENT, MessageSort.RECIPIENT_BACK)
    place = decode_cursor(cursor, *([int] if is_by_id else [str if is_by_recipient else int, int]))
    return (1, place[1:]) if ways > 1 and place[0] == 0 else (0, place)
