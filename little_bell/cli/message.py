"""`little-bell message …`"""

import time
from typing import Annotated, Any

import msgspec
import typer

from little_bell.actions.forms import NewMessage, fill
from little_bell.actions.messages import create_messages
from little_bell.api.mark_forms import BounceMark, ClickedMark, OpenedMark, SentMark, Telling
from little_bell.api.shapes import event_shape, message_shape, registered_shape
from little_bell.cli.installation import opened
from little_bell.cli.output import print_facts, print_json, print_table
from little_bell.cli.recording import record
from little_bell.domain.errors import NotFound
from little_bell.domain.events import BounceType
from little_bell.queries.events import message_story
from little_bell.queries.messages import get_message

message = typer.Typer(no_args_is_help=True, help="Messages: one mail to one recipient.")
Id = Annotated[int, typer.Argument(metavar="ID")]


@message.command()
def create(
    context: typer.Context,
    campaign_id: Annotated[int, typer.Option(help="The campaign that it belongs to.")],
    email: Annotated[str, typer.Option(help="The recipient's address.")],
    token: Annotated[str | None, typer.Option(help="A tracking token of the sender's own.")] = None,
) -> None:
    """Register a message, before it is sent."""
    form = fill(NewMessage, {"campaign_id": campaign_id, "recipient_email": email, "tracking_token": token})
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            try:
                (made,) = create_messages(connection, tenant_id, [form])
            except NotFound:  # its text speaks of a row of a batch
                raise NotFound("there is no such campaign", "campaign_id") from None
        shape = registered_shape(here.addresses, tenant_id, made)
        if here.as_json:
            print_json(shape)
            return
        typer.echo(f"Message created with ID: {made.id}")
        typer.echo(f"Tracking token: {made.token}")
        typer.echo(f"Pixel: {shape['pixel_html']}")


@message.command()
def show(context: typer.Context, message_id: Id) -> None:
    """Show a message and everything that happened to it."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            row = get_message(connection, tenant_id, message_id)
            events = message_story(connection, tenant_id, message_id)
        shape = message_shape(row)
        if here.as_json:
            print_json(shape | {"events": [event_shape(event) for event in events]})
            return
        print_facts({name.replace("_", " ").capitalize(): value for name, value in shape.items() if value is not None})
        lines = [(event.occurred_at, event.type, event.verdict, event.source, event.url, event.agent) for event in events]
        print_table(("When", "What", "Who", "How", "Link", "Agent"), lines)


@message.command()
def mark_sent(context: typer.Context, message_id: Id) -> None:
    """It was handed to a mail server."""
    _mark(context, message_id, fill(SentMark, {}), "sent")


@message.command()
def mark_opened(context: typer.Context, message_id: Id) -> None:
    """Its reader opened it."""
    _mark(context, message_id, fill(OpenedMark, {}), "opened")


@message.command()
def mark_clicked(context: typer.Context, message_id: Id, link: Annotated[str | None, typer.Option(help="Where it leads.")] = None) -> None:
    """Its reader followed a link."""
    _mark(context, message_id, fill(ClickedMark, {"url": link}), "clicked")


@message.command()
def mark_bounced(
    context: typer.Context,
    message_id: Id,
    reason: Annotated[str, typer.Option(help="Why, as the mail server put it.")],
    type_: Annotated[BounceType | None, typer.Option("--type", help="For good or for now; without it the reason tells.")] = None,
) -> None:
    """It could not be delivered."""
    _mark(context, message_id, fill(BounceMark, {"bounce_reason": reason, "bounce_type": type_}), "bounced")


def _mark(context: typer.Context, message_id: int, told: Telling, status: str) -> None:
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            get_message(connection, tenant_id, message_id)
        mark: Any = told.record(tenant_id, message_id, time.time_ns() // 1_000)
        record(here, [msgspec.structs.replace(mark, source="cli")])
        if here.as_json:
            print_json({"status": status})
        else:
            typer.echo(f"Message {message_id} marked as {status}")
