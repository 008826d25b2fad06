"""A campaign or a message with all that belongs to it, as one answer."""

from typing import Any

from sqlalchemy import Connection

from little_bell.api.shapes import campaign_shape, event_shape, link_shape, message_shape
from little_bell.queries.bounces import bounces_by_category, bounces_by_reason
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.events import message_story
from little_bell.queries.kept import pinned
from little_bell.queries.links import campaign_links
from little_bell.queries.messages import get_message


def whole_campaign(connection: Connection, tenant_id: int, campaign_id: int, set_name: str | None = None) -> dict[str, Any]:
    """A campaign with its metrics, bounce reasons and links, now or as a set has kept them. Raises NotFound."""
    with pinned(connection, tenant_id, set_name):
        row, links = get_campaign(connection, tenant_id, campaign_id), campaign_links(connection, tenant_id, campaign_id)
        by_reasons = bounces_by_reason(connection, tenant_id, campaign_id)
        by_categories = bounces_by_category(connection, tenant_id, campaign_id)
    shape = campaign_shape(row)
    reasons: dict[str, int] = {}
    for by_reason in by_reasons:
        reasons[by_reason.reason] = reasons.get(by_reason.reason, 0) + by_reason.bounced
    categories: dict[str, int] = {}
    for by_category in by_categories:
        categories[by_category.category] = categories.get(by_category.category, 0) + by_category.bounced
    shape["metrics"] |= {"bounce_reasons": reasons, "bounce_categories": categories}
    shape["links"] = [link_shape(link) for link in links]
    return shape


def whole_message(connection: Connection, tenant_id: int, message_id: int) -> dict[str, Any]:
    """A message with its events, oldest first. Raises NotFound."""
    shape = message_shape(get_message(connection, tenant_id, message_id))
    shape["events"] = [event_shape(row) for row in message_story(connection, tenant_id, message_id)]
    return shape
