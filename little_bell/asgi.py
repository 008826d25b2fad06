"""The complete server on one port: tracking and API in front, the web app behind. Run by little_bell.web_server."""

import os
from typing import cast

from little_bell.alerts.watch import Watch
from little_bell.config import load_settings
from little_bell.domain.slugs import is_a_tenants_route
from little_bell.security_headers import App, Message, Receive, Scope, Send, protected
from little_bell.server import server
from little_bell.web_build import BUNDLE

# Read by Reflex when it is imported: serve the finished build, compile nothing.
os.environ["REFLEX_ENV_MODE"] = "prod"
os.environ["__REFLEX_SKIP_COMPILE"] = "true"
os.environ["__REFLEX_MOUNT_FRONTEND_COMPILED_APP"] = "true"

from little_bell.little_bell import app as web_app
from little_bell.ui.session import House, Keeping, move_into

#: The first segment of every path that isn't a page's.
OURS = frozenset({"track", "api", "webhooks", "auth", "health", "ready", "metrics", "dashboard"})

settings = load_settings()
ours = server()
watch = Watch(ours.engine, settings, ours.sealing)
keeping = Keeping(settings.ip_policy, settings.retention_days)
uploads = settings.data_dir / "uploads"
move_into(
    House(
        ours.engine,
        ours.addresses,
        ours.journal,
        uploads,
        ours.why_full,
        ours.sealing,
        ours.refusals.of,
        keeping,
        ours.replica,
        ours.listener,
    )
)
pages: App = protected(cast(App, web_app()), bundle=BUNDLE, own_url=settings.base_url)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Tracking and API to `ours`; pages and their sockets to Reflex; the lifespan to both."""
    if scope["type"] == "http" and (scope["path"][1:].partition("/")[0] in OURS or is_a_tenants_route(scope["path"])):
        await ours(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _live(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    """Starts ours before Reflex and stops it after."""

    async def receiving() -> Message:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await ours.startup()
            watch.start()
        return message

    async def sending(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.startup.failed"):
            await watch.stop()
            await ours.shutdown()
        await send(message)

    try:
        await pages(scope, receiving, sending)
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
        raise
