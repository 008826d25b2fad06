"""`little-bell recipient …`"""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_json
from little_bell.domain.errors import Invalid
from little_bell.files import new_file

recipient = typer.Typer(no_args_is_help=True, help="One recipient's data: all of it, or none any more.")
Email = Annotated[str, typer.Argument(metavar="EMAIL")]


@recipient.command()
def export(
    context: typer.Context,
    email: Email,
    output: Annotated[Path | None, typer.Option(help="The file to write, instead of printing.")] = None,
) -> None:
    """Everything that is stored of one recipient, as JSON."""
    with reached(context) as bell:
        found = bell.export_recipient(email)
    if output is None:
        print_json(found)
        return
    with new_file(output) as file:
        file.write(orjson.dumps(found, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))
    typer.echo(f"{len(found['messages'])} messages and {len(found['receipts'])} receipts written to {output}", err=context.obj.as_json)


@recipient.command()
def erase(
    context: typer.Context, email: Email, yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False
) -> None:
    """Forget one recipient: names, events, receipts and journal entries go; counters stay."""
    with reached(context) as bell:
        found = bell.export_recipient(email)
        if not yes and not typer.confirm(f"Forget {email}, and what became of {len(found['messages'])} messages, for good?", err=True):
            raise Invalid("nothing was erased", "yes")
        count = bell.erase_recipient(email)
    if context.obj.as_json:
        print_json({"erased": count})
    else:
        typer.echo(
            f"{email} is forgotten in {count} messages. Receipts and the journal are gone through by the running server, or the next."
        )
