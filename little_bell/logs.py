"""One form for every log line, ours and the libraries': console for people, JSON for machines. LITTLE_BELL_LOG_*

The standard library alone: structlog brings asyncio along, and the supervisor would weigh 28 MB instead of 11.
"""

import ipaddress
import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal

#: These say a line per request or per step at `info`.
TALKATIVE = ("alembic", "httpx", "httpcore", "engineio", "socketio", "_granian", "asyncio")
#: What every record has; anything else came with `extra=`.
USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


#: What no line holds: readers' and users' addresses whole, and keys.
_ADDRESS = re.compile(r"([^\s\"'<>()\[\]{},;:=@])[^\s\"'<>()\[\]{},;:=@]*@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])")
_KEY = re.compile(r"\blb_[A-Za-z0-9_-]{20,}")


def masked(text: str) -> str:
    """The text with addresses cut short (a…@example.com, 203.0.113.0) and API keys left out."""
    text = _KEY.sub("lb_…", _ADDRESS.sub(r"\1…@\2", text))
    return _IPV4.sub(_short, text)


def _short(found: re.Match[str]) -> str:
    """Readers' addresses less their last part; those of this machine and of private networks help, and give nobody away."""
    try:
        return found[0] if not ipaddress.ip_address(found[0]).is_global else f"{found[0].rpartition('.')[0]}.0"
    except ValueError:
        return found[0]


def configure_logs(level: str, form: Literal["json", "console"]) -> None:
    """Sends all logging to standard error in the given form. Raises ValueError for an unknown level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


class Lines(logging.Formatter):
    """`2026-11-22T03:06:36Z error    little_bell.supervisor: died, is started again child=projector`"""

    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {name}={value}" for name, value in _extras(record).items())
        line = f"{_when(record)} {record.levelname.lower():<8} {record.name}: {record.getMessage()}{extras}"
        return masked(f"{line}\n{trace}" if (trace := _trace(self, record)) else line)


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, what came with `extra=`, and the trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": _when(record), "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        trace = _trace(self, record)
        return masked(json.dumps(fields | _extras(record) | ({"trace": trace} if trace else {}), default=str, ensure_ascii=False))


def _when(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in USUAL}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""
