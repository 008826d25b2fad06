"""Campaigns: made, changed, hidden for deletion."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from little_bell.actions.audit import note
from little_bell.actions.forms import CampaignChanges, NewCampaign, Utm
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.models import now
from little_bell.models.tables import campaigns


def create_campaign(connection: Connection, tenant_id: int, new: NewCampaign, actor: str, at: datetime | None = None) -> int:
    """The id of the new campaign, made now or `at` a time gone by. Raises Conflict for an external id that is in use."""
    _refuse_used(connection, tenant_id, new.external_id)
    moment = at or now()
    values = new.model_dump() | {"utm": _named(new.utm), "tenant_id": tenant_id, "created_at": moment, "updated_at": moment}
    try:
        campaign_id = int(connection.execute(insert(campaigns).values(**values).returning(campaigns.c.id)).scalar_one())
    except IntegrityError as error:  # two at once on PostgreSQL
        raise _used(new.external_id) from error
    note(connection, tenant_id, actor, "campaign.created", f"{campaign_id} {new.name}")
    return campaign_id


def update_campaign(connection: Connection, tenant_id: int, campaign_id: int, changes: CampaignChanges, actor: str) -> None:
    """Change the fields that `changes` names. Raises NotFound, Invalid for a name that is taken away, Conflict."""
    values = changes.model_dump(exclude_unset=True)
    for name in ("name", "tags"):
        if name in values and values[name] is None:
            raise Invalid(f"a campaign needs its {name}", name)
    if "utm" in values:
        values["utm"] = _named(changes.utm)
    if "archived" in values:
        values["archived_at"] = now() if values.pop("archived") else None
    if values.get("external_id"):
        _refuse_used(connection, tenant_id, changes.external_id, but=campaign_id)
    statement = update(campaigns).where(*_this(tenant_id, campaign_id)).values(updated_at=now(), **values)
    try:
        if connection.execute(statement).rowcount == 0:
            raise _missing()
    except IntegrityError as error:
        raise _used(changes.external_id) from error
    note(connection, tenant_id, actor, "campaign.changed", f"{campaign_id} {', '.join(sorted(changes.model_fields_set))}")


def hide_campaign(connection: Connection, tenant_id: int, campaign_id: int, actor: str) -> None:
    """Take it from every reader's sight at once; the caller then journals its deletion. Raises NotFound."""
    name = connection.execute(select(campaigns.c.name).where(*_this(tenant_id, campaign_id))).scalar()
    # Its external id is free again: the sender may create the same campaign anew.
    hidden = update(campaigns).where(*_this(tenant_id, campaign_id)).values(deleted_at=now(), external_id=None)
    if connection.execute(hidden).rowcount == 0:
        raise _missing()
    note(connection, tenant_id, actor, "campaign.deleted", f"{campaign_id} {name}")


def _named(utm: Utm | None) -> dict[str, str] | None:
    return (utm.model_dump(exclude_none=True) or None) if utm else None


def _this(tenant_id: int, campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    return (campaigns.c.tenant_id == tenant_id, campaigns.c.id == campaign_id, campaigns.c.deleted_at.is_(None))


def _missing() -> NotFound:
    return NotFound("there is no such campaign", "campaign_id")


def _used(external_id: str | None) -> Conflict:
    return Conflict(f"another campaign has the external id {external_id!r}", "external_id")


def _refuse_used(connection: Connection, tenant_id: int, external_id: str | None, but: int | None = None) -> None:
    if external_id is None:
        return
    same = select(campaigns.c.id).where(campaigns.c.tenant_id == tenant_id, campaigns.c.external_id == external_id)
    found = connection.execute(same).scalar()
    if found is not None and found != but:
        raise _used(external_id)
