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
