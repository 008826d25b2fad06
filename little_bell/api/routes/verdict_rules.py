"""A tenant's own rules for verdicts, over HTTP."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.idempotency import Answer
from little_bell.actions.verdict_rules import NewRule, add_rule, remove_rule
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Reader, Writer
from little_bell.api.context import House
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.queries.verdict_rules import get_rule, list_rules

routes = APIRouter(prefix="/api/rules", tags=["rules"])


@routes.get("")
def rules(context: House, caller: Reader) -> Json:
    """Your own rules for verdicts, the newest first; 1,000 at most."""
    with context.reading() as connection:
        return Json([asdict(rule) for rule in list_rules(connection, caller.tenant_id)])


@routes.post("", status_code=201, openapi_extra=takes(NewRule))
def add(request: Request, context: House, caller: Writer, body: RawBody, new: Annotated[NewRule, Depends(json_of(NewRule))]) -> Json:
    """Treat a network, an autonomous system or an agent as a machine, or never filter it, from the next event on."""

    def work(connection: Connection) -> Callable[[], Answer]:
        rule_id = add_rule(connection, caller.tenant_id, new, caller.actor)
        made = asdict(get_rule(connection, caller.tenant_id, rule_id))
        return lambda: Answer(201, to_json(made))

    return write_once(context, caller, request, body, work)


@routes.delete("/{rule_id:int}")
def remove(context: House, caller: Writer, rule_id: PathId) -> Json:
    """Hold by it no longer. What it was applied to stays until history is judged again."""
    with context.writing() as connection:
        remove_rule(connection, caller.tenant_id, rule_id, caller.actor)
    return Json({"removed": rule_id})
