"""`little-bell alert …`"""

from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_facts, print_json, print_rows

alert = typer.Typer(no_args_is_help=True, help="What is wrong with a tenant's mail, and whom to tell.")
ALERTS = {"ID": "id", "Alert": "title", "Campaign": "campaign", "Provider": "provider", "Raised": "raised_at", "Resolved": "resolved_at"}
RULES = {"Kind": "kind", "On": "is_on", "Limit": "limit", "Of": "unit", "At least messages": "least"}
DESTINATIONS = {"ID": "id", "Kind": "kind", "Target": "target", "Last arrived": "arrived_at", "Failure": "error"}
DELIVERIES = {"ID": "id", "What": "event", "Alert": "kind", "To": "target", "State": "state", "Attempts": "attempts", "Failure": "error"}
Id = Annotated[int, typer.Argument(metavar="ID")]


@alert.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open, resolved or all.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
) -> None:
    """List alerts, the newest first."""
    with reached(context) as bell:
        rows = bell.get_alerts(state, limit=limit)
    if context.obj.as_json:
        print_json(rows)
        return
    print_rows(ALERTS | {"What": "text"}, rows, numbers=("ID",))


@alert.command()
def rules(context: typer.Context) -> None:
    """Show every threshold."""
    with reached(context) as bell:
        rows = bell.get_alert_rules()
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(RULES, rows, numbers=("Limit", "At least messages"))


@alert.command("set-rule")
def set_rule(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND")],
    on: Annotated[bool | None, typer.Option(help="Raise such alerts.")] = None,
    limit: Annotated[float | None, typer.Option(help="In percent or hours.")] = None,
    least: Annotated[int | None, typer.Option(help="So many messages have to be there.")] = None,
) -> None:
    """Change a threshold, or switch it off."""
    with reached(context) as bell:
        found = bell.set_alert_rule(kind, on, limit, least)
    if context.obj.as_json:
        print_json(found)
    else:
        print_rows(RULES, [found], numbers=("Limit", "At least messages"))


@alert.command()
def destinations(context: typer.Context) -> None:
    """List whom alerts are told."""
    with reached(context) as bell:
        rows = bell.get_alert_destinations()
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(DESTINATIONS, rows, numbers=("ID",))


@alert.command()
def add(context: typer.Context, target: Annotated[str, typer.Argument(metavar="URL_OR_ADDRESS")]) -> None:
    """Tell alerts to a URL, or to an e-mail address."""
    with reached(context) as bell:
        made = bell.add_alert_destination("webhook" if "://" in target else "email", target)
    if context.obj.as_json:
        print_json(made)
    else:
        print_facts({"Destination": made["id"], **({"Secret": made["secret"]} if made["secret"] else {})})


@alert.command()
def remove(context: typer.Context, destination_id: Id) -> None:
    """Tell nothing more to a destination."""
    with reached(context) as bell:
        bell.remove_alert_destination(destination_id)
    _say(context, {"removed": destination_id}, f"Destination {destination_id} is told nothing more")


@alert.command()
def test(context: typer.Context, destination_id: Id) -> None:
    """Have the running server send a sample to a destination."""
    with reached(context) as bell:
        delivery_id = bell.test_alert_destination(destination_id)
    _say(context, {"delivery_id": delivery_id}, f"Delivery {delivery_id} is on its way: little-bell alert deliveries")


@alert.command()
def deliveries(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20) -> None:
    """List what was told to whom, the newest first, and how that went."""
    with reached(context) as bell:
        rows = bell.get_alert_deliveries(limit)
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(DELIVERIES, rows, numbers=("ID", "Attempts"))


def _say(context: typer.Context, shape: dict[str, int], words: str) -> None:
    if context.obj.as_json:
        print_json(shape)
    else:
        typer.echo(words)
