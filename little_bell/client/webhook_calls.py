"""Calls about what providers told, once for both clients. Names and arguments are Database's."""

from typing import Any

from little_bell.client.call import Call, Pages, Row, one, rows
from little_bell.client.calls import CAMPAIGNS

WEBHOOKS = "/api/webhooks"
#: The most that the API puts on a page.
MOST = 200


def get_webhooks() -> Call[list[Row]]:
    """The providers that are believed; never their secrets."""
    return Call("GET", WEBHOOKS, rows)


def get_webhook_deliveries(provider: str | None = None, limit: int | None = None) -> Pages:
    """What providers sent, the newest first, and what has become of it; all of it where no limit is given."""
    return Pages(f"{WEBHOOKS}/deliveries", {"provider": provider}, limit, most=MOST)


def iterate_webhook_deliveries(provider: str | None = None) -> Pages:
    """The same one by one, in constant memory."""
    return get_webhook_deliveries(provider)


def rerun_webhook_delivery(delivery_id: int) -> Call[int]:
    """Read a delivery again: what found no message is looked for once more, what was placed stays. How many events are in it.

    Raises NotFound, also where a recipient's erasure left nothing of it.
    """
    return Call("POST", f"{one(f'{WEBHOOKS}/deliveries', delivery_id)}/rerun", _processed)


def get_campaign_providers(campaign_id: int) -> Call[list[Row]]:
    """What each provider told of a campaign's readers, and how much of it our own pixel and links saw too. Raises NotFound."""
    return Call("GET", f"{one(CAMPAIGNS, campaign_id)}/providers", rows)


def _processed(content: Any) -> int:
    return int(content["processed"])
