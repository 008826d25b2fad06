"""`little-bell bounce unmatched` and `review`: what found no message."""

import time
from typing import Annotated, Any

import typer

from little_bell.api.report_shapes import report_row_shape
from little_bell.api.review_forms import ReviewForm, review_of
from little_bell.cli.installation import opened
from little_bell.cli.output import print_json, print_rows
from little_bell.queries.reports import get_report, list_reports
from little_bell.recording import append, open_journal, wait_until_counted

COLUMNS = {"ID": "id", "Received": "received_at", "By": "source", "Kind": "kind", "Recipients": "recipients", "Subject": "subject"}


def unmatched(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50) -> None:
    """List mail that came back and found no message, the newest first."""
    with opened(context) as here, here.reading() as connection:
        rows = [report_row_shape(row) for row in list_reports(connection, here.tenant_id, "unmatched", limit=limit).rows]
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
    with opened(context) as here:
        with here.reading() as connection:
            form = ReviewForm(message_id=message_id, dismiss=dismiss)
            made = review_of(connection, here.tenant_id, report_id, form, time.time_ns() // 1_000)
        journal = open_journal(here)
        try:
            wait_until_counted(here, append(journal, [made]))
        finally:
            journal.close()
        with here.reading() as connection:
            told: dict[str, Any] = report_row_shape(get_report(connection, here.tenant_id, report_id))
    if context.obj.as_json:
        print_json(told)
    else:
        typer.echo(f"Report {report_id} is {told['state']}: {told['outcome']}")
