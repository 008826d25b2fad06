"""Who gets no more mail: said, looked up, read from files. What is said returns once it is counted."""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from little_bell.actions.audit import note as note_down
from little_bell.actions.forms import fill
from little_bell.actions.suppressions import Addresses, NewSuppression, NewSuppressions, RulesChanges, set_rules, suppressed_among
from little_bell.api.shapes import rules_shape, suppression_shape
from little_bell.api.suppression_records import record_of, take_in
from little_bell.database.desk import PAGE, Desk, File, Row, Time
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.suppressions import Why
from little_bell.files import new_file
from little_bell.journal.base import Position
from little_bell.journal.records import Record, Release
from little_bell.queries.paging import Page
from little_bell.queries.suppressions import (
    SuppressionFilter,
    SuppressionRow,
    find_suppression,
    get_rules,
    list_suppressions,
    suppressions_csv,
)
from little_bell.recording import append, wait_until_counted


class Suppressions(Desk):
    """Addresses that get no mail."""

    def get_suppressions(self, search: str = "", reason: str | None = None, limit: int | None = None) -> list[Row]:
        """Suppressed addresses, the newest first; all of them where no limit is given. `search` is any part of an address."""
        return list(islice(self.iterate_suppressions(search, reason), limit))

    def iterate_suppressions(self, search: str = "", reason: str | None = None) -> Iterator[Row]:
        """The same one by one, in constant memory."""
        wanted = _filter(search, reason)

        def page_at(connection: Connection, cursor: str | None) -> Page[SuppressionRow]:
            return list_suppressions(connection, self._tenant_id, wanted, limit=PAGE, cursor=cursor)

        return map(suppression_shape, self._rows(page_at))

    def add_suppression(self, address: str, reason: str = "manual", note: str = "", expires_at: Time = None) -> None:
        """It gets no more mail, for good or until a time. Reasons: complaint, unsubscribe, hard_bounce, manual, soft_bounces."""
        form = fill(NewSuppression, {"address": address, "reason": reason, "note": note, "expires_at": expires_at})
        self._say([record_of(form, self._tenant_id, _now(), self._source)], "suppression.added", form.address)

    def add_suppressions(self, suppressions: Sequence[Mapping[str, Any]]) -> int:
        """Up to 10,000, all or none, each with the fields of add_suppression(); how many there were."""
        form, at = fill(NewSuppressions, {"suppressions": list(suppressions)}), _now()
        places = enumerate(form.suppressions)
        records = [record_of(one, self._tenant_id, at, self._source, f"suppressions[{place}].expires_at") for place, one in places]
        self._say(records, "suppression.added", f"{len(records)} addresses")
        return len(records)

    def remove_suppression(self, address: str) -> None:
        """It may get mail again, whatever was said against it; what happens from now on counts anew."""
        email = fill(Addresses, {"addresses": [address]}).addresses[0]
        with self._here.reading() as connection:
            if find_suppression(connection, self._tenant_id, email) is None:
                raise NotFound("this address isn't suppressed", "address")
        self._say([Release(self._tenant_id, email, _now(), self._source)], "suppression.removed", email)

    def check_suppressions(self, addresses: Sequence[str]) -> list[Row]:
        """{"address", "suppressed", "reason"} of each of up to 10,000 addresses, in the order given."""
        emails = fill(Addresses, {"addresses": list(addresses)}).addresses
        with self._here.reading() as connection:
            found = suppressed_among(connection, self._tenant_id, emails)
        return [{"address": email, "suppressed": email in found, "reason": found.get(email)} for email in emails]

    def import_suppressions_from_csv(self, input_path: File) -> Row:
        """Suppress what a file names (columns address, reason, suppressed_at, expires_at, note). Raises OSError.

        {"added", "refused", "refusals": [{"line", "text", "reason"}, …]}: bad lines are told, the others are taken.
        """
        with Path(input_path).open("rb") as file:
            self._note("suppression.imported", str(input_path))
            done = take_in(file, self._tenant_id, _now(), self._append)
        if done.position is not None:
            wait_until_counted(self._here, done.position)
        return done.shape()

    def export_suppressions_to_csv(self, output_path: File, search: str = "", reason: str | None = None) -> None:
        """Write the list to a file, which stands there whole or not at all. Raises OSError."""
        wanted = _filter(search, reason)
        with new_file(output_path) as file:
            file.writelines(piece.encode() for piece in suppressions_csv(self._here.reading, self._tenant_id, wanted))

    def get_suppression_rules(self) -> Row:
        """By what rules addresses are suppressed by themselves."""
        with self._here.reading() as connection:
            return rules_shape(get_rules(connection, self._tenant_id))

    def set_suppression_rules(self, **rules: Any) -> Row:
        """Change these from now on: on_hard_bounce, on_complaint, soft_bounces, soft_of, soft_days (None: for good)."""
        changes = fill(RulesChanges, rules)
        with self._here.writing() as connection:
            wanted = changes.of(get_rules(connection, self._tenant_id))
            set_rules(connection, self._tenant_id, wanted, self._here.actor)
        return rules_shape(wanted)

    def _say(self, records: Sequence[Record], action: str, subject: str) -> None:
        self._note(action, subject)
        self._record(records)

    def _note(self, action: str, subject: str) -> None:
        with self._here.writing() as connection:
            note_down(connection, self._tenant_id, self._here.actor, action, subject)

    def _append(self, records: list[Record]) -> Position:
        return append(self._own_journal(), records)


def _filter(search: str, reason: str | None) -> SuppressionFilter:
    if reason is not None and reason not in set(Why):
        raise Invalid(f"reason: one of {', '.join(Why)}", "reason")
    return SuppressionFilter(search, reason)


def _now() -> int:
    return time.time_ns() // 1_000
