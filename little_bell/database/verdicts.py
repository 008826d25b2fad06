"""What somebody says of an event, and the tenant's own rules for verdicts."""

import time
from dataclasses import asdict

from little_bell.actions.audit import note as note_down
from little_bell.actions.forms import fill
from little_bell.actions.overrides import SaidForm
from little_bell.actions.verdict_rules import NewRule, add_rule, remove_rule
from little_bell.database.desk import Desk, Row, an_id
from little_bell.domain.overrides import TAKEN_BACK
from little_bell.journal.records import Override
from little_bell.queries.overrides import Named, name_event, name_overruled
from little_bell.queries.verdict_rules import get_rule, list_rules


class Verdicts(Desk):
    """Who caused an open or a click, by those who know better."""

    def overrule_event(self, event_id: int, verdict: str, note: str = "") -> None:
        """Say that a human or a machine caused an open or a click, whatever the rules make of it. Raises NotFound, Invalid."""
        form = fill(SaidForm, {"verdict": verdict, "note": note})
        with self._here.reading() as connection:
            named = name_event(connection, self._tenant_id, an_id(event_id))
        self._say_of(event_id, named, form.verdict, form.note)

    def take_back_verdict(self, event_id: int) -> None:
        """Take back what was said of an event: it is judged by the rules again. Raises NotFound, also where nothing was said."""
        with self._here.reading() as connection:
            named = name_overruled(connection, self._tenant_id, an_id(event_id))
        self._say_of(event_id, named, TAKEN_BACK, "")

    def get_rules(self) -> list[Row]:
        """Your own rules for verdicts, the newest first."""
        with self._here.reading() as connection:
            return [asdict(rule) for rule in list_rules(connection, self._tenant_id)]

    def add_rule(self, match: str, value: str, treat: str, note: str = "") -> Row:
        """What matches a network, asn or agent is a machine, or unfiltered, from the next event on. Raises Invalid, Conflict."""
        form = fill(NewRule, {"match": match, "value": value, "treat": treat, "note": note})
        with self._here.writing() as connection:
            rule_id = add_rule(connection, self._tenant_id, form, self._here.actor)
            return asdict(get_rule(connection, self._tenant_id, rule_id))

    def remove_rule(self, rule_id: int) -> None:
        """Hold by it no longer. Raises NotFound."""
        with self._here.writing() as connection:
            remove_rule(connection, self._tenant_id, an_id(rule_id), self._here.actor)

    def _say_of(self, event_id: int, named: Named, verdict: str, note: str) -> None:
        actor, at = self._here.actor, time.time_ns() // 1_000
        action = "event.overruled" if verdict else "event.taken_back"
        with self._here.writing() as connection:
            note_down(connection, self._tenant_id, actor, action, f"event {event_id} of message {named.message_id} {verdict}".rstrip())
        said = Override(
            self._tenant_id, named.message_id, named.event_at, named.mark, verdict, at, self._source, actor, note, named.token
        )  # fmt: skip
        self._record([said])
