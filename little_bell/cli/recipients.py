"""`little-bell message import`: a file of recipients into a campaign."""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from little_bell.actions.forms import NewRecipient
from little_bell.cli.installation import reached
from little_bell.cli.output import existing, print_json, print_table
from little_bell.cli.progress import progress_bar
from little_bell.client import Client
from little_bell.database import Database
from little_bell.domain.errors import Invalid
from little_bell.domain.spreadsheets import inert
from little_bell.files import new_file
from little_bell.recipients.columns import FIELDS, METADATA
from little_bell.recipients.load import Add, Loaded, check, load
from little_bell.recipients.staging import Staging

SHOWN = 20
KINDS = ", ".join([*FIELDS, METADATA])


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file whose first line names its columns.")],
    campaign_id: Annotated[int, typer.Option(help="The campaign that they are to get.")],
    column: Annotated[list[str] | None, typer.Option(metavar="HEADING=WHAT", help=f"What a column is: {KINDS}, or nothing.")] = None,
    encoding: Annotated[str, typer.Option(help="How the file is written.")] = "utf-8",
    skip_refused: Annotated[bool, typer.Option("--skip-refused", help="Leave out lines that can't be registered, instead of all.")] = False,
    dry_run: Annotated[bool, typer.Option("--check", help="Only look at every line.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the refused lines to this CSV file.")] = None,
) -> None:
    """Register a message for each recipient in a file. Every line is checked first; done again, nobody is added twice."""
    kinds = dict(_kind(said) for said in column or [])
    with reached(context) as bell, file.open("rb") as source, progress_bar() as progress:
        existing(bell.get_campaign(campaign_id), "campaign")
        add = _adder(bell, campaign_id)
        looking = progress.add_task("Lines checked", total=None)
        with closing(check(source, add, kinds=kinds, encoding=encoding, progress=partial(progress.advance, looking))) as staging:
            done = None
            if not dry_run and staging.good and (skip_refused or not staging.refused):
                registering = progress.add_task("Registered", total=staging.good)
                done = load(staging, add, partial(progress.advance, registering))
            progress.stop()
            _tell(context, staging, done, report)
    if (staging.refused and not skip_refused) or (done is None and not dry_run):
        raise typer.Exit(1)


def _adder(bell: Database | Client, campaign_id: int) -> Add:
    def add(recipients: Sequence[NewRecipient], check: bool) -> Mapping[str, Any]:
        if isinstance(bell, Client):
            return bell.add_recipients(campaign_id, [one.model_dump(exclude_none=True) for one in recipients], check)
        return bell.add_recipients(campaign_id, recipients, check)

    return add


def _kind(said: str) -> tuple[str, str]:
    heading, sign, kind = said.rpartition("=")
    if not sign:
        raise Invalid(f"--column {said!r}: it has to be HEADING=WHAT, such as Mail=recipient_email", "column")
    return heading, kind


def _tell(context: typer.Context, staging: Staging, done: Loaded | None, report: Path | None) -> None:
    if report is not None:
        _write_report(staging, report)
    counts = {"registered": done.registered if done else 0, "already": done.already if done else 0, "refused": staging.refused}
    if context.obj.as_json:
        shown = [{"line": one.line, "column": one.column, "reason": one.reason} for one in staging.refusals(1_000)]
        print_json({**counts, "good": staging.good, "refused_lines": shown})
        return
    if staging.refused:
        print_table(
            ("Line", "Column", "Refused because"),
            [(one.line, one.column, one.reason) for one in staging.refusals(SHOWN)],
            numbers=("Line",),
        )
        if staging.refused > SHOWN:
            typer.echo(f"… and {staging.refused - SHOWN:,} more; --report FILE writes all of them.")
    if done is not None:
        typer.echo(f"{done.registered:,} recipients registered, {done.already:,} were already, {staging.refused:,} lines refused")
    else:
        nothing = (
            "Nothing was registered: mend these lines, or leave them out with --skip-refused."
            if staging.refused
            else "Nothing was registered."
        )
        lines = "line is" if staging.good == 1 else "lines are"
        typer.echo(f"{staging.good:,} {lines} good, {staging.refused:,} refused. {nothing}")


def _write_report(staging: Staging, path: Path) -> None:
    with new_file(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        lines = csv.writer(text)
        lines.writerow(("line", "column", "reason"))
        lines.writerows((one.line, inert(one.column), inert(one.reason)) for one in staging.refusals())
