"""`little-bell webhook …`"""

from typing import Annotated

import typer

from little_bell.actions.forms import fill
from little_bell.actions.webhooks import EndpointForm, remove_endpoint, set_endpoint
from little_bell.cli.installation import ACTOR, opened, reached
from little_bell.cli.output import print_json, print_rows, print_table
from little_bell.providers import find_provider, fit_secret
from little_bell.queries.webhooks import list_endpoints
from little_bell.sealing import Sealing
from little_bell.secret_key import key_ring

webhook = typer.Typer(no_args_is_help=True, help="Where e-mail providers report to a tenant.")
NUMBERS = {"Came": "deliveries", "Events": "events", "Placed": "placed", "Waiting": "waiting", "Unmatched": "unmatched"}
DELIVERIES = {"ID": "id", "Provider": "provider", "Received": "received_at", **NUMBERS, "Note": "outcome"}
Name = Annotated[str, typer.Argument(metavar="PROVIDER")]


@webhook.command("set")
def set_(
    context: typer.Context,
    provider: Name,
    secret: Annotated[str, typer.Option(help="What proves its webhooks; made here where that is ours to make.")] = "",
    count_opens: Annotated[bool, typer.Option(help="Count the provider's own opens and clicks where our pixel saw none.")] = True,
) -> None:
    """Believe a provider, or change its secret: the one before stays valid for a day."""
    found = find_provider(provider)
    kept = fit_secret(found, secret)
    with opened(context) as here:
        tenant_id, sealing = here.tenant_id, Sealing(key_ring(here.settings))
        form = fill(EndpointForm, {"secret": kept, "counts_opens": count_opens})
        with here.writing() as connection:
            set_endpoint(connection, tenant_id, found.name, form, sealing.seal, sealing.unseal, ACTOR)
        url = f"{here.settings.base_url}/webhooks/{found.name}/{here.slug}"
        if here.as_json:
            print_json({"provider": found.name, "url": url, "secret": kept})
            return
        typer.echo(f"URL: {url}")
        if kept != secret.strip():
            typer.echo(f"Secret: {kept}")


@webhook.command("list")
def list_(context: typer.Context) -> None:
    """List the providers that are believed."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            rows = list_endpoints(connection, tenant_id)
        if here.as_json:
            print_json(rows)
            return
        lines = [(row.provider, f"/webhooks/{row.provider}/{here.slug}", row.counts_opens, row.updated_at, row.last_at) for row in rows]
        print_table(("Provider", "Path", "Counts opens", "Set", "Last webhook"), lines)


@webhook.command()
def remove(context: typer.Context, provider: Name) -> None:
    """From now on the provider is not believed."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            remove_endpoint(connection, tenant_id, provider, ACTOR)
        if here.as_json:
            print_json({"removed": provider})
        else:
            typer.echo(f"{provider} is not believed any more")


@webhook.command()
def deliveries(
    context: typer.Context,
    provider: Annotated[str | None, typer.Option(help="Of this one alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20,
) -> None:
    """List what providers sent, the newest first, and what has become of it."""
    with reached(context) as bell:
        rows = bell.get_webhook_deliveries(provider, limit)
    if context.obj.as_json:
        print_json(rows)
    else:
        print_rows(DELIVERIES, rows, numbers=("ID", *NUMBERS))
