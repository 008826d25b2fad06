"""`little-bell rule …`"""

from typing import Annotated

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import print_json, print_rows

rule = typer.Typer(no_args_is_help=True, help="A tenant's own rules: what is a machine, and what is never filtered.")
COLUMNS = {"ID": "id", "Match": "match", "Value": "value", "Treat as": "treat", "Note": "note", "By": "made_by", "Since": "created_at"}


@rule.command("list")
def list_(context: typer.Context) -> None:
    """List the tenant's own rules, the newest first."""
    with reached(context) as bell:
        rows = bell.get_rules()
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(COLUMNS, rows, numbers=("ID",))


@rule.command()
def add(
    context: typer.Context,
    match: Annotated[str, typer.Argument(metavar="MATCH", help="network, asn or agent.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="203.0.113.0/24, AS64500, or any part of the agent.")],
    treat: Annotated[str, typer.Argument(metavar="TREAT", help="machine or unfiltered.")],
    note: Annotated[str, typer.Option(help="What you want to remember of it.")] = "",
) -> None:
    """Treat a network, an autonomous system or an agent as a machine, or never filter it, from the next event on."""
    with reached(context) as bell:
        made = bell.add_rule(match, value, treat, note)
    if context.obj.as_json:
        print_json(made)
    else:
        typer.echo(
            f"Rule {made['id']}: {made['match']} {made['value']} is {made['treat']} from now on; `stats rejudge` takes it to history"
        )


@rule.command()
def remove(context: typer.Context, rule_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Hold by a rule no longer."""
    with reached(context) as bell:
        bell.remove_rule(rule_id)
    if context.obj.as_json:
        print_json({"removed": rule_id})
    else:
        typer.echo(f"Rule {rule_id} is gone")
