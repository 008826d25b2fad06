"""Check a file of recipients, then register them: the same for the page, the command line and Python, here or over HTTP."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from little_bell.actions.forms import NewRecipient
from little_bell.domain.errors import Invalid
from little_bell.recipients.columns import Columns, Refusal, columns_of, guess
from little_bell.recipients.staging import Staging, chunks
from little_bell.recipients.table import UTF_8, Table

NOTHING: Mapping[str, str] = {}
Progress = Callable[[int], None]


class Add(Protocol):
    """Adds to a campaign: by `Database.add_recipients`, over HTTP, or from a page."""

    def __call__(self, recipients: Sequence[NewRecipient], check: bool) -> Mapping[str, Any]:
        """`{"registered": …, "already": …, "refused": [{"row": …, "field": …, "message": …}]}`"""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file's good lines."""

    registered: int
    already: int


def check(
    file: BinaryIO, add: Add, *, kinds: Mapping[str, str] = NOTHING, encoding: str = UTF_8, progress: Progress = lambda _lines: None
) -> Staging:
    """Every line looked at, nothing registered. `kinds` says by heading what columns are; the others are guessed by their names.

    `progress` hears how many lines more were looked at. The staging is the caller's to close. Raises Invalid, Malformed.
    """
    table = Table(file, encoding)
    columns = columns_of(table.header, _kinds(table.header, kinds))
    staging = Staging(columns)
    try:
        with _collecting_less():
            for lines in chunks(table):
                _stage(staging, columns, [columns.read(line) for line in lines], [line.number for line in lines], add)
                progress(len(lines))
        if not staging.good and not staging.refused:
            raise Invalid("line 2: there is no recipient in the file")
    except BaseException:
        staging.close()
        raise
    return staging


def load(staging: Staging, add: Add, progress: Progress = lambda _lines: None) -> Loaded:
    """Register the good lines, batch by batch; done again, it goes on where it was interrupted. `progress` hears of each batch."""
    registered = already = 0
    with _collecting_less():
        for batch in staging.batches():
            done = add([row for _, row in batch], False)
            registered, already = registered + done["registered"], already + done["already"]
            staging.refuse(_refusals(staging, batch, done))
            progress(len(batch))
    return Loaded(registered, already)


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Thousands of rows live at a time: looking through them for garbage again and again took 40 % of an import."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _kinds(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """What is chosen goes before what a name suggests; an empty kind leaves the column out."""
    guessed = {heading: kind for heading, kind in guess(header).items() if heading not in chosen and kind not in chosen.values()}
    return {heading: kind for heading, kind in {**guessed, **chosen}.items() if kind}


def _stage(staging: Staging, columns: Columns, found: Sequence[Any], numbers: Sequence[int], add: Add) -> None:
    staging.refuse(one for one in found if isinstance(one, Refusal))
    kept = staging.take([(number, one) for number, one in zip(numbers, found, strict=True) if not isinstance(one, Refusal)])
    # Only a token can clash with what others have registered.
    if "tracking_token" in columns.fields and kept:
        staging.refuse(_refusals(staging, kept, add([row for _, row in kept], True)))


def _refusals(staging: Staging, batch: Sequence[tuple[int, NewRecipient]], done: Mapping[str, Any]) -> Iterator[Refusal]:
    for one in done["refused"]:
        yield Refusal(batch[one["row"]][0], staging.heading(one["field"]), one["message"])
