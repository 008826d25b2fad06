"""Alerts over HTTP: what is wrong, the thresholds, and whom to tell."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from little_bell.actions.alerts import AlertRuleChanges, NewDestination, add_destination, remove_destination, send_test, set_alert_rule
from little_bell.api.answers import Json
from little_bell.api.bodies import json_of, takes
from little_bell.api.callers import Reader, Writer
from little_bell.api.context import House
from little_bell.api.paging import Cursor, Parameters, PathId, QueryId, array
from little_bell.api.shapes.alert import alert_shape, delivery_shape, destination_shape, rule_shape
from little_bell.domain.alerts import kind_of
from little_bell.queries.alerts import get_alert_rules, list_alert_deliveries, list_alerts, list_destinations

MOST = 200
routes = APIRouter(prefix="/api/alerts", tags=["alerts"])
Changes = Annotated[AlertRuleChanges, Depends(json_of(AlertRuleChanges))]


class DeliveryPage(Parameters):
    """A page."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Cursor | None = None


class AlertPage(DeliveryPage):
    """Which alerts, a page at a time."""

    state: Literal["open", "resolved", "all"] = "all"
    campaign_id: QueryId | None = None


@routes.get("")
def alerts(request: Request, context: House, caller: Reader, asked: Annotated[AlertPage, Query()]) -> Json:
    """What is or was wrong, the newest first."""
    with context.reading() as connection:
        found = list_alerts(connection, caller.tenant_id, asked.state, asked.campaign_id, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, alert_shape)


@routes.get("/rules")
def rules(context: House, caller: Reader) -> Json:
    """Every threshold, and what its limit means."""
    with context.reading() as connection:
        found = get_alert_rules(connection, caller.tenant_id)
    return Json([rule_shape(kind, rule) for kind, rule in found.items()])


@routes.patch("/rules/{kind}", openapi_extra=takes(AlertRuleChanges))
def change_rule(context: House, caller: Writer, kind: str, changes: Changes) -> Json:
    """Change a threshold, or switch it off; what no longer stands by it is resolved within a minute."""
    word = kind_of(kind)
    with context.writing() as connection:
        wanted = changes.of(word, get_alert_rules(connection, caller.tenant_id)[word])
        set_alert_rule(connection, caller.tenant_id, word, wanted, caller.actor)
    return Json(rule_shape(word, wanted))


@routes.get("/destinations")
def destinations(context: House, caller: Reader) -> Json:
    """Whom alerts are told, and how that went."""
    with context.reading() as connection:
        return Json([destination_shape(row) for row in list_destinations(connection, caller.tenant_id)])


@routes.post("/destinations", openapi_extra=takes(NewDestination))
def add(context: House, caller: Writer, form: Annotated[NewDestination, Depends(json_of(NewDestination))]) -> Json:
    """Tell alerts to a URL or an e-mail address; the secret that signs what goes to a URL is shown this once."""
    with context.writing() as connection:
        new_id, secret = add_destination(connection, caller.tenant_id, form, context.sealing.seal, caller.actor)
    return Json({"id": new_id, "kind": form.kind, "target": form.target, "secret": secret}, 201)


@routes.delete("/destinations/{destination_id:int}")
def remove(context: House, caller: Writer, destination_id: PathId) -> Json:
    """Nothing more is told there."""
    with context.writing() as connection:
        remove_destination(connection, caller.tenant_id, destination_id, caller.actor)
    return Json({"removed": destination_id})


@routes.post("/destinations/{destination_id:int}/test")
def test(context: House, caller: Writer, destination_id: PathId) -> Json:
    """Have a sample told there within seconds; how it went stands in the deliveries."""
    with context.writing() as connection:
        delivery_id = send_test(connection, caller.tenant_id, destination_id)
    return Json({"delivery_id": delivery_id}, 202)


@routes.get("/deliveries")
def deliveries(request: Request, context: House, caller: Reader, asked: Annotated[DeliveryPage, Query()]) -> Json:
    """What was told to whom, the newest first, and how that went."""
    with context.reading() as connection:
        found = list_alert_deliveries(connection, caller.tenant_id, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, delivery_shape)
