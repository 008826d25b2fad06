"""Whom alerts are told, and how that went."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from little_bell.actions.alerts import NewDestination, add_destination, remove_destination, send_test
from little_bell.actions.forms import fill
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.queries.alerts import DeliveryRow, DestinationRow, list_alert_deliveries, list_destinations
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.made import Made
from little_bell.ui.session import editor, house, member, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.words import ago

LAST = 8


@dataclass(frozen=True, slots=True)
class DestinationLine:
    id: int
    target: str
    kind: str
    last: str
    problem: str


@dataclass(frozen=True, slots=True)
class ToldLine:
    id: int
    what: str
    target: str
    when: str
    outcome: str
    problem: str


class AlertDestinations(Made, rx.State):
    is_loading: bool = True
    rows: list[DestinationLine] = []
    told: list[ToldLine] = []

    @rx.event
    async def load(self):
        who = await member(self)
        now = datetime.now(UTC)
        self.rows = [_line(row, now) for row in await read(list_destinations, who.tenant_id)]
        self.told = [_told(row, now) for row in (await read(list_alert_deliveries, who.tenant_id, limit=LAST)).rows]
        self._shut()
        self.is_loading = False

    @rx.event
    async def add(self, form: dict[str, Any]):
        who = await editor(self)
        target = checked.form(form, "target")["target"]
        try:
            wanted = fill(NewDestination, {"kind": "webhook" if "://" in target else "email", "target": target})
            _, secret = await write(add_destination, who.tenant_id, wanted, house().sealing.seal, who.email)
        except (Invalid, Conflict) as error:
            self.refusal = sentence(error.message.removeprefix("target: "))
            return None
        await self.load()
        if secret is not None:  # the only time that it is seen
            self.is_adding, self.secret = True, secret
        return Shell.say("Alerts are told there from now on. Send a test.")

    @rx.event
    async def ask_remove(self, destination_id: int):
        who = await editor(self)
        wanted = checked.identifier(destination_id, "destination")
        found = next((row for row in await read(list_destinations, who.tenant_id) if row.id == wanted), None)
        if found is None:
            raise NotFound("there is no such destination", "destination_id")
        self.doomed_id, self.doomed = found.id, found.target

    @rx.event
    async def remove(self):
        who = await editor(self)
        await write(remove_destination, who.tenant_id, checked.identifier(self.doomed_id, "destination"), who.email)
        await self.load()
        return Shell.say("Nothing more is told there.")

    @rx.event
    async def test(self, destination_id: int):
        who = await editor(self)
        await write(send_test, who.tenant_id, checked.identifier(destination_id, "destination"))
        await self.load()
        return Shell.say("A test is on its way. In some seconds, refresh to see whether it arrived.")


def _line(row: DestinationRow, now: datetime) -> DestinationLine:
    kind = "signed JSON" if row.kind == "webhook" else "e-mail"
    return DestinationLine(row.id, row.target, kind, f"last arrived {ago(row.arrived_at, now)}" if row.arrived_at else "", row.error)


def _told(row: DeliveryRow, now: datetime) -> ToldLine:
    times = f", {row.attempts} attempts" if row.attempts > 1 else ""
    return ToldLine(row.id, row.event, row.target or "(removed)", ago(row.created_at, now), _outcome(row) + times, row.error)


def _outcome(row: DeliveryRow) -> str:
    if row.arrived_at:
        return "arrived"
    if row.due_at is None:
        return "didn’t arrive" if row.event == "test" else "given up"
    return "will be tried again" if row.attempts else "on its way"
