"""`little-bell campaign …`"""

from typing import Annotated

import typer

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, fill
from little_bell.api.shapes import campaign_shape, link_shape
from little_bell.cli.installation import ACTOR, Installation, opened
from little_bell.cli.output import of_all, percent, print_facts, print_json, print_table
from little_bell.domain.metrics import RATES
from little_bell.queries.campaigns import CampaignRow, get_campaign, list_campaigns
from little_bell.queries.links import campaign_links

PAGE = 1_000
campaign = typer.Typer(no_args_is_help=True, help="Campaigns: named batches of messages.")


@campaign.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What people call it.")],
    template_id: Annotated[str | None, typer.Option(help="The sender's own name for the mail's template.")] = None,
    subject: Annotated[str | None, typer.Option(help="The subject of its mail.")] = None,
) -> None:
    """Create a campaign."""
    form = fill(NewCampaign, {"name": name, "template_id": template_id, "subject": subject})
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.writing() as connection:
            campaign_id = create_campaign(connection, tenant_id, form, ACTOR)
            made = get_campaign(connection, tenant_id, campaign_id)
        if here.as_json:
            print_json(campaign_shape(made))
        else:
            typer.echo(f"Campaign created with ID: {campaign_id}")


@campaign.command("list")
def list_(context: typer.Context) -> None:
    """List all campaigns, the newest first."""
    with opened(context) as here:
        rows = _all(here)
        if here.as_json:
            print_json([campaign_shape(row) for row in rows])
            return
        columns = ("ID", "Name", "Messages", "Delivered", "Human opened (all)", "Human clicked (all)", "Bounced", "Human open rate (all)")
        print_table(columns, [_line(row) for row in rows], numbers=("ID", *columns[2:]))


@campaign.command()
def show(context: typer.Context, campaign_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Show a campaign with its numbers and its links."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            row = get_campaign(connection, tenant_id, campaign_id)
            links = campaign_links(connection, tenant_id, campaign_id)
        if here.as_json:
            print_json(campaign_shape(row) | {"links": [link_shape(link) for link in links]})
            return
        print_facts({"ID": row.id, "Name": row.name, "Template": row.template_id, "Subject": row.subject, "Created": row.created_at})
        print_facts({_words(name): number for name, number in row.metrics.items() if name not in RATES})
        print_facts({_words(name): percent(row.metrics[name]) for name in RATES})
        if links:
            lines = [
                (link.url, of_all(link.human_clicks, link.clicks), of_all(link.unique_human_clicks, link.unique_clicks)) for link in links
            ]
            print_table(("Link", "Human clicks (all)", "Messages"), lines, numbers=("Human clicks (all)", "Messages"))


def _all(here: Installation) -> list[CampaignRow]:
    rows: list[CampaignRow] = []
    cursor = None
    tenant_id = here.tenant_id
    with here.reading() as connection:
        while True:
            page = list_campaigns(connection, tenant_id, limit=PAGE, cursor=cursor)
            rows += page.rows
            cursor = page.next_cursor
            if cursor is None:
                return rows


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _line(row: CampaignRow) -> tuple[object, ...]:
    numbers = row.metrics
    return (
        row.id,
        row.name,
        numbers["total"],
        numbers["delivered"],
        of_all(numbers["human_opened"], numbers["opened"]),
        of_all(numbers["human_clicked"], numbers["clicked"]),
        numbers["bounced"],
        of_all(percent(numbers["human_open_rate"]), percent(numbers["open_rate"])),
    )
