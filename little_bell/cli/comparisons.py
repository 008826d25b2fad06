"""`little-bell campaign variants`, `little-bell report trend`: what is better than what."""

from typing import Annotated, Any

import typer

from little_bell.cli.installation import reached
from little_bell.cli.output import of_all, percent, print_json, print_table

#: Heading → the rate whose median over a campaign and the four before it tells.
MEDIANS = {"Median open rate": "human_open_rate", "Median click rate": "human_click_rate"}
Id = Annotated[int, typer.Argument(metavar="ID")]


def variants(
    context: typer.Context,
    campaign_id: Id,
    by: Annotated[str, typer.Option(help="click or open.")] = "click",
    include: Annotated[str, typer.Option(help="human or all.")] = "human",
    set_: Annotated[str | None, typer.Option("--set", help="As they were kept under this name.")] = None,
) -> None:
    """Compare a campaign's variants: which is better, and how sure that is."""
    with reached(context) as bell:
        found = bell.get_campaign_variants(campaign_id, by, include, set_)
    if context.obj.as_json:
        print_json(found)
        return
    lines = [_line(row) for row in found["variants"]]
    rate = f"95 % of its {by} rate"
    numbers = ("Delivered", "Human open rate (all)", "Human click rate (all)", rate)
    print_table(("Variant", *numbers), lines, numbers=numbers)
    typer.echo(found["verdict"])
    for one in found["comparisons"]:
        typer.echo(f"{one['variant']} beats {one['against']} with a probability of {100 * one['probability']:.1f} %.")
    if found["note"]:
        typer.echo(found["note"])


def trend(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many of the last campaigns.")] = 20,
    set_: Annotated[str | None, typer.Option("--set", help="As they were kept under this name.")] = None,
) -> None:
    """The last campaigns' rates in order, each with the median of it and the four before."""
    with reached(context) as bell:
        rows = bell.get_trend(limit, set_)
    if context.obj.as_json:
        print_json(rows)
        return
    lines = [(row["campaign_id"], row["name"], row["delivered"], *_rates(row)) for row in rows]
    numbers = ("ID", "Delivered", "Human open rate (all)", "Human click rate (all)", "Bounce rate", *MEDIANS)
    print_table(("ID", "Campaign", *numbers[1:]), lines, numbers=numbers)


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["variant"], row["delivered"], _rate(row, "open_rate"), _rate(row, "click_rate"), _between(row)


def _rates(row: dict[str, Any]) -> list[str]:
    rates, medians = row["rates"], row["medians"]
    both = [_rate(rates, name) for name in ("open_rate", "click_rate")]
    return [*both, percent(rates["bounce_rate"]), *(percent(medians[name]) for name in MEDIANS.values())]


def _rate(row: dict[str, Any], name: str) -> str:
    return of_all(percent(row[f"human_{name}"]), percent(row[name]))


def _between(row: dict[str, Any]) -> str | None:
    judged = row["judged_by"]
    return f"{judged['low']} to {judged['high']}" if judged else None
