"""Alerts as the API, the clients and the command line tell of them."""

from dataclasses import asdict
from typing import Any

from little_bell.domain.alerts import TITLES, UNITS, Kind, Rule, words
from little_bell.queries.alerts import AlertRow, DeliveryRow, DestinationRow


def alert_shape(row: AlertRow) -> dict[str, Any]:
    """An alert; `provider` is set where it is about one, and `why` says how it ended: better, over, off."""
    kind = Kind(row.kind)
    return {
        "id": row.id,
        "kind": row.kind,
        "title": TITLES[kind],
        "text": words(kind, row.facts),
        "facts": row.facts,
        "campaign_id": row.campaign_id,
        "campaign": row.campaign,
        "provider": row.subject if kind is Kind.SILENCE else None,
        "raised_at": row.raised_at,
        "resolved_at": row.resolved_at,
        "why": row.why or None,
    }


def rule_shape(kind: Kind, rule: Rule) -> dict[str, Any]:
    """A threshold, and what its limit means."""
    return {"kind": kind, "title": TITLES[kind], **asdict(rule), "unit": UNITS[kind]}


def destination_shape(row: DestinationRow) -> dict[str, Any]:
    """Whom to tell, and how it went."""
    return asdict(row) | {"error": row.error or None}


def delivery_shape(row: DeliveryRow) -> dict[str, Any]:
    """One thing told; `state` is waiting, arrived or given up."""
    state = "waiting" if row.due_at else "arrived" if row.arrived_at else "given up"
    told = asdict(row)
    content = told.pop("content")
    return told | {"error": row.error or None, "alert_id": content.get("id"), "kind": content.get("kind"), "state": state}
