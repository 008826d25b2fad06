"""The server process: granian, embedded, so that one process listens and answers.

`python -m little_bell.web_server`, and with `ingest` behind it the same without the web app.
"""

import asyncio
import signal
import sys
from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from little_bell.config import Settings, load_settings
from little_bell.lifeline import end_with_supervisor
from little_bell.logs import configure_logs

HEAD_BYTES = 64 * 1024  # of a request line and its headers together; more is answered 431
BACKLOG = 1024  # connections that wait to be taken, and requests that are answered at the same time


async def serve(settings: Settings, app: Any) -> None:
    """Answers until SIGTERM or SIGINT, then takes no more connections, answers what is in flight, and returns."""
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=HEAD_BYTES),
        backlog=BACKLOG,
        log_level=LogLevels.error,
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},  # our form, not its own
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def main() -> None:
    """Serves the complete app, or tracking and API alone."""
    end_with_supervisor()
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    if sys.argv[1:] == ["ingest"]:
        from little_bell.server import ingest

        app: Any = ingest()
    else:
        from little_bell.asgi import app  # loads Reflex: 50 MB and half a second that ingest alone does without
    uvloop.run(serve(settings, app))


if __name__ == "__main__":
    main()
