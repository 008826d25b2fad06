"""Reflex's settings; everything else is in little_bell/config.py."""

import reflex as rx

from little_bell.config import load_settings
from little_bell.ui.origin import OwnOrigin
from little_bell.ui.theme import Theme

settings = load_settings()
managers = rx.constants.StateManagerMode

config = rx.Config(
    app_name="little_bell",
    cors_allowed_origins=[settings.base_url],
    redis_url=settings.redis_url or None,
    state_manager_mode=managers.REDIS if settings.redis_url else managers.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[
        Theme(),
        OwnOrigin(),
    ],
)
