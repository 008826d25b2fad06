"""`little-bell bounce …`"""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from little_bell.cli.output import print_table
from little_bell.mail import Reading, Report, read
from little_bell.mail.mime import MOST_BYTES

bounce = typer.Typer(no_args_is_help=True, help="Mail that came back.")


@bounce.callback()
def _noun() -> None:
    """Keeps `bounce` a noun with commands behind it, while there is but one."""


@bounce.command()
def parse(
    context: typer.Context, files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Raw mails; - is standard input.")]
) -> None:
    """Say what mails that came back mean: whom they are about, and why. A file that can't be read is told, and the rest go on."""
    unreadable = False
    lines: list[tuple[Any, ...]] = []
    for name in files:
        try:
            reading, error = read(_bytes_of(name)), None
        except OSError as problem:
            reading, error, unreadable = None, problem.strerror or str(problem), True
        if context.obj.as_json:
            typer.echo(orjson.dumps(file_shape(name, reading, error)).decode())
        else:
            lines += _lines(name, reading, error)
    if lines:
        print_table(("File", "Kind", "Recipient", "Reason", "Address", "Status", "Words"), lines)
    if unreadable:
        raise typer.Exit(1)


def file_shape(name: str, reading: Reading | None, error: str | None) -> dict[str, Any]:
    """A file's reading as JSON says it; without one, the error."""
    if reading is None:
        return {"file": name, "kind": "none", "reports": [], "error": error}
    return {
        "file": name,
        "kind": str(reading.kind),
        "reports": [_report_shape(report) for report in reading.reports],
        "reporting_mta": reading.reporting_mta,
        "feedback_type": reading.feedback_type,
        "message_id": reading.message_id,
        "tokens": reading.tokens,
        "error": None,
    }


def _report_shape(report: Report) -> dict[str, Any]:
    shape = {"recipient": report.recipient, "original_recipient": report.original_recipient, "action": report.action}
    judged = report.judgement
    if judged is None:
        return shape
    return shape | {
        "permanent": judged.permanent,
        "hard": judged.hard,
        "reason": str(judged.reason),
        "status": judged.status,
        "is_status_given": judged.is_status_given,
        "reply_code": judged.reply,
        "diagnostic": report.diagnostic,
        "remote_mta": report.remote_mta,
    }


def _lines(name: str, reading: Reading | None, error: str | None) -> list[tuple[Any, ...]]:
    if reading is None:
        return [(name, "error", "", "", "", "", error)]
    if not reading.reports:
        return [(name, reading.kind, "", "", "", "", "")]
    return [(name, reading.kind, report.recipient, *_judged(report), report.diagnostic[:80]) for report in reading.reports]


def _judged(report: Report) -> tuple[str, str, str]:
    judged = report.judgement
    if judged is None:
        return "", "", ""
    return str(judged.reason), "dead" if judged.hard else "alive", judged.status


def _bytes_of(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MOST_BYTES)
    with Path(name).open("rb") as file:
        return file.read(MOST_BYTES)
