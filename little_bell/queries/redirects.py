"""What the reader's path may have to ask: which tenants are stopped, and whether an unsigned link may redirect."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.links import host_of, url_hash
from little_bell.models.tables import campaigns, links, messages, tenant_slugs, tenants


@dataclass(frozen=True, slots=True)
class ReadersTenants:
    """What the reader's path knows by heart: who is suspended or deleted, ids by slug, who takes e-mail ids without a signature;
    up to which number e-mails were taken over from an older system, and whether tokens of other forms were.
    """

    stopped: frozenset[int]
    by_slug: dict[str, int]
    unsigned: frozenset[int]
    old_emails: dict[int, int]
    has_old_tokens: bool


_OLD_EMAILS = select(tenants.c.id, tenants.c.old_email_ids).where(tenants.c.old_email_ids > 0)


def readers_tenants(connection: Connection) -> ReadersTenants:
    """The same, of all tenants. Slugs that were given up still name theirs: they stand in mail that was sent."""
    stopped = tenants.c.suspended_at.is_not(None) | tenants.c.deleted_at.is_not(None)
    return ReadersTenants(
        frozenset(connection.execute(select(tenants.c.id).where(stopped)).scalars()),
        {row.slug: row.tenant_id for row in connection.execute(select(tenant_slugs.c.slug, tenant_slugs.c.tenant_id))},
        frozenset(connection.execute(select(tenants.c.id).where(tenants.c.accepts_unsigned_ids)).scalars()),
        {row.id: row.old_email_ids for row in connection.execute(_OLD_EMAILS)},
        connection.execute(select(tenants.c.id).where(tenants.c.has_old_tokens).limit(1)).first() is not None,
    )


def tenant_that_may_redirect(connection: Connection, token: str, url: str) -> int | None:
    """The id of the message's tenant if the URL is a registered link of its campaign or its host is on the tenant's list.

    Hosts are compared whole, in their ASCII form: `example.com` allows neither `www.example.com` nor `example.com.evil.net`.
    """
    owner = connection.execute(
        select(messages.c.tenant_id, messages.c.campaign_id, tenants.c.allowed_hosts)
        .join(campaigns, campaigns.c.id == messages.c.campaign_id)
        .join(tenants, tenants.c.id == messages.c.tenant_id)
        .where(messages.c.token == token, campaigns.c.deleted_at.is_(None))
    ).first()
    if owner is None:
        return None
    allowed = {host_of(f"http://{host}") for host in owner.allowed_hosts}
    if host_of(url) in allowed or _is_registered(connection, owner.tenant_id, owner.campaign_id, url):
        return int(owner.tenant_id)
    return None


def _is_registered(connection: Connection, tenant_id: int, campaign_id: int, url: str) -> bool:
    mine = (links.c.tenant_id == tenant_id, links.c.campaign_id == campaign_id, links.c.url_hash == url_hash(url))
    return connection.execute(select(links.c.id).where(*mine)).first() is not None
