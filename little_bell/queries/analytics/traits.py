"""With what a campaign's mail was read, and where."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.models.tables import trait_stats

MOST = 300


@dataclass(frozen=True, slots=True)
class TraitRow:
    """Opens and clicks (events) of one client, system, device or country; `value` is its name, a country's its two letters."""

    value: str
    opens: int
    human_opens: int
    clicks: int
    human_clicks: int


@dataclass(frozen=True, slots=True)
class Clients:
    """Mail programs and browsers, operating systems, kinds of device, each the most opened first.

    Where a mailbox provider's proxy stands between, system and device are `hidden by proxy`.
    """

    clients: list[TraitRow]
    systems: list[TraitRow]
    devices: list[TraitRow]


def clients(connection: Connection, tenant_id: int, campaign_id: int) -> Clients:
    """With what it was opened and clicked."""
    return Clients(*(trait_rows(connection, tenant_id, campaign_id, trait) for trait in ("client", "system", "device")))


def countries(connection: Connection, tenant_id: int, campaign_id: int) -> list[TraitRow]:
    """Where it was opened and clicked, as far as that is known (an .mmdb of the operator's), the most opened first."""
    return trait_rows(connection, tenant_id, campaign_id, "country")


def trait_rows(connection: Connection, tenant_id: int, campaign_id: int, trait: str, limit: int = MOST) -> list[TraitRow]:
    """The values of a trait, the most opened first, then the most clicked."""
    table = trait_stats.c
    columns = (table.value, table.opens, table.human_opens, table.clicks, table.human_clicks)
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id, table.trait == trait, (table.opens != 0) | (table.clicks != 0))
    order = (table.opens.desc(), table.clicks.desc(), table.value)
    return [TraitRow(*row) for row in connection.execute(select(*columns).where(*mine).order_by(*order).limit(limit))]
