"""`little-bell event …`"""

from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_json
from little_bell.domain.overrides import Said

event = typer.Typer(no_args_is_help=True, help="Opens and clicks, one by one.")
EventId = Annotated[int, typer.Argument(metavar="ID", help="As `message show` has it.")]


@event.command()
def overrule(
    context: typer.Context,
    event_id: EventId,
    verdict: Annotated[Said, typer.Argument(metavar="VERDICT", help="human or machine.")],
    note: Annotated[str, typer.Option(help="What you want to remember of it.")] = "",
) -> None:
    """Say who caused an open or a click, whatever the rules make of it."""
    with reached(context) as bell:
        bell.overrule_event(event_id, str(verdict), note)
    if context.obj.as_json:
        print_json({"event_id": event_id, "verdict": str(verdict)})
    else:
        typer.echo(f"Event {event_id} was a {'person' if verdict is Said.HUMAN else 'machine'}")


@event.command("take-back")
def take_back(context: typer.Context, event_id: EventId) -> None:
    """Take back what was said of an event: it is judged by the rules again."""
    with reached(context) as bell:
        bell.take_back_verdict(event_id)
    if context.obj.as_json:
        print_json({"event_id": event_id, "verdict": None})
    else:
        typer.echo(f"Event {event_id} is judged by the rules again")
