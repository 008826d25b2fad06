"""`little-bell bounce unmatched` and `review`: what found no message."""

from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_json, print_rows

COLUMNS = {"ID": "id", "Received": "received_at", "By": "source", "Kind": "kind", "Recipients": "recipients", "Subject": "subject"}


def unmatched(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50) -> None:
    """List mail that came back and found no message, the newest first."""
    with reached(context) as bell:
        rows = bell.get_reports("unmatched", limit)
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(COLUMNS, [row | {"recipients": ", ".join(row["recipients"])} for row in rows])


def review(
    context: typer.Context,
    report_id: Annotated[int, typer.Argument(metavar="ID")],
    message_id: Annotated[int | None, typer.Option(help="The message that it is about.")] = None,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="It is nothing.")] = False,
) -> None:
    """Say what a report is about. Without an option it is read once more: its message may be registered by now."""
    with reached(context) as bell:
        bell.review_report(report_id, message_id, dismiss)
        told = bell.get_report(report_id)
    if context.obj.as_json:
        print_json(told)
    else:
        typer.echo(f"Report {report_id} is {told['state']}: {told['outcome']}")
