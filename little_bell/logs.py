"""One form for every log line, ours and the libraries': console for people, JSON for machines. LITTLE_BELL_LOG_*"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

#: These say a line per request or per step at `info`.
TALKATIVE = ("alembic", "httpx", "httpcore", "engineio", "socketio", "_granian", "asyncio")

SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(level: str, form: Literal["json", "console"]) -> None:
    """Sends all logging to standard error in the given form. Raises ValueError for an unknown level."""
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
