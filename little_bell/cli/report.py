"""`little-bell report …`"""

from typing import Annotated

import typer

from little_bell.cli.analytics import print_analytics, print_interval
from little_bell.cli.installation import reached
from little_bell.cli.output import percent, print_facts, print_json, print_rows
from little_bell.domain.metrics import RATES, formula

TOTALS = ("sent", "delivered", "opened", "human_opened", "clicked", "human_clicked", "bounced", "complained", "unsubscribed")
report = typer.Typer(no_args_is_help=True, help="Numbers over all campaigns.")


@report.command()
def summary(
    context: typer.Context, set_: Annotated[str | None, typer.Option("--set", help="As they were kept under this name.")] = None
) -> None:
    """Totals and rates over all campaigns."""
    with reached(context) as bell:
        found = bell.get_summary(set_name=set_)
    if context.obj.as_json:
        print_json(found)
        return
    typer.echo("=== Email Tracking Summary ===")
    print_facts({_words(name): found[name] for name in ("total_campaigns", "total_messages", *(f"total_{name}" for name in TOTALS))})
    print_facts({_words(name): percent(found[name]) for name in RATES})
    print_interval(found["open_rate_interval"])
    print_facts({f"Formula of {_words(name)}": formula(name) for name in RATES})


@report.command()
def analytics(
    context: typer.Context,
    campaign_id: Annotated[int, typer.Option(help="Which campaign.")],
    time_zone: Annotated[str | None, typer.Option(help="Of the week, as Europe/Berlin; the tenant's without it.")] = None,
    set_: Annotated[str | None, typer.Option("--set", help="As they were kept under this name.")] = None,
) -> None:
    """When, where in the mail, behind which mailbox and with what a campaign was read."""
    with reached(context) as bell:
        found = bell.get_campaign_analytics(campaign_id, time_zone=time_zone, set_name=set_)
    if context.obj.as_json:
        print_json(found)
    else:
        print_analytics(found)


@report.command()
def bounces(
    context: typer.Context,
    campaign_id: Annotated[int | None, typer.Option(help="Only this campaign's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many of the newest.")] = 50,
) -> None:
    """Bounces by reason, and the newest of them."""
    with reached(context) as bell:
        rows = bell.get_bounces(campaign_id, limit)
        reasons = bell.get_bounce_reasons(campaign_id, limit)
    if context.obj.as_json:
        print_json(rows)
        return
    counted = {"Messages": "bounced", "Type": "bounce_type", "Category": "bounce_category", "Reason": "bounce_reason"}
    print_rows(counted, reasons, numbers=("Messages",))
    told = {"When": "occurred_at", "Message": "message_id", "Recipient": "recipient_email", "Type": "bounce_type"}
    print_rows(told | {"Reason": "bounce_reason"}, rows, numbers=("Message",))


def _words(name: str) -> str:
    return name.replace("_", " ").title()
