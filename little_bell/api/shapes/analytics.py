"""A campaign's analytics as one answer, or the parts of it that were asked for."""

from collections.abc import Callable, Collection
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from little_bell.domain.metrics import RATES, formula, open_rate_interval
from little_bell.domain.number_forms import Include, in_form
from little_bell.queries.analytics import (
    MailboxRow,
    TraitRow,
    clients,
    countries,
    link_positions,
    mailbox_providers,
    send_curve,
    week_heat,
)
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.tenants import get_tenant


class Part(StrEnum):
    """A part of the analytics."""

    INTERVAL = "interval"  # between which bounds the open rate lies
    CURVE = "curve"  # first opens and clicks by the time since the hand-over
    WEEK = "week"  # hours of the week
    POSITIONS = "positions"  # clicks by the place of their link
    MAILBOXES = "mailboxes"  # by mailbox provider
    CLIENTS = "clients"  # programs, systems, devices
    COUNTRIES = "countries"


def analytics_shape(
    connection: Connection,
    tenant_id: int,
    campaign_id: int,
    what: Collection[Part] = (),
    time_zone: str | None = None,
    include: Include | None = None,
) -> dict[str, Any]:
    """All parts, or those in `what`; the week in the tenant's time zone if none is named. Raises NotFound, Invalid for an unknown zone."""
    counts = get_campaign(connection, tenant_id, campaign_id).metrics
    zone = time_zone or get_tenant(connection, tenant_id).time_zone
    this = (connection, tenant_id, campaign_id)
    parts: dict[Part, Callable[[], dict[str, Any]]] = {
        Part.INTERVAL: lambda: {"open_rate_interval": asdict(open_rate_interval(counts))},
        Part.CURVE: lambda: {"curve": asdict(send_curve(*this))},
        Part.WEEK: lambda: {"time_zone": zone, "week": [asdict(cell) for cell in week_heat(*this, zone)]},
        Part.POSITIONS: lambda: {"positions": [asdict(row) for row in link_positions(*this)]},
        Part.MAILBOXES: lambda: {"mailboxes": [_mailbox(row) for row in mailbox_providers(*this)], "formulas": _formulas()},
        Part.CLIENTS: lambda: {name: [_trait(row) for row in rows] for name, rows in _clients(*this).items()},
        Part.COUNTRIES: lambda: {"countries": [_trait(row) for row in countries(*this)]},
    }
    shape: dict[str, Any] = {"campaign_id": campaign_id}
    for part, tell in parts.items():
        if part in what or not what:
            shape |= in_form(tell(), include)
    return shape


def _clients(connection: Connection, tenant_id: int, campaign_id: int) -> dict[str, list[TraitRow]]:
    found = clients(connection, tenant_id, campaign_id)
    return {"clients": found.clients, "systems": found.systems, "devices": found.devices}


def _trait(row: TraitRow) -> dict[str, Any]:
    return {"name" if name == "value" else name: value for name, value in asdict(row).items()}


def _mailbox(row: MailboxRow) -> dict[str, Any]:
    return {"name": row.mailbox, **row.metrics}


def _formulas() -> dict[str, str]:
    return {name: formula(name) for name in RATES}
