"""Log lines in both forms."""

import json
import logging
from typing import Any

import pytest

from little_bell.logs import JsonLines, Lines


def _record(message: str, error: BaseException | None = None, **extra: Any) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    fields = {"name": "little_bell.test", "levelname": "WARNING", "msg": message, "created": 1.5, "exc_info": exc_info}
    return logging.makeLogRecord(fields | extra)


def test_a_line_for_people_has_time_level_name_and_extras() -> None:
    assert Lines().format(_record("it rang", bell=3)) == "1970-01-01T00:00:01.500Z warning  little_bell.test: it rang bell=3"


def test_a_line_for_machines_is_one_json_object_even_of_many_lines() -> None:
    line = JsonLines().format(_record("two\nlines", ValueError("no"), bell=3))
    assert "\n" not in line
    expected = {"time": "1970-01-01T00:00:01.500Z", "level": "warning", "logger": "little_bell.test", "message": "two\nlines", "bell": 3}
    assert json.loads(line) == expected | {"trace": "ValueError: no"}


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
def test_the_trace_of_an_exception_is_in_the_line(formatter: logging.Formatter) -> None:
    assert "ValueError: no" in formatter.format(_record("it failed", ValueError("no")))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("mail to ann.other+x@shop.example.com failed", "mail to a…@shop.example.com failed"),
        ("<ann@example.com> from 100.2.3.77 and 8.8.8.8:53", "<a…@example.com> from 100.2.3.0 and 8.8.8.0:53"),
        ("can't listen on 127.0.0.1:3000 or 10.0.0.7", "can't listen on 127.0.0.1:3000 or 10.0.0.7"),
        ("Authorization: Bearer lb_" + "k" * 43, "Authorization: Bearer lb_…"),
        ("version 1.2.3", "version 1.2.3"),
    ],
)
def test_nobodys_address_and_no_key_is_in_a_line(said: str, written: str) -> None:
    assert Lines().format(_record(said)).endswith(written)
    assert json.loads(JsonLines().format(_record("x", extra_fact=said)))["extra_fact"] == written


def test_a_trace_gives_nobody_away_either() -> None:
    assert "ann@example.com" not in JsonLines().format(_record("failed", ValueError("no mail for ann@example.com")))
