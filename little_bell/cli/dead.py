"""`little-bell db dead …`"""

from base64 import b64encode
from typing import Annotated, Any

import msgspec
import typer

from little_bell.chores import read_record
from little_bell.chores import replay as fold_again
from little_bell.cli.installation import opened
from little_bell.cli.output import print_facts, print_json, print_table
from little_bell.cli.progress import counting
from little_bell.domain.errors import Invalid
from little_bell.queries.dead_records import DeadRow, dead_ids, dead_records, list_dead

dead = typer.Typer(no_args_is_help=True, help="Records that could not be folded: set aside with the reason, none is lost.")


@dead.command("list")
def list_(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 50) -> None:
    """List dead records and why they are."""
    with opened(context) as here:
        with here.reading() as connection:
            rows = list_dead(connection, limit)
        if here.as_json:
            print_json([_shape(row) for row in rows])
        else:
            lines = [(row.id, row.died_at, type(read_record(row)).__name__, len(row.record), row.reason[:100]) for row in rows]
            print_table(("ID", "Died", "Kind", "Bytes", "Why"), lines, numbers=("ID", "Bytes"))


@dead.command()
def show(context: typer.Context, dead_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Show a dead record whole."""
    with opened(context) as here:
        with here.reading() as connection:
            [row] = dead_records(connection, [dead_id])
        if here.as_json:
            print_json(_shape(row))
        else:
            print_facts({name.replace("_", " ").capitalize(): value for name, value in _shape(row).items()})


@dead.command()
def replay(
    context: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID…]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Fold dead records again, after an update or a mend. No server may be running. Exits with 1 if one stays dead."""
    if bool(ids) == all_:
        raise Invalid("name the records, or say --all", "ids")
    with opened(context) as here:
        with here.reading() as connection:
            wanted = ids or dead_ids(connection)
        with counting("Records", len(wanted)) as advance:
            done = fold_again(here, wanted, advance)
        if here.as_json:
            print_json(done)
        else:
            typer.echo(f"{done.folded} folded, {done.dead_again} dead again, {done.unreadable} can't be read by this version")
    if done.dead_again or done.unreadable:
        raise typer.Exit(1)


def _shape(row: DeadRow) -> dict[str, Any]:
    record = read_record(row)
    told = {name: getattr(row, name) for name in ("id", "died_at", "reason", "journal", "segment", "offset")}
    if record is None:
        return told | {"kind": None, "record": None, "raw": b64encode(row.record).decode()}
    fields = {field.name: getattr(record, field.name) for field in msgspec.structs.fields(record)}
    return told | {"kind": type(record).__name__, "record": fields, "raw": b64encode(row.record).decode()}
