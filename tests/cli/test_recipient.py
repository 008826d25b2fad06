"""`recipient export` and `recipient erase`, on the database itself and over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from little_bell.projector.projector import Projector
from tests.cli.conftest import Answer, CommandLine


@pytest.fixture
def ann(bell: CommandLine) -> CommandLine:
    """Somebody who opened a mail."""
    bell("campaign", "create", "--name", "Newsletter")
    bell("message", "create", "--campaign-id", "1", "--email", "ann@example.com")
    bell("message", "mark-opened", "1")
    return bell


@pytest.mark.parametrize("way", ["bell", "over_http"])
def test_everything_is_shown_and_then_forgotten(
    ann: CommandLine, way: str, request: pytest.FixtureRequest, engine: Engine, tmp_path: Path
) -> None:
    line: Callable[..., Answer] = request.getfixturevalue(way)
    before = ann("campaign", "show", "1", "--json").json["metrics"]
    shown = line("recipient", "export", "ann@example.com").json
    assert [event["type"] for event in shown["messages"][0]["events"]] == ["opened"]
    file = tmp_path / "ann.json"
    assert line("recipient", "export", "ann@example.com", "--output", str(file)).out.startswith("1 messages and 0 receipts written")
    assert json.loads(file.read_text())["recipient"] == "ann@example.com"
    assert line("recipient", "erase", "ann@example.com", "--yes", "--json").json == {"erased": 1}
    Projector(engine, ann.settings).run_once()  # over HTTP no server's projector is here
    assert ann("campaign", "show", "1", "--json").json["metrics"] == before
    assert "ann@example.com" not in ann("campaign", "messages", "1").out
    assert line("recipient", "export", "ann@example.com").code == 1


def test_nobody_is_forgotten_unasked(ann: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert ann("recipient", "erase", "ann@example.com").code == 1
    assert ann("recipient", "export", "ann@example.com").code == 0
