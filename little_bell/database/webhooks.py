"""What providers told of messages, and one of their deliveries read again."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from sqlalchemy import Connection

from little_bell.api.webhook_records import told_again
from little_bell.database.desk import PAGE, Desk, Row, an_id
from little_bell.queries.paging import Page
from little_bell.queries.webhooks import DeliveryRow, list_deliveries, list_endpoints, provider_counts


class Webhooks(Desk):
    """The providers that report to the tenant."""

    def get_webhooks(self) -> list[Row]:
        """The providers that are believed; never their secrets."""
        with self._here.reading() as connection:
            return [asdict(row) for row in list_endpoints(connection, self._tenant_id)]

    def get_webhook_deliveries(self, provider: str | None = None, limit: int | None = None) -> list[Row]:
        """What providers sent, the newest first, and what has become of it; all of it where no limit is given."""
        return list(islice(self.iterate_webhook_deliveries(provider), limit))

    def iterate_webhook_deliveries(self, provider: str | None = None) -> Iterator[Row]:
        """The same one by one, in constant memory."""

        def page_at(connection: Connection, cursor: str | None) -> Page[DeliveryRow]:
            return list_deliveries(connection, self._tenant_id, provider, limit=PAGE, cursor=cursor)

        return map(asdict, self._rows(page_at))

    def rerun_webhook_delivery(self, delivery_id: int) -> int:
        """Read a delivery again: what found no message is looked for once more, what was placed stays. How many events are in it.

        Raises NotFound, also where a recipient's erasure left nothing of it.
        """
        with self._here.reading() as connection:
            records = told_again(connection, self._tenant_id, an_id(delivery_id), time.time_ns() // 1_000)
        if records:
            self._record(records)
        return len(records)

    def get_campaign_providers(self, campaign_id: int) -> list[Row]:
        """What each provider told of a campaign's readers, and how much of it our own pixel and links saw too. Raises NotFound."""
        self._check_campaign(campaign_id)
        with self._here.reading() as connection:
            return [asdict(row) for row in provider_counts(connection, self._tenant_id, campaign_id)]
