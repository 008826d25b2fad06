"""Somebody says of an open or a click that it was a person or a machine, or takes that back."""

import time
from typing import Any

import reflex as rx

from little_bell.actions.forms import fill
from little_bell.actions.overrides import SaidForm
from little_bell.domain.errors import Invalid
from little_bell.domain.overrides import TAKEN_BACK, Said
from little_bell.journal.records import Override
from little_bell.queries.overrides import Named, last_said, name_event, name_overruled
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.recording import record
from little_bell.ui.session import SignIn, editor, read
from little_bell.ui.shell import offer_undo
from little_bell.ui.undo import undoes

QUESTIONS = {str(Said.HUMAN): "Was it a person?", str(Said.MACHINE): "Was it a machine?"}
DONE = {str(Said.HUMAN): "It counts as a person’s now.", str(Said.MACHINE): "It counts as a machine’s now."}


class Overruling(rx.State):
    event_id: int = 0
    question: str = ""
    refusal: str = ""
    _verdict: str = ""

    @rx.event
    async def ask(self, event_id: int, verdict: str):
        who = await editor(self)
        wanted = checked.identifier(event_id, "event")
        verdict = checked.one_of(verdict, "verdict", QUESTIONS)
        await read(name_event, who.tenant_id, wanted)
        self.event_id, self._verdict, self.question, self.refusal = wanted, verdict, QUESTIONS[verdict], ""

    @rx.event
    async def close(self, _is_open: bool = False):
        self.event_id, self.refusal = 0, ""

    @rx.event
    async def say(self, form: dict[str, Any]):
        who = await editor(self)
        event_id = checked.identifier(self.event_id, "event")
        try:
            said = fill(SaidForm, {"verdict": self._verdict, "note": checked.form(form, "note")["note"]})
        except Invalid as error:
            self.refusal = sentence(error.message)
            return
        named = await read(name_event, who.tenant_id, event_id)
        before = await read(last_said, who.tenant_id, event_id)
        await _record(who, event_id, named, said.verdict, said.note)
        self.event_id = 0
        await offer_undo(self, DONE[said.verdict], "overrule", f"{event_id} {before}")

    @rx.event
    async def take_back(self, event_id: int):
        who = await editor(self)
        wanted = checked.identifier(event_id, "event")
        named = await read(name_overruled, who.tenant_id, wanted)
        before = await read(last_said, who.tenant_id, wanted)
        await _record(who, wanted, named, TAKEN_BACK, "")
        await offer_undo(self, "It is judged by the rules again.", "overrule", f"{wanted} {before}")


@undoes("overrule")
async def _as_it_was(state: rx.State, what: str) -> None:
    who = await editor(state)
    number, _, before = what.partition(" ")
    event_id = checked.identifier(number, "event")
    named = await read(name_event, who.tenant_id, event_id)
    await _record(who, event_id, named, checked.one_of(before, "verdict", ("", *QUESTIONS)), "")


async def _record(who: SignIn, event_id: int, named: Named, verdict: str, note: str) -> None:
    at = time.time_ns() // 1_000
    said = Override(who.tenant_id, named.message_id, named.event_at, named.mark, verdict, at, "page", who.email, note, named.token)
    action = "event.overruled" if verdict else "event.taken_back"
    await record(who, [said], action, f"event {event_id} of message {named.message_id} {verdict}".rstrip())
