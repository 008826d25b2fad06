"""A PostgreSQL database with as many messages as a test or a measurement asks for, and events in ten partitions."""

import re
from pathlib import Path

from sqlalchemy import Connection, text

from little_bell.models import now, to_micros
from little_bell.projector.partitions import make_ahead
from little_bell.projector.placing import DAY

WEEK, PARTITIONS = 7 * DAY, 10


def fill(connection: Connection, messages: int) -> None:
    """So many messages with three events each; statistics are fresh afterwards."""
    present = to_micros(now())
    start = present - (present - 4 * DAY) % WEEK - PARTITIONS * WEEK
    connection.execute(text("DROP TABLE message_events_before"))
    for week in range(PARTITIONS):
        make_ahead(connection, start + week * WEEK, 90)
    known = {"messages": messages, "start": start, "width": PARTITIONS * WEEK}
    for statement in Path(__file__).with_suffix(".sql").read_text().split(";\n"):
        if statement.strip():
            whole = re.sub(r"(?<!:):(\w+)", lambda name: str(known[name[1]]), statement)
            connection.exec_driver_sql(whole.replace("%", "%%"))
