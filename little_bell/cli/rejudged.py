"""What `stats rejudge` found, for people and for programs."""

from collections.abc import Sequence
from typing import Any

import typer

from little_bell.cli.output import percent, print_table
from little_bell.projector.rejudge import Found
from little_bell.queries.changes import CampaignChange

#: Campaigns that people are shown; programs get all.
SHOWN = 20
RATES = ("human_open_rate", "human_click_rate")
COUNTED = ("human_opened", "human_clicked", "human_opens", "human_clicks", *RATES)


def rejudged_shape(found: Found, changes: Sequence[CampaignChange], rules: int) -> dict[str, Any]:
    """Everything, with the numbers of each campaign before and after."""
    campaigns = [
        {"tenant": one.tenant, "id": one.id, "name": one.name}
        | {"before": {name: one.before[name] for name in COUNTED}, "after": {name: one.after[name] for name in COUNTED}}
        for one in changes
    ]
    looked_at = {"rules": rules, "messages": found.messages, "events": found.events, "without_whole_address": found.not_whole}
    return looked_at | {"changed": _turned(found), "campaigns": campaigns}


def say_rejudged(found: Found, changes: Sequence[CampaignChange], are: str) -> None:
    """The same in lines and a table."""
    for line in _turned(found):
        typer.echo(f"{line['events']} from {line['from']} to {line['to']}")
    typer.echo(f"{found.events} events of {found.messages} messages looked at; {found.turned.total()} {are} judged otherwise")
    if found.not_whole:
        typer.echo(f"{found.not_whole} of them have no address kept, or one too short for some networks: those rules stayed as they were")
    if changes:
        cells = ([one.tenant, one.id, one.name, *(_step(one, name) for name in RATES)] for one in changes[:SHOWN])
        print_table(("Tenant", "ID", "Campaign", "Open rate", "Click rate"), cells, numbers=("ID", "Open rate", "Click rate"))
    if len(changes) > SHOWN:
        typer.echo(f"… and {len(changes) - SHOWN} campaigns more; --json names them all")


def _turned(found: Found) -> list[dict[str, Any]]:
    return [{"from": before, "to": after, "events": count} for (before, after), count in sorted(found.turned.items())]


def _step(one: CampaignChange, name: str) -> str:
    before, after = one.before[name], one.after[name]
    return percent(after) if before == after else f"{percent(before)} → {percent(after)}"
