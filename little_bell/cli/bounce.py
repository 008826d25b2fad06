"""`little-bell bounce …`"""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from little_bell.api.shapes.report import reading_shape
from little_bell.cli.bounce_import import hand_in_mails, import_mails
from little_bell.cli.bounce_review import review, unmatched
from little_bell.cli.installation import opened, reached
from little_bell.cli.output import print_facts, print_json, print_table
from little_bell.domain.bounces import Judgement
from little_bell.mail import Reading, read
from little_bell.mail.mime import MOST_BYTES

bounce = typer.Typer(no_args_is_help=True, help="Mail that came back.")


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


bounce.command()(unmatched)
bounce.command()(review)


@bounce.command(name="import")
def import_(context: typer.Context, paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Maildirs, mboxes, mails.")]) -> None:
    """Count mail that came back and lies in files. The same mail a second time changes nothing, so an import may be repeated.

    Over HTTP mails are handed in one by one, and what became of them isn't waited for.
    """
    if context.obj.url or context.obj.key:
        with reached(context) as bell:
            counts = {"mails": hand_in_mails(bell.hand_in_report, paths)}
    else:
        with opened(context) as here:
            counts = import_mails(here, paths)
    if context.obj.as_json:
        print_json(counts)
    else:
        print_facts({name.capitalize(): count for name, count in counts.items()})


def file_shape(name: str, reading: Reading | None, error: str | None) -> dict[str, Any]:
    """A file's reading as JSON says it; without one, the error."""
    if reading is None:
        return {"file": name, "kind": "none", "reports": [], "error": error}
    return {"file": name, **reading_shape(reading), "error": None}


def _lines(name: str, reading: Reading | None, error: str | None) -> list[tuple[Any, ...]]:
    if reading is None:
        return [(name, "error", "", "", "", "", error)]
    if not reading.reports:
        return [(name, reading.kind, "", "", "", "", "")]
    return [(name, reading.kind, report.recipient, *_judged(report.judgement), report.diagnostic[:80]) for report in reading.reports]


def _judged(judged: Judgement | None) -> tuple[str, str, str]:
    if judged is None:
        return "", "", ""
    return str(judged.reason), "dead" if judged.hard else "alive", judged.status


def _bytes_of(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(MOST_BYTES)
    with Path(name).open("rb") as file:
        return file.read(MOST_BYTES)
