"""Quarter-hours summed into the hours and days of a time zone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.db import reading, writing
from little_bell.domain.errors import Invalid
from little_bell.models.tables import event_quarters
from little_bell.queries.series import COLUMNS, MAX_POINTS, time_series, zone_of
from tests.fixtures.people import Person


def opens_at(connection: Connection, tenant_id: int, *times: str) -> None:
    campaign_id = create_campaign(connection, tenant_id, NewCampaign(name="a"), "test")
    for time in times:
        row = dict.fromkeys(COLUMNS, 0) | {"opens": 1, "tenant_id": tenant_id, "campaign_id": campaign_id}
        connection.execute(insert(event_quarters).values(quarter=datetime.fromisoformat(time + "+00:00"), **row))


def series(engine: Engine, alice: Person, start: str, end: str, **options: str) -> list[tuple[str, int]]:
    with reading(engine) as connection:
        times = (datetime.fromisoformat(time).replace(tzinfo=UTC) for time in (start, end))
        rows = time_series(connection, alice.tenant_id, *times, **options)  # type: ignore[arg-type]
    return [(row.at.isoformat(), row.opens) for row in rows]


def test_days_are_those_of_the_zone_and_empty_ones_are_there(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        opens_at(connection, alice.tenant_id, "2026-03-27T22:45", "2026-03-27T23:00", "2026-03-29T21:45", "2026-03-29T22:00")
        opens_at(connection, charlie.tenant_id, "2026-03-28T12:00")
    assert series(engine, alice, "2026-03-27T12:00", "2026-03-30T12:00", time_zone="Europe/Berlin") == [
        ("2026-03-27T00:00:00+01:00", 1),
        ("2026-03-28T00:00:00+01:00", 1),
        ("2026-03-29T00:00:00+01:00", 1),  # 23 hours long
        ("2026-03-30T00:00:00+02:00", 1),
    ]


def test_the_hour_that_comes_twice_is_two_points(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        opens_at(connection, alice.tenant_id, "2026-10-25T00:15", "2026-10-25T01:15", "2026-10-25T01:45")
    assert series(engine, alice, "2026-10-25T00:00", "2026-10-25T02:00", step="hour", time_zone="Europe/Berlin") == [
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 2),
    ]


def test_a_zone_can_be_off_by_a_quarter_of_an_hour(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        opens_at(connection, alice.tenant_id, "2026-06-01T18:00", "2026-06-01T18:15")
    assert series(engine, alice, "2026-06-01T17:15", "2026-06-01T19:15", step="hour", time_zone="Asia/Kathmandu") == [
        ("2026-06-01T23:00:00+05:45", 1),
        ("2026-06-02T00:00:00+05:45", 1),
    ]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "Europe", "\0"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(Invalid):
        zone_of(zone)


def test_a_series_is_bounded(engine: Engine, alice: Person) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with reading(engine) as connection, pytest.raises(Invalid, match=str(MAX_POINTS)):
        time_series(connection, alice.tenant_id, start, start + timedelta(days=365), step="hour")
