"""`little-bell doctor`"""

import typer
from rich.console import Console
from rich.text import Text

from little_bell.cli.output import print_json
from little_bell.config import load_settings
from little_bell.doctor import Level, findings
from little_bell.domain.errors import Invalid

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def doctor(context: typer.Context) -> None:
    """Look for what is wrong here, and say how to mend it. Changes nothing; exits with 1 if something fails."""
    if context.obj.url or context.obj.key:
        raise Invalid("doctor looks at the installation here, and not over HTTP with --url and --key", "url")
    console, found = Console(highlight=False, soft_wrap=True), []
    for one in findings(load_settings()):
        found.append(one)
        if context.obj.as_json:
            continue
        console.print(Text.assemble((f"{one.level:<5}", COLOURS[one.level]), (f"{one.name:<14}", "bold"), one.said))
        if one.mend:
            console.print(Text(f"{'':<5}{'':<14}→ {one.mend}"))
    if context.obj.as_json:
        print_json(found)
    if any(one.level is Level.FAIL for one in found):
        raise typer.Exit(1)
