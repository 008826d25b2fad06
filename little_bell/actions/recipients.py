"""Recipients of a campaign, added so that doing it again adds nobody twice (docs/decisions/0015-an-import-can-be-repeated.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, bindparam, select, union_all
from sqlalchemy.sql.expression import null

from little_bell.actions.forms import NewMessage, NewRecipient, trusted
from little_bell.actions.messages import MANY, create_messages
from little_bell.domain.errors import NotFound
from little_bell.models.tables import campaigns, messages, tombstones

_values: Any = bindparam("values", expanding=True)
_TOKENS = union_all(
    select(messages.c.token, messages.c.tenant_id, messages.c.campaign_id, messages.c.recipient_email).where(messages.c.token.in_(_values)),
    select(tombstones.c.token, tombstones.c.tenant_id, null(), tombstones.c.recipient_email).where(tombstones.c.token.in_(_values)),
)
USED = "this tracking token is in use"
TWICE = "this tracking token is in the batch twice"


@dataclass(slots=True)
class Added:
    """How many are messages now, how many were already, and why the others can't be: their place in the batch, field, reason."""

    registered: int = 0
    already: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def add_recipients(
    connection: Connection, tenant_id: int, campaign_id: int, recipients: Sequence[NewRecipient], *, check: bool = False
) -> Added:
    """Register a message for each recipient that the campaign doesn't have yet; with `check`, only say what would be.

    A recipient is known again by the token, else by the external id, else by the address. Raises NotFound.
    """
    # Two that add the same file at once come one after the other.
    campaign = select(campaigns.c.id).where(
        campaigns.c.tenant_id == tenant_id, campaigns.c.id == campaign_id, campaigns.c.deleted_at.is_(None)
    )
    if connection.execute(campaign if check else campaign.with_for_update()).first() is None:
        raise NotFound("there is no such campaign", "campaign_id")
    done = Added()
    new: list[NewMessage] = []
    known = _Known(connection, tenant_id, campaign_id, recipients)
    for place, recipient in enumerate(recipients):
        refusal = known.why_refused(recipient)
        if refusal:
            done.refused.append((place, "tracking_token", refusal))
        elif known.has(recipient):
            done.already += 1
        else:
            new.append(trusted(NewMessage, {**recipient.__dict__, "campaign_id": campaign_id, "test": False}))
    if new and not check:
        create_messages(connection, tenant_id, new)
    done.registered = len(new)
    return done


class _Known:
    """What the campaign holds of a batch already, and what it has met in the batch so far."""

    def __init__(self, connection: Connection, tenant_id: int, campaign_id: int, recipients: Sequence[NewRecipient]) -> None:
        self._own = (tenant_id, campaign_id)
        tokens = [one.tracking_token for one in recipients if one.tracking_token]
        self._tokens = {row.token: row for row in _look_up(connection, _TOKENS, tokens)}
        # The sum keeps databases from walking through the whole campaign, for each batch, instead of looking up a few thousand names.
        of_campaign = messages.c.campaign_id + 0 == campaign_id
        mine = (messages.c.tenant_id == tenant_id, of_campaign, messages.c.is_test.is_(False))
        ids = [one.external_id for one in recipients if not one.tracking_token and one.external_id]
        self._external_ids = _those_in(connection, messages.c.external_id, ids, mine)
        emails = [one.recipient_email for one in recipients if not one.tracking_token and not one.external_id]
        self._emails = _those_in(connection, messages.c.recipient_email, emails, mine)
        self._met: set[str] = set()

    def why_refused(self, recipient: NewRecipient) -> str | None:
        token = recipient.tracking_token
        if not token:
            return None
        if token in self._met:
            return TWICE
        self._met.add(token)
        row = self._tokens.get(token)
        is_same = row is None or ((row.tenant_id, row.campaign_id) == self._own and row.recipient_email == recipient.recipient_email)
        return None if is_same else USED

    def has(self, recipient: NewRecipient) -> bool:
        if recipient.tracking_token:
            return recipient.tracking_token in self._tokens
        known, name = (self._external_ids, recipient.external_id) if recipient.external_id else (self._emails, recipient.recipient_email)
        if name in known:
            return True
        known.add(str(name))
        return False


def _those_in(connection: Connection, column: ColumnElement[Any], values: list[str], where: tuple[ColumnElement[bool], ...]) -> set[str]:
    return {row[0] for row in _look_up(connection, select(column).where(*where, column.in_(_values)), values)}


def _look_up(connection: Connection, statement: Executable, values: Iterable[str]) -> list[Any]:
    found: list[Any] = []
    rest = iter(values)
    while some := list(islice(rest, MANY)):
        found += connection.execute(statement, {"values": some})
    return found
