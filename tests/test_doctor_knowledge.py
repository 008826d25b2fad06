"""The doctor looks at what verdicts and places are told by: readable, of the right kind, and fresh."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from little_bell.config import Settings
from little_bell.doctor import knowledge
from tests.fixtures.mmdb import write_mmdb

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GERMANY, A_NUMBER = {"country": {"iso_code": "DE"}}, {"autonomous_system_number": 64500}


@pytest.fixture(autouse=True)
def _first_of_december(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "now", lambda: NOW)


def found(**settings: Any) -> list[tuple[str, str, str]]:
    return [(one.name, one.level, one.said) for one in knowledge.knowledge_findings(Settings(**settings))]


@pytest.mark.parametrize(
    ("content", "days", "level", "said"),
    [
        (GERMANY, 3, "ok", "Test of 2026-11-28"),
        (GERMANY, 61, "warn", "older than 60 days"),
        (A_NUMBER, 3, "fail", "tells no countries"),
        (None, 3, "fail", "it is no MaxMind DB"),
    ],
)
def test_a_file_of_countries_is_opened_and_its_date_is_told(tmp_path: Path, content: Any, days: int, level: str, said: str) -> None:
    file = tmp_path / "places.mmdb"
    if content is None:
        file.write_text("not such a file")
    else:
        built = NOW - timedelta(days=days)
        write_mmdb(file, {"90.1.0.0/16": {"registered": "XX"}, "91.1.0.0/16": content}, int(built.timestamp()))
    _, (name, how, told) = found(country_db=str(file))
    assert (name, how, said in told) == ("country file", level, True), told


def test_each_file_that_is_set_is_looked_at_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    numbers = write_mmdb(tmp_path / "asn.mmdb", {"90.1.0.0/16": A_NUMBER}, int(NOW.timestamp()))
    lists, countries, networks = found(country_db=str(tmp_path / "nowhere.mmdb"), asn_db=str(numbers))
    assert lists[:2] == ("lists", "ok") and "agents of 2026-" in lists[2] and "networks of 2026-" in lists[2]
    assert countries[1] == "fail" and "nowhere.mmdb can't be read" in countries[2]
    assert networks[:2] == ("ASN file", "ok")


@pytest.mark.parametrize(
    ("text", "level", "said"),
    [
        ("# Of: 2026-11-30\nrobot_agent curl", "ok", "agents of 2026-11-30"),
        ("# Of: 2026-02-30\nrobot_agent curl", "warn", "agents without a date"),
        ("robot_agent curl", "warn", "agents without a date"),
        ("# Of: 2026-02-20\nrobot_agent curl", "warn", "older than 180 days"),
        ("# Of: 2026-11-30\nno_such_reason curl", "fail", "nobody knows: no_such_reason"),
        ("# Of: 2026-11-30\nrobot_agent", "fail", "line 2"),
    ],
)
def test_lists_of_ones_own_are_read_and_their_dates_are_told(tmp_path: Path, text: str, level: str, said: str) -> None:
    (tmp_path / "agents.txt").write_text(text)
    [(name, how, told)] = found(lists_dir=str(tmp_path))
    assert (name, how, said in told) == ("lists", level, True), told
