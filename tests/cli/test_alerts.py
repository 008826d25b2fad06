"""The commands about alerts, on the database and over HTTP: the same answers."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, insert

from little_bell.db import writing
from little_bell.models import now
from little_bell.models.tables import alerts
from tests.cli.conftest import Answer, CommandLine


@pytest.fixture(params=["here", "over http"])
def line(request: pytest.FixtureRequest, bell: CommandLine) -> Callable[..., Answer]:
    if request.param == "here":
        return bell
    over_http: Callable[..., Answer] = request.getfixturevalue("over_http")
    return over_http


def test_what_is_wrong_is_listed_with_its_campaign(line: Callable[..., Answer], engine: Engine) -> None:
    line("campaign", "create", "--name", "Spring")
    facts = {"over": 34, "under": 1_000, "value": 3.4, "limit": 2.0}
    row = {"tenant_id": 1, "kind": "bounce_rate", "subject": "1", "campaign_id": 1, "facts": facts, "raised_at": now(), "why": ""}
    with writing(engine) as connection:
        connection.execute(insert(alerts).values(**row))
        connection.execute(insert(alerts).values(**row | {"subject": "2", "campaign_id": 2, "resolved_at": now(), "why": "better"}))
    told = line("alert", "list").out
    assert "Spring" in told and "34 of 1,000 messages bounced: 3.4 %" in told
    assert [one["why"] for one in line("alert", "list", "--state", "all", "--json").json] == ["better", None]
    assert line("alert", "list", "--state", "odd").code == 1


def test_a_threshold_is_changed_and_a_nonsensical_one_refused(line: Callable[..., Answer]) -> None:
    changed = line("alert", "set-rule", "bounce_rate", "--limit", "3.5", "--no-on", "--json").json
    assert (changed["limit"], changed["is_on"], changed["least"]) == (3.5, False, 100)
    assert "3.5" in line("alert", "rules").out
    assert line("alert", "set-rule", "bounce_rate", "--limit", "-1").code == 1
    assert "no kind of alert" in line("alert", "set-rule", "bad_luck").err


def test_a_destination_is_added_tested_and_removed(line: Callable[..., Answer]) -> None:
    assert "Secret: whsec_" in line("alert", "add", "https://example.com/hook").out
    assert line("alert", "add", "ops@example.com", "--json").json["secret"] is None
    assert [one["target"] for one in line("alert", "destinations", "--json").json] == ["https://example.com/hook", "ops@example.com"]
    assert "whsec_" not in line("alert", "destinations", "--json").out
    assert "is on its way" in line("alert", "test", "2").out
    assert "wait half a minute" in line("alert", "test", "2").err
    assert [(one["event"], one["state"]) for one in line("alert", "deliveries", "--json").json] == [("test", "waiting")]
    assert line("alert", "remove", "2").code == 0 and line("alert", "deliveries", "--json").json == []
    assert "no such destination" in line("alert", "remove", "2").err
    assert line("alert", "add", "ftp://example.com").code == 1
