"""Which column of a file is what of a message: guessed by its name, or as somebody says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from little_bell.actions.forms import NewRecipient, refusal
from little_bell.domain.errors import Invalid
from little_bell.recipients.table import Line

#: What a column can be, and the headings by which it is known. Compared without case, spaces, dashes and underscores.
FIELDS: dict[str, tuple[str, ...]] = {
    "recipient_email": ("recipient_email", "email", "e-mail", "email address", "e-mail address", "mail", "recipient", "address", "to"),
    "tracking_token": ("tracking_token", "token"),
    "external_id": ("external_id", "id", "customer_id", "subscriber_id", "contact_id"),
    "subject": ("subject",),
    "template_id": ("template_id", "template"),
    "variant": ("variant",),
}
#: Beside them: a column that is kept with the message under its own heading.
METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line can't be registered, and in which column (by its heading; "" for the line as a whole)."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of each field in a line, and the places of what is kept as metadata."""

    header: Sequence[str]
    fields: Mapping[str, int]
    metadata: Sequence[int] = ()

    def read(self, line: Line) -> NewRecipient | Refusal:
        """The recipient in a line, or why there is none."""
        cells = line.cells
        if len(cells) > len(self.header):
            return Refusal(line.number, "", f"it has {len(cells)} cells, and the heading {len(self.header)}")
        # What is missing at the end is empty: some programs leave it out.
        values: dict[str, Any] = {
            name: cell for name, place in self.fields.items() if place < len(cells) and (cell := cells[place].strip())
        }
        if self.metadata:
            values["metadata"] = {self.header[place]: cells[place] for place in self.metadata if place < len(cells)}
        try:
            return NewRecipient.model_validate(values)
        except ValidationError as error:
            problem = refusal(error)
            field = (problem.field or "").partition(".")[0].partition("[")[0]
            missing = field in self.fields and field not in values
            return Refusal(
                line.number, self.heading(field), "it is empty" if missing else problem.message.partition(": ")[2] or problem.message
            )

    def heading(self, field: str) -> str:
        """The heading above a field."""
        return self.header[self.fields[field]] if field in self.fields else field


def guess(header: Sequence[str]) -> dict[str, str]:
    """By heading, what each column is: a field of FIELDS; columns that say nothing are left out."""
    found: dict[str, str] = {}
    for field, names in FIELDS.items():
        known = [_plain(name) for name in names]
        matches = [heading for heading in header if _plain(heading) in known and heading not in found]
        if matches:
            found[min(matches, key=lambda heading: known.index(_plain(heading)))] = field
    return found


def columns_of(header: Sequence[str], kinds: Mapping[str, str]) -> Columns:
    """The columns, of which `kinds` says by heading what they are: a field of FIELDS, or metadata.

    Raises Invalid for a heading that isn't there, a kind that there isn't, a field given twice, or no column of addresses.
    """
    fields: dict[str, int] = {}
    metadata: list[int] = []
    for heading, kind in kinds.items():
        if heading not in header:
            raise Invalid(f"line 1: there is no column {heading!r}; there are {', '.join(map(repr, header))}", heading)
        if kind == METADATA:
            metadata.append(header.index(heading))
        elif kind not in FIELDS:
            raise Invalid(f"a column can be {', '.join([*FIELDS, METADATA])}, not {kind!r}", heading)
        elif kind in fields:
            raise Invalid(f"two columns can't both be the {kind}", heading)
        else:
            fields[kind] = header.index(heading)
    if "recipient_email" not in fields:
        raise Invalid(
            f"line 1: no column holds the addresses (recipient_email); there are {', '.join(map(repr, header))}", "recipient_email"
        )
    return Columns(header, fields, metadata)


def _plain(heading: str) -> str:
    return heading.lower().replace(" ", "").replace("-", "").replace("_", "")
