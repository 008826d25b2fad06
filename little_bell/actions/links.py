"""Links of a campaign, registered when their URL is signed."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from little_bell.domain.links import url_hash
from little_bell.models import now, to_micros

_REGISTER = text(
    "INSERT INTO links (tenant_id, campaign_id, url, url_hash, created_at) VALUES (:tenant_id, :campaign_id, :url, :url_hash, :created_at) "
    "ON CONFLICT (tenant_id, campaign_id, url_hash) DO NOTHING"
)


def register_links(connection: Connection, tenant_id: int, campaign_id: int, urls: Sequence[str]) -> None:
    """Make each URL a link of the campaign, unless it is one. The caller has made sure that the campaign is the tenant's."""
    moment = to_micros(now())
    rows = [
        {"tenant_id": tenant_id, "campaign_id": campaign_id, "url": url, "url_hash": url_hash(url), "created_at": moment}
        for url in sorted(set(urls))  # in one order, so that two at once can't wait for each other
    ]
    if rows:
        connection.execute(_REGISTER, rows)
