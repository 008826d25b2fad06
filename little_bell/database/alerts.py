"""What is wrong, by which thresholds, and whom to tell."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import Connection

from little_bell.actions.alerts import AlertRuleChanges, NewDestination, add_destination, remove_destination, send_test, set_alert_rule
from little_bell.actions.forms import fill
from little_bell.api.shapes.alert import alert_shape, delivery_shape, destination_shape, rule_shape
from little_bell.database.desk import PAGE, Desk, Row, an_id
from little_bell.domain.alerts import kind_of
from little_bell.queries.alerts import AlertRow, DeliveryRow, get_alert_rules, list_alert_deliveries, list_alerts, list_destinations
from little_bell.queries.paging import Page
from little_bell.sealing import Sealing
from little_bell.secret_key import key_ring


class Alerts(Desk):
    """The tenant's alerts. A running server raises and tells them."""

    def get_alerts(self, state: str = "all", campaign_id: int | None = None, limit: int | None = None) -> list[Row]:
        """What is or was wrong, the newest first: open, resolved or all; all of it where no limit is given."""
        return list(islice(self.iterate_alerts(state, campaign_id), limit))

    def iterate_alerts(self, state: str = "all", campaign_id: int | None = None) -> Iterator[Row]:
        """The same one by one, in constant memory."""

        def page_at(connection: Connection, cursor: str | None) -> Page[AlertRow]:
            return list_alerts(connection, self._tenant_id, state, campaign_id, limit=PAGE, cursor=cursor)

        return map(alert_shape, self._rows(page_at))

    def get_alert_rules(self) -> list[Row]:
        """Every threshold with what it means: `kind`, `is_on`, `limit`, `unit`, `least`."""
        with self._here.reading() as connection:
            return [rule_shape(kind, rule) for kind, rule in get_alert_rules(connection, self._tenant_id).items()]

    def set_alert_rule(self, kind: str, is_on: bool | None = None, limit: float | None = None, least: int | None = None) -> Row:
        """Change of a threshold what is named; the threshold as it is then. Raises NotFound for an unknown kind, Invalid."""
        word, changes = kind_of(kind), fill(AlertRuleChanges, {"is_on": is_on, "limit": limit, "least": least})
        with self._here.writing() as connection:
            wanted = changes.of(word, get_alert_rules(connection, self._tenant_id)[word])
            set_alert_rule(connection, self._tenant_id, word, wanted, self._here.actor)
        return rule_shape(word, wanted)

    def get_alert_destinations(self) -> list[Row]:
        """Whom alerts are told, when something last arrived there, and the last failure since."""
        with self._here.reading() as connection:
            return [destination_shape(row) for row in list_destinations(connection, self._tenant_id)]

    def add_alert_destination(self, kind: str, target: str) -> Row:
        """Tell alerts to a URL (kind webhook) or an address (email): its `id`, and the `secret` that signs, shown this once.

        Raises Invalid, and Conflict for one that is there already.
        """
        form, seal = fill(NewDestination, {"kind": kind, "target": target}), Sealing(key_ring(self._here.settings)).seal
        with self._here.writing() as connection:
            new_id, secret = add_destination(connection, self._tenant_id, form, seal, self._here.actor)
        return {"id": new_id, "kind": form.kind, "target": form.target, "secret": secret}

    def remove_alert_destination(self, destination_id: int) -> None:
        """Nothing more is told there. Raises NotFound."""
        with self._here.writing() as connection:
            remove_destination(connection, self._tenant_id, an_id(destination_id), self._here.actor)

    def test_alert_destination(self, destination_id: int) -> int:
        """Have a sample told there by the running server; the id of the delivery. Raises NotFound, Conflict within half a minute."""
        with self._here.writing() as connection:
            return send_test(connection, self._tenant_id, an_id(destination_id))

    def get_alert_deliveries(self, limit: int | None = None) -> list[Row]:
        """What was told to whom, the newest first, and how that went; all of it where no limit is given."""

        def page_at(connection: Connection, cursor: str | None) -> Page[DeliveryRow]:
            return list_alert_deliveries(connection, self._tenant_id, limit=PAGE, cursor=cursor)

        return list(islice(map(delivery_shape, self._rows(page_at)), limit))
