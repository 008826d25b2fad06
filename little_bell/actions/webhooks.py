"""Where providers may report: endpoints with their secrets, of which an old one stays valid for a while."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import Connection, delete, insert, select, update

from little_bell.actions.audit import note
from little_bell.actions.forms import Form
from little_bell.domain.errors import NotFound
from little_bell.models import now
from little_bell.models.tables import webhook_endpoints

#: Seals a text for somebody; opens it again, or gives None.
Seal = Callable[[str, str], bytes]
Unseal = Callable[[bytes, str], str | None]
#: A changed secret goes on being taken so long: the provider's side changes later, and sends again what it sent before.
KEEP_OLD_HOURS = 24
MOST_SECRETS = 5


class EndpointForm(Form):
    """An endpoint. `keep_old_hours`: how long the secrets before stay valid; `counts_opens`: whether the provider's own opens count."""

    secret: Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=4_000, pattern=r"^[^\x00]*$")]
    counts_opens: bool = True
    keep_old_hours: Annotated[int, Field(ge=0, le=24 * 30)] = KEEP_OLD_HOURS


def set_endpoint(connection: Connection, tenant_id: int, provider: str, form: EndpointForm, seal: Seal, unseal: Unseal, actor: str) -> None:
    """Make the endpoint, or change its secret: those before stay valid for `keep_old_hours`."""
    table, whose = webhook_endpoints.c, f"webhook/{tenant_id}/{provider}"
    mine = (table.tenant_id == tenant_id, table.provider == provider)
    known = connection.execute(select(table.sealed).where(*mine).with_for_update()).scalar()
    old = orjson.loads(unseal(known, whose) or "[]") if known is not None else []
    sealed = seal(orjson.dumps(_rotated(old, form)).decode(), whose)
    values: dict[str, Any] = {"sealed": sealed, "counts_opens": form.counts_opens, "updated_at": now()}
    if known is None:
        new = {"tenant_id": tenant_id, "provider": provider, "created_at": now()}
        connection.execute(insert(webhook_endpoints).values(**new, **values))
    else:
        connection.execute(update(webhook_endpoints).where(*mine).values(**values))
    note(connection, tenant_id, actor, "webhook.set", provider)


def _rotated(old: list[dict[str, Any]], form: EndpointForm) -> list[dict[str, Any]]:
    """The secrets with the new one first; what is no longer valid goes."""
    moment = time.time()
    until = moment + form.keep_old_hours * 3600
    kept = [one | {"until": min(until, one["until"] or until)} for one in old if one["secret"] != form.secret]
    return [{"secret": form.secret, "until": None}, *(one for one in kept if one["until"] > moment)][:MOST_SECRETS]


def set_counting(connection: Connection, tenant_id: int, provider: str, counts_opens: bool, actor: str) -> None:
    """Whether the provider's own opens and clicks count; its secrets stay. Raises NotFound."""
    table = webhook_endpoints.c
    change = update(webhook_endpoints).where(table.tenant_id == tenant_id, table.provider == provider)
    if connection.execute(change.values(counts_opens=counts_opens, updated_at=now())).rowcount == 0:
        raise NotFound("there is no such webhook", "provider")
    note(connection, tenant_id, actor, "webhook.counting", f"{provider} {'on' if counts_opens else 'off'}")


def remove_endpoint(connection: Connection, tenant_id: int, provider: str, actor: str) -> None:
    """From now on the provider is not believed. Raises NotFound."""
    table = webhook_endpoints.c
    gone = delete(webhook_endpoints).where(table.tenant_id == tenant_id, table.provider == provider)
    if connection.execute(gone).rowcount == 0:
        raise NotFound("there is no such webhook", "provider")
    note(connection, tenant_id, actor, "webhook.removed", provider)
