"""`little-bell segment …`"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_json, print_rows, print_table
from little_bell.cli.progress import writing
from little_bell.cli.segment_options import with_segment
from little_bell.domain.exports import Format
from little_bell.domain.segments import RecipientSort

segment = typer.Typer(no_args_is_help=True, help="Recipients by what they opened and clicked.")
COLUMNS = {
    "Recipient": "recipient_email",
    "Campaigns": "campaigns",
    "Opened": "human_opened",
    "Clicked": "human_clicked",
    "Not opened in a row": "human_unopened",
    "Last sent": "last_sent_at",
    "Last opened": "last_human_opened_at",
    "Last clicked": "last_human_clicked_at",
}


@segment.command("list")
def list_(context: typer.Context) -> None:
    """How many recipients are in the segments that everybody asks for: by people's opens and clicks, and by all."""
    with reached(context) as bell:
        rows = bell.get_segments()
    if context.obj.as_json:
        print_json(rows)
        return
    shown = [row for row in rows if row["all"] or row["human"] or not row["query"].get("unopened")]
    lines = [(row["name"].replace("_", " "), row["human"], row["all"]) for row in shown]
    print_table(("Segment", "People", "All"), lines, numbers=("People", "All"))
    if len(shown) < len(rows):
        longest = max((row["query"].get("unopened", 0) for row in shown), default=0)
        typer.echo(f"Nobody left more than the latest {longest} campaigns unopened." if longest else "Nobody left a campaign unopened.")


@segment.command()
@with_segment
def show(
    context: typer.Context,
    segment: Mapping[str, Any],
    limit: Annotated[int | None, typer.Option(min=1, help="How many of the first; all of them without it.")] = None,
    sort: Annotated[RecipientSort, typer.Option(help="In what order.")] = RecipientSort.ADDRESS,
) -> None:
    """List everybody mail went to, or a segment of them."""
    with reached(context) as bell:
        rows = bell.get_recipients(limit, sort=sort, **segment)
    if context.obj.as_json:
        print_json(rows)
        return
    columns = {words: name for words, name in COLUMNS.items() if not rows or name in rows[0]}
    print_rows(columns, rows, numbers=("Campaigns", "Opened", "Clicked", "Not opened in a row"))


@segment.command()
@with_segment
def count(context: typer.Context, segment: Mapping[str, Any]) -> None:
    """How many recipients are in a segment."""
    with reached(context) as bell:
        found = bell.count_recipients(**segment)
    if context.obj.as_json:
        print_json({"recipients": found})
    else:
        typer.echo(found)


@segment.command()
@with_segment
def export(
    context: typer.Context,
    segment: Mapping[str, Any],
    output: Annotated[Path, typer.Option(help="The file to write; what is there is replaced once all is written.")],
    format_: Annotated[Format | None, typer.Option("--format", help="As what; without it the file's name tells, else csv.")] = None,
) -> None:
    """Write everybody mail went to, or a segment of them, to a file: to suppress them, or to send to them."""
    as_what = format_ or next((one for one in Format if output.suffix == f".{one}"), Format.CSV)
    with reached(context) as bell, writing(output) as advance:
        bell.export_recipients(output, as_what, advance, **segment)
    if context.obj.as_json:
        print_json({"output": str(output), "format": as_what})
    else:
        typer.echo(f"Recipients exported to {output}")
