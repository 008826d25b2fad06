"""The statements that run once an event, in each driver's own fastest form. All else is plain SQLAlchemy."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from little_bell.projector.states import Row, Writes

EVENT_COLUMNS = (
    "id",
    "tenant_id",
    "campaign_id",
    "message_id",
    "type",
    "occurred_at",
    "received_at",
    "stated_at",
    "source",
    "verdict",
    "is_counted",
    "reasons",
    "rules",
    "visitor",
    "agent_id",
    "address",
    "link_id",
    "url",
    "details",
    "country",
    "asn",
    "position",
)
CLICK_COLUMNS = ("message_id", "link_id", "tenant_id", "campaign_id", "first_at", "human_first_at", "clicks", "human_clicks")
READ_CLICKS = "message_id, link_id, first_at, human_first_at, clicks, human_clicks"
#: For a click on a link that the message's readers clicked before.
RENEW_CLICKS = "ON CONFLICT (message_id, link_id) DO UPDATE SET " + ", ".join(f"{column}=excluded.{column}" for column in CLICK_COLUMNS[4:])


class Store(Protocol):
    """Reads and writes of one connection, in its present transaction."""

    def messages_by_token(self, tokens: Sequence[str]) -> Iterable[Row]:
        """Rows of READ_COLUMNS of the messages that are there."""
        ...

    def messages_by_id(self, ids: Sequence[int]) -> Iterable[Row]:
        """Rows of READ_COLUMNS of the messages that are there."""
        ...

    def insert_events(self, rows: Sequence[Row]) -> None:
        """Store events, as rows of EVENT_COLUMNS."""
        ...

    def change_verdicts(self, rows: Sequence[Row]) -> None:
        """Write what events are judged to be now: rows of verdict, reasons, version of the rules, then the event's id."""
        ...

    def update_messages(self, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        """Write these columns of some messages: rows of their values, then the id."""
        ...

    def clicks_of(self, message_ids: Sequence[int]) -> Iterable[Row]:
        """Rows of link_clicks: message and link id, first and first human click, clicks, human clicks."""
        ...

    def write_clicks(self, rows: Sequence[Row]) -> None:
        """Write rows of CLICK_COLUMNS over those that are there."""
        ...


def write_states(store: Store, writes: Writes) -> None:
    """Write what has become of some messages."""
    for columns, rows in writes.items():
        if rows:
            store.update_messages(columns, rows)


def store_of(connection: Connection) -> Store:
    """The store for a connection's database."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        from little_bell.projector.sqlite import SqliteStore

        return SqliteStore(driver)
    from little_bell.projector.postgres import PostgresStore

    return PostgresStore(driver)
