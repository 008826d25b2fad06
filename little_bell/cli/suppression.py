"""`little-bell suppression …`"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_facts, print_json, print_rows
from little_bell.domain.suppressions import Why

suppression = typer.Typer(no_args_is_help=True, help="Addresses that get no more mail.")
Address = Annotated[str, typer.Argument(metavar="ADDRESS")]
COLUMNS = {"Address": "address", "Reason": "reason", "Since": "suppressed_at", "Until": "expires_at", "Source": "source", "Note": "note"}


@suppression.command("list")
def list_(
    context: typer.Context,
    search: Annotated[str, typer.Option(help="Any part of the address.")] = "",
    reason: Annotated[Why | None, typer.Option(help="Only those for this reason.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many of the newest; all of them without it.")] = None,
) -> None:
    """List suppressed addresses, the newest first."""
    with reached(context) as bell:
        rows = bell.get_suppressions(search, reason and str(reason), limit)
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(COLUMNS, rows)


@suppression.command()
def add(
    context: typer.Context,
    address: Address,
    reason: Annotated[Why, typer.Option(help="Why it gets no more mail.")] = Why.MANUAL,
    note: Annotated[str, typer.Option(help="What you want to remember of it.")] = "",
    expires_at: Annotated[datetime | None, typer.Option(help="Until then, in UTC; for good without it.")] = None,
) -> None:
    """Suppress an address."""
    with reached(context) as bell:
        bell.add_suppression(address, str(reason), note, expires_at)
    _told(context, {"suppressed": address}, f"{address} is suppressed")


@suppression.command()
def remove(context: typer.Context, address: Address) -> None:
    """Take an address off the list, whatever reasons there are against it."""
    with reached(context) as bell:
        bell.remove_suppression(address)
    _told(context, {"removed": address}, f"{address} may get mail again")


@suppression.command()
def check(context: typer.Context, addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…")]) -> None:
    """Say of each address whether it is suppressed; exit with 1 if any is."""
    with reached(context) as bell:
        results = bell.check_suppressions(addresses)
    if context.obj.as_json:
        print_json(results)
    else:
        for one in results:
            typer.echo(f"{one['address']}: {one['reason'] or 'not suppressed'}")
    if any(one["suppressed"] for one in results):
        raise typer.Exit(1)


@suppression.command("import")
def import_(context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, the address first or named.")]) -> None:
    """Suppress what a CSV file names; lines that can't be taken are told, and the others are taken."""
    with reached(context) as bell:
        done = bell.import_suppressions_from_csv(file)
    if context.obj.as_json:
        print_json(done)
    else:
        print_facts({"Added": done["added"], "Refused": done["refused"]})
        for one in done["refusals"]:
            typer.echo(f"line {one['line']} {one['reason']}: {one['text']}", err=True)
    if done["refused"]:
        raise typer.Exit(1)


@suppression.command()
def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="The file to write; what is there is replaced once all is written.")],
) -> None:
    """Write the list to a CSV file, which import takes."""
    with reached(context) as bell:
        bell.export_suppressions_to_csv(output)
    _told(context, {"output": str(output)}, f"The list is in {output}")


@suppression.command()
def rules(
    context: typer.Context,
    hard_bounce: Annotated[bool | None, typer.Option(help="Suppress after a hard bounce.")] = None,
    complaint: Annotated[bool | None, typer.Option(help="Suppress after a complaint.")] = None,
    soft_bounces: Annotated[int | None, typer.Option(min=0, help="Suppress after so many soft bounces; 0: never.")] = None,
    soft_of: Annotated[int | None, typer.Option(min=1, help="Of so many messages in a row.")] = None,
    soft_days: Annotated[int | None, typer.Option(min=0, help="For so many days; 0: for good.")] = None,
) -> None:
    """Show by what rules addresses are suppressed by themselves, or change them."""
    asked = {"on_hard_bounce": hard_bounce, "on_complaint": complaint, "soft_bounces": soft_bounces, "soft_of": soft_of}
    changes = {name: value for name, value in asked.items() if value is not None}
    if soft_days is not None:
        changes["soft_days"] = soft_days or None  # type: ignore[assignment]
    with reached(context) as bell:
        found = bell.set_suppression_rules(**changes) if changes else bell.get_suppression_rules()
    if context.obj.as_json:
        print_json(found)
    else:
        print_facts({name.replace("_", " ").capitalize(): value for name, value in found.items()})


def _told(context: typer.Context, shape: dict[str, str], words: str) -> None:
    if context.obj.as_json:
        print_json(shape)
    else:
        typer.echo(words)
