"""`little-bell campaign …`"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from little_bell.cli.analytics import print_interval
from little_bell.cli.installation import reached
from little_bell.cli.output import existing, of_all, percent, print_facts, print_json, print_rows, print_table
from little_bell.cli.progress import writing
from little_bell.cli.segment_options import with_recipients
from little_bell.domain.errors import Invalid
from little_bell.domain.events import Status
from little_bell.domain.exports import Format, What
from little_bell.domain.metrics import RATES, formula
from little_bell.domain.readings import Archived, MessageSort, Reading

campaign = typer.Typer(no_args_is_help=True, help="Campaigns: named batches of messages.")
Id = Annotated[int, typer.Argument(metavar="ID")]


class Wanted:
    """The options that say which messages."""

    Status = Annotated[Status | None, typer.Option(help="Only messages with this status.")]
    Opened = Annotated[Reading | None, typer.Option(help="Only those opened by whom: machine means machines alone.")]
    Clicked = Annotated[Reading | None, typer.Option(help="Only those in which a link was followed by whom.")]
    Link = Annotated[int | None, typer.Option("--link-id", min=1, help="Only those in which this link was followed.")]
    Domain = Annotated[str, typer.Option(help="Only those to mailboxes in this domain.")]
    Search = Annotated[str, typer.Option(help="Only those whose address holds this text.")]


def _filters(
    status: Status | None, opened: Reading | None, clicked: Reading | None, link_id: int | None, domain: str, search: str
) -> dict[str, Any]:
    """Those that were named, for Database and Client alike."""
    named = {"status": status, "opened": opened, "clicked": clicked, "link_id": link_id, "domain": domain, "search": search}
    return {name: value for name, value in named.items() if value}


@campaign.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What people call it.")],
    template_id: Annotated[str | None, typer.Option(help="The sender's own name for the mail's template.")] = None,
    subject: Annotated[str | None, typer.Option(help="The subject of its mail.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by; may be given several times.")] = None,
    utm_source: Annotated[str | None, typer.Option(help="What instrumented links say in utm_source, where they have none.")] = None,
    utm_medium: Annotated[str | None, typer.Option(help="The same for utm_medium.")] = None,
    utm_campaign: Annotated[str | None, typer.Option(help="The same for utm_campaign.")] = None,
    utm_term: Annotated[str | None, typer.Option(help="The same for utm_term.")] = None,
    utm_content: Annotated[str | None, typer.Option(help="The same for utm_content.")] = None,
) -> None:
    """Create a campaign."""
    words = {"source": utm_source, "medium": utm_medium, "campaign": utm_campaign, "term": utm_term, "content": utm_content}
    utm = {word: said for word, said in words.items() if said is not None}
    with reached(context) as bell:
        campaign_id = bell.create_campaign(name, template_id, subject, tag or (), utm=utm or None)
        if context.obj.as_json:
            print_json(bell.get_campaign(campaign_id))
        else:
            typer.echo(f"Campaign created with ID: {campaign_id}")


@campaign.command("list")
def list_(
    context: typer.Context,
    search: Annotated[str, typer.Option(help="Any part of the name, subject or external id.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Only those with this tag; may be given several times.")] = None,
    archived: Annotated[Archived, typer.Option(help="Whether those that were archived are listed, too, or alone.")] = Archived.NO,
) -> None:
    """List the campaigns, the newest first, without those that were archived."""
    with reached(context) as bell:
        rows = bell.get_all_campaigns(search, tag or (), archived=archived)
    if context.obj.as_json:
        print_json(rows)
        return
    columns = ("ID", "Name", "Messages", "Delivered", "Human opened (all)", "Human clicked (all)", "Bounced", "Human open rate (all)")
    print_table(columns, [_line(row) for row in rows], numbers=("ID", *columns[2:]))


@campaign.command()
def show(
    context: typer.Context,
    campaign_id: Id,
    set_: Annotated[str | None, typer.Option("--set", help="As they were kept under this name.")] = None,
) -> None:
    """Show a campaign with its numbers and its links."""
    with reached(context) as bell:
        row = existing(bell.get_campaign(campaign_id, set_), "campaign")
    if context.obj.as_json:
        print_json(row)
        return
    numbers = row["metrics"]
    facts = {"ID": "id", "Name": "name", "Template": "template_id", "Subject": "subject", "Created": "created_at"}
    print_facts({word: row[name] for word, name in facts.items()})
    print_facts({_words(name): number for name, number in numbers.items() if isinstance(number, int) and name not in RATES})
    print_facts({_words(name): percent(numbers[name]) for name in RATES})
    print_interval(numbers["open_rate_interval"])
    print_facts({f"Formula of {_words(name)}": formula(name) for name in RATES})
    if row["links"]:
        lines = [
            (link["url"], of_all(link["human_clicks"], link["clicks"]), of_all(link["unique_human_clicks"], link["unique_clicks"]))
            for link in row["links"]
        ]
        print_table(("Link", "Human clicks (all)", "Messages"), lines, numbers=("Human clicks (all)", "Messages"))


@campaign.command()
def archive(context: typer.Context, campaign_id: Id) -> None:
    """Put a campaign away: lists leave it out, everything of it stays and goes on counting."""
    with reached(context) as bell:
        row = bell.update_campaign(campaign_id, archived=True)
    _tell(context, row, "archived")


@campaign.command()
def unarchive(context: typer.Context, campaign_id: Id) -> None:
    """Take a campaign back into the lists."""
    with reached(context) as bell:
        row = bell.update_campaign(campaign_id, archived=False)
    _tell(context, row, "back in the lists")


def _tell(context: typer.Context, row: Mapping[str, Any], what: str) -> None:
    if context.obj.as_json:
        print_json(row)
    else:
        typer.echo(f"Campaign {row['id']} {what}")


@campaign.command()
@with_recipients
def messages(
    context: typer.Context,
    campaign_id: Id,
    recipients: Mapping[str, Any],
    limit: Annotated[int | None, typer.Option(min=1, help="How many of the first; all of them without it.")] = None,
    status: Wanted.Status = None,
    opened: Wanted.Opened = None,
    clicked: Wanted.Clicked = None,
    link_id: Wanted.Link = None,
    domain: Wanted.Domain = "",
    search: Wanted.Search = "",
    sort: Annotated[MessageSort, typer.Option(help="In what order.")] = MessageSort.OLDEST,
) -> None:
    """List the messages of a campaign in the order they were registered, or in another."""
    filters = _filters(status, opened, clicked, link_id, domain, search) | {**recipients}
    with reached(context) as bell:
        rows = bell.get_campaign_messages(campaign_id, limit, sort=sort, **filters)
    if context.obj.as_json:
        print_json(rows)
        return
    columns = {"ID": "id", "Recipient": "recipient_email", "Status": "status", "Sent": "sent_at", "Token": "tracking_token"}
    print_rows(columns, rows, numbers=("ID",))


@campaign.command()
@with_recipients
def export(
    context: typer.Context,
    campaign_id: Id,
    recipients: Mapping[str, Any],
    output: Annotated[Path, typer.Option(help="The file to write; what is there is replaced once all is written.")],
    format_: Annotated[Format | None, typer.Option("--format", help="As what; without it the file's name tells, else csv.")] = None,
    what: Annotated[What, typer.Option(help="What of it.")] = What.MESSAGES,
    status: Wanted.Status = None,
    opened: Wanted.Opened = None,
    clicked: Wanted.Clicked = None,
    link_id: Wanted.Link = None,
    domain: Wanted.Domain = "",
    search: Wanted.Search = "",
) -> None:
    """Write a campaign's messages, events, bounces or links to a file. Messages and events can be filtered."""
    filters = _filters(status, opened, clicked, link_id, domain, search) | {**recipients}
    as_what = format_ or next((one for one in Format if output.suffix == f".{one}"), Format.CSV)
    with reached(context) as bell, writing(output) as advance:
        bell.export_campaign(campaign_id, output, what, as_what, advance, **filters)
    if context.obj.as_json:
        print_json({"output": str(output), "format": as_what, "what": what})
    else:
        typer.echo(f"Campaign {campaign_id} exported to {output}")


@campaign.command()
def delete(
    context: typer.Context, campaign_id: Id, yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False
) -> None:
    """Delete a campaign with its messages and everything that happened to them."""
    with reached(context) as bell:
        row = existing(bell.get_campaign(campaign_id), "campaign")
        if not yes and not typer.confirm(f"Delete {row['name']!r} with its {row['metrics']['total']} messages for good?", err=True):
            raise Invalid("nothing was deleted", "yes")
        bell.delete_campaign(campaign_id)
    if context.obj.as_json:
        print_json({"deleted": campaign_id})
    else:
        typer.echo("Campaign deleted successfully")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _line(row: Mapping[str, Any]) -> tuple[object, ...]:
    numbers = row["metrics"]
    return (
        row["id"],
        row["name"],
        numbers["total"],
        numbers["delivered"],
        of_all(numbers["human_opened"], numbers["opened"]),
        of_all(numbers["human_clicked"], numbers["clicked"]),
        numbers["bounced"],
        of_all(percent(numbers["human_open_rate"]), percent(numbers["open_rate"])),
    )
