"""Calls about alerts, once for both clients. Names and arguments are Database's."""

from typing import Any

from little_bell.client.call import Call, Pages, Row, nothing, one, row, rows

ALERTS = "/api/alerts"
DESTINATIONS = f"{ALERTS}/destinations"
#: The most that the API puts on a page.
MOST = 200


def get_alerts(state: str = "all", campaign_id: int | None = None, limit: int | None = None) -> Pages:
    """What is or was wrong, the newest first: open, resolved or all; all of it where no limit is given."""
    return Pages(ALERTS, {"state": state, "campaign_id": campaign_id}, limit, most=MOST)


def iterate_alerts(state: str = "all", campaign_id: int | None = None) -> Pages:
    """The same one by one, in constant memory."""
    return get_alerts(state, campaign_id)


def get_alert_rules() -> Call[list[Row]]:
    """Every threshold with what it means: `kind`, `is_on`, `limit`, `unit`, `least`."""
    return Call("GET", f"{ALERTS}/rules", rows)


def set_alert_rule(kind: str, is_on: bool | None = None, limit: float | None = None, least: int | None = None) -> Call[Row]:
    """Change of a threshold what is named; the threshold as it is then. Raises NotFound for an unknown kind, Invalid."""
    changes = {"is_on": is_on, "limit": limit, "least": least}
    body = {name: value for name, value in changes.items() if value is not None}
    return Call("PATCH", f"{ALERTS}/rules/{kind}", row, body=body)


def get_alert_destinations() -> Call[list[Row]]:
    """Whom alerts are told, when something last arrived there, and the last failure since."""
    return Call("GET", DESTINATIONS, rows)


def add_alert_destination(kind: str, target: str) -> Call[Row]:
    """Tell alerts to a URL (kind webhook) or an address (email): `id`, and the `secret` that signs, shown this once. Raises Conflict."""
    return Call("POST", DESTINATIONS, row, body={"kind": kind, "target": target})


def remove_alert_destination(destination_id: int) -> Call[None]:
    """Nothing more is told there. Raises NotFound."""
    return Call("DELETE", one(DESTINATIONS, destination_id), nothing)


def test_alert_destination(destination_id: int) -> Call[int]:
    """Have a sample told there by the running server; the id of the delivery. Raises NotFound, Conflict within half a minute."""
    return Call("POST", f"{one(DESTINATIONS, destination_id)}/test", _delivery)


def get_alert_deliveries(limit: int | None = None) -> Pages:
    """What was told to whom, the newest first, and how that went; all of it where no limit is given."""
    return Pages(f"{ALERTS}/deliveries", {}, limit, most=MOST)


def _delivery(content: Any) -> int:
    return int(content["delivery_id"])
