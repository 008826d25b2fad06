"""The web app: its pages, its guard, its look. The only module that Reflex loads by name."""

import reflex as rx

from little_bell.ui.components.frame import splash
from little_bell.ui.guard import Guard, tell
from little_bell.ui.pages import add_pages, lost

STYLES = ["/styles/base.css", "/styles/shell.css", "/styles/parts.css", "/styles/pages.css"]

app = rx.App(
    stylesheets=STYLES,
    head_components=[
        rx.el.link(rel="icon", href="/bell.svg", type="image/svg+xml"),
        rx.el.script(src="/page.js", custom_attrs={"defer": True}),
    ],
    html_lang="en",
    hydrate_fallback=splash,
    backend_exception_handler=tell,
    toaster=None,  # its toasts need eval when the server sends them; Shell.say doesn't
)
app.add_middleware(Guard(), index=0)
app.app_wraps[55, "ErrorBoundary"] = lost.boundary
app.app_wraps[5, "Overlay"] = lost.offline
add_pages(app)
