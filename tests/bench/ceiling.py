"""The most that this machine can answer: the same server with the same settings, the constant GIF, nothing stored."""

from typing import Any

import uvloop

from little_bell.config import load_settings
from little_bell.ingest.answers import send_gif
from little_bell.web_server import serve


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers every request with the pixel."""
    if scope["type"] == "http":
        await send_gif(send, False)
    else:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    uvloop.run(serve(load_settings(), app))
