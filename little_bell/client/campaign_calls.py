"""Calls about campaigns, once for both clients. Names and arguments are Database's."""

from collections.abc import Mapping, Sequence
from typing import Any

from little_bell.client.call import Advance, Call, Download, File, Pages, Row, nothing, one, row
from little_bell.domain.exports import export_words

CAMPAIGNS = "/api/campaigns"


def create_campaign(
    name: str,
    template_id: str | None = None,
    subject: str | None = None,
    tags: Sequence[str] = (),
    external_id: str | None = None,
    utm: Mapping[str, str] | None = None,
) -> Call[int]:
    """The id of the new campaign. `utm` (source, medium, campaign, term, content) is what instrument() adds to its links."""
    body = {"name": name, "template_id": template_id, "subject": subject, "tags": list(tags), "external_id": external_id, "utm": utm}
    return Call("POST", CAMPAIGNS, _id, body=body)


def update_campaign(campaign_id: int, **changes: Any) -> Call[Row]:
    """The campaign with these fields changed: name, template_id, subject, tags, external_id, utm, archived; None takes one away."""
    return Call("PATCH", one(CAMPAIGNS, campaign_id), row, body=changes)


def delete_campaign(campaign_id: int) -> Call[None]:
    """Gone at once for every reader; its messages and events are purged in small steps."""
    return Call("DELETE", one(CAMPAIGNS, campaign_id), nothing)


def get_campaign(campaign_id: int, set_name: str | None = None) -> Call[Row | None]:
    """The campaign with its metrics, bounce reasons and links, now or as they were kept under a name; None if there is none."""
    return Call("GET", one(CAMPAIGNS, campaign_id), row, {"set": set_name}, absent=nothing)


def get_campaign_metrics(campaign_id: int, set_name: str | None = None) -> Call[Row]:
    """Every count, every rate (percent; None where there is nothing to divide by), and the bounces by reason."""
    return Call("GET", one(CAMPAIGNS, campaign_id), _metrics, {"set": set_name})


def get_campaign_analytics(
    campaign_id: int,
    what: Sequence[str] = (),
    time_zone: str | None = None,
    include: str | None = None,
    set_name: str | None = None,
) -> Call[Row]:
    """When, where in the mail, behind which mailbox and with what a campaign was read (docs/analytics.md); all of it, or its parts
    in `what`: interval, curve, week, positions, mailboxes, clients, countries. `include`: human or all, else both. `set_name`:
    as they were kept under that name. Raises NotFound.
    """
    wanted = {"what": list(what), "time_zone": time_zone, "include": include, "set": set_name}
    return Call("GET", f"{one(CAMPAIGNS, campaign_id)}/analytics", row, wanted)


def get_all_campaigns(
    search: str = "", tags: Sequence[str] = (), external_id: str | None = None, sort: str = "-created_at", archived: str = "no"
) -> Pages:
    """Campaigns with their metrics, the newest first; `archived`: no, yes (these alone) or all."""
    wanted = {"search": search, "tag": list(tags), "external_id": external_id, "sort": sort, "archived": archived}
    return Pages(CAMPAIGNS, {**wanted, "limit": 1_000})


def export_campaign_to_csv(campaign_id: int, output_path: File) -> Download:
    """Write the campaign's messages to a file, which stands there whole or not at all. Raises OSError."""
    return export_campaign(campaign_id, output_path)


def export_campaign(
    campaign_id: int, output_path: File, what: str = "messages", format: str = "csv", advance: Advance | None = None, **filters: Any
) -> Download:
    """The same with its `what`: messages, events, bounces or links; as `format`: csv, jsonl, xlsx or parquet. Raises Invalid, OSError.

    `advance` is told how many bytes each step wrote; `filters` are those of get_campaign_messages(), for messages and events.
    """
    export_words(what, format)
    return Download(f"{one(CAMPAIGNS, campaign_id)}/export", {"what": what, "format": format, **filters}, output_path, advance)


def get_campaign_messages(
    campaign_id: int,
    limit: int | None = None,
    offset: int = 0,
    status: str | None = None,
    *,
    opened: str | None = None,
    clicked: str | None = None,
    link_id: int | None = None,
    domain: str = "",
    search: str = "",
    sort: str = "created_at",
    **recipient: Any,
) -> Pages:
    """The campaign's messages in the order they were registered, or in that of `sort`; all of them where no limit is given.

    `opened` and `clicked` say by whom: any, human, machine (alone), not-human, none. `recipient_unopened`, `recipient_…`: only those
    whose recipient is in the segment that get_recipients() has for these words. Raises Invalid, NotFound.
    """
    wanted = {"status": status, "opened": opened, "clicked": clicked, "link_id": link_id, "domain": domain, "search": search}
    return Pages(f"{one(CAMPAIGNS, campaign_id)}/messages", {**wanted, **recipient, "sort": sort}, limit, offset)


def _metrics(content: Any) -> Row:
    return dict(content["metrics"])


def _id(content: Any) -> int:
    return int(content["id"])
