"""Calls that compare campaigns and their variants, once for both clients. Names and arguments are Database's."""

from little_bell.client.call import Call, Row, one, row, rows
from little_bell.client.calls import CAMPAIGNS


def get_campaign_variants(campaign_id: int, by: str = "click", include: str = "human", set_name: str | None = None) -> Call[Row]:
    """The campaign's variants side by side, judged by click or open, of human or all: rates, comparisons, a verdict.

    `set_name`: as they were kept under that name. Raises NotFound, Invalid.
    """
    return Call("GET", f"{one(CAMPAIGNS, campaign_id)}/variants", row, {"by": by, "include": include, "set": set_name})


def get_trend(limit: int = 20, set_name: str | None = None) -> Call[list[Row]]:
    """The rates of the last campaigns in order, each with the median of it and the four before."""
    return Call("GET", "/api/dashboard/trend", rows, {"limit": limit, "set": set_name})
