"""`little-bell report …`"""

from typing import Annotated

import typer

from little_bell.api.shapes import bounce_shape
from little_bell.cli.installation import opened
from little_bell.cli.output import percent, print_facts, print_json, print_table
from little_bell.domain.metrics import RATES
from little_bell.queries.bounces import BounceFilter, bounces_by_reason, list_bounces
from little_bell.queries.overview import summary as summary_of

TOTALS = ("sent", "delivered", "opened", "human_opened", "clicked", "human_clicked", "bounced", "complained", "unsubscribed")
report = typer.Typer(no_args_is_help=True, help="Numbers over all campaigns.")


@report.command()
def summary(context: typer.Context) -> None:
    """Totals and rates over all campaigns."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            found = summary_of(connection, tenant_id)
    numbers = found.metrics
    if here.as_json:
        totals = {f"total_{name}": numbers[name] for name in ("sent", "opened", "clicked", "bounced")}
        print_json({"total_campaigns": found.total_campaigns, "total_messages": numbers["total"], **totals, **numbers})
        return
    typer.echo("=== Email Tracking Summary ===")
    print_facts({"Total Campaigns": found.total_campaigns, "Total Messages": numbers["total"]})
    print_facts({f"Total {_words(name)}": numbers[name] for name in TOTALS})
    print_facts({_words(name): percent(numbers[name]) for name in RATES})


@report.command()
def bounces(
    context: typer.Context,
    campaign_id: Annotated[int | None, typer.Option(help="Only this campaign's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 50,
) -> None:
    """Bounces by reason, and the newest of them."""
    with opened(context) as here:
        tenant_id = here.tenant_id
        with here.reading() as connection:
            rows = list_bounces(connection, tenant_id, BounceFilter(campaign_id=campaign_id), limit=limit).rows
            reasons = bounces_by_reason(connection, tenant_id, campaign_id, limit)
    if here.as_json:
        print_json([bounce_shape(row) for row in rows])
        return
    counted = [(row.bounced, row.bounce_type, row.category, row.reason) for row in reasons]
    print_table(("Messages", "Type", "Category", "Reason"), counted, numbers=("Messages",))
    lines = [(row.occurred_at, row.message_id, row.recipient_email, row.bounce_type, row.reason) for row in rows]
    print_table(("When", "Message", "Recipient", "Type", "Reason"), lines, numbers=("Message",))


def _words(name: str) -> str:
    return name.replace("_", " ").title()
