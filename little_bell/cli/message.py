"""`little-bell message …`"""

from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import existing, print_facts, print_json, print_rows
from little_bell.cli.recipients import import_
from little_bell.domain.events import BounceType

message = typer.Typer(no_args_is_help=True, help="Messages: one mail to one recipient.")
message.command("import")(import_)
Id = Annotated[int, typer.Argument(metavar="ID")]


@message.command()
def create(
    context: typer.Context,
    campaign_id: Annotated[int, typer.Option(help="The campaign that it belongs to.")],
    email: Annotated[str, typer.Option(help="The recipient's address.")],
    token: Annotated[str | None, typer.Option(help="A tracking token of the sender's own.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse an address that is suppressed.")] = False,
) -> None:
    """Register a message, before it is sent."""
    with reached(context) as bell:
        made = bell.register_message(campaign_id, email, token, strict=strict)
    if context.obj.as_json:
        print_json(made)
        return
    typer.echo(f"Message created with ID: {made['id']}")
    typer.echo(f"Tracking token: {made['tracking_token']}")
    typer.echo(f"Pixel: {made['pixel_html']}")
    if made["suppressed"]:
        typer.echo(f"Suppressed: {made['suppressed_reason']}; don't send it")


@message.command()
def show(context: typer.Context, message_id: Id) -> None:
    """Show a message and everything that happened to it."""
    with reached(context) as bell:
        row = existing(bell.get_message(message_id), "message")
    if context.obj.as_json:
        print_json(row)
        return
    events = row.pop("events")
    print_facts({name.replace("_", " ").capitalize(): value for name, value in row.items() if value is not None})
    columns = {"ID": "id", "When": "occurred_at", "What": "type", "Who": "verdict", "How": "source", "Link": "url", "Agent": "agent"}
    print_rows(columns, events, numbers=("ID",))


@message.command()
def mark_sent(context: typer.Context, message_id: Id) -> None:
    """It was handed to a mail server."""
    with reached(context) as bell:
        bell.update_message_sent(message_id)
    _marked(context, message_id, "sent")


@message.command()
def mark_opened(context: typer.Context, message_id: Id) -> None:
    """Its reader opened it."""
    with reached(context) as bell:
        bell.update_message_opened(message_id)
    _marked(context, message_id, "opened")


@message.command()
def mark_clicked(context: typer.Context, message_id: Id, link: Annotated[str | None, typer.Option(help="Where it leads.")] = None) -> None:
    """Its reader followed a link."""
    with reached(context) as bell:
        bell.update_message_clicked(message_id, url=link)
    _marked(context, message_id, "clicked")


@message.command()
def mark_bounced(
    context: typer.Context,
    message_id: Id,
    reason: Annotated[str, typer.Option(help="Why, as the mail server put it.")],
    type_: Annotated[BounceType | None, typer.Option("--type", help="For good or for now; without it the reason tells.")] = None,
) -> None:
    """It could not be delivered."""
    with reached(context) as bell:
        bell.update_message_bounced(message_id, reason, type_)
    _marked(context, message_id, "bounced")


def _marked(context: typer.Context, message_id: int, status: str) -> None:
    if context.obj.as_json:
        print_json({"status": status})
    else:
        typer.echo(f"Message {message_id} marked as {status}")
