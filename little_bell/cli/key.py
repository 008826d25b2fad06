"""`little-bell key …`"""

from typing import Annotated

import typer

from little_bell.actions.forms import fill
from little_bell.actions.keys import NewKeyForm, create_key, revoke_key
from little_bell.cli.installation import ACTOR, opened
from little_bell.cli.output import print_json, print_table
from little_bell.domain.events import Scope
from little_bell.queries.keys import list_keys

key = typer.Typer(no_args_is_help=True, help="API keys of a tenant.")


@key.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What uses it.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may do; may be repeated. Else read, write and events.")] = None,
) -> None:
    """Make a key. It is shown this once."""
    form = fill(NewKeyForm, {"name": name} | ({"scopes": tuple(scope)} if scope else {}))
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            made = create_key(connection, tenant_id, form, ACTOR)
        if here.as_json:
            print_json({"key": made.secret, "id": made.id, "name": form.name, "scopes": sorted(form.scopes), "tenant": here.slug})
            return
        typer.echo(f"Key created with ID: {made.id}")
        typer.echo(f"Key: {made.secret}")
        typer.echo("Keep it: it is shown only now.")


@key.command("list")
def list_(context: typer.Context) -> None:
    """List the keys that open something."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            rows = list_keys(connection, tenant_id)
        if here.as_json:
            print_json(rows)
            return
        lines = [(row.id, row.name, f"{row.prefix}…", " ".join(row.scopes), row.created_at, row.last_used_at) for row in rows]
        print_table(("ID", "Name", "Key", "May", "Created", "Last used"), lines, numbers=("ID",))


@key.command()
def revoke(context: typer.Context, key_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """From now on the key opens nothing."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            revoke_key(connection, tenant_id, key_id, ACTOR)
        if here.as_json:
            print_json({"revoked": key_id})
        else:
            typer.echo(f"Key {key_id} revoked")
