"""The API, put together."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from little_bell import __version__
from little_bell.api import (
    bodies,
    bounces,
    campaigns,
    dashboard,
    docs,
    downloads,
    errors,
    events,
    links,
    marks,
    messages,
    operations,
    sign_in,
)
from little_bell.api.context import Context
from little_bell.api.envelope import Envelope
from little_bell.api.metrics import make_registry
from little_bell.api.sign_in_limits import SignInLimits

PARTS = (campaigns, downloads, messages, marks, links, events, bounces, dashboard, operations, docs, sign_in)


def make_api(context: Context) -> FastAPI:
    """The application for everything under /api and /auth, and /health, /ready and /metrics."""
    app = FastAPI(
        title="Little Bell",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False},
    )
    app.state.context = context
    app.state.registry = make_registry(context)
    app.state.sign_in_limits = SignInLimits()
    for part in PARTS:
        app.include_router(part.routes)
    app.add_middleware(Envelope)
    errors.install(app)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the forms that FastAPI doesn't see because routes read them from the raw body."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=docs.DESCRIPTION, routes=app.routes)
        _, schema = models_json_schema([(form, "validation") for form in bodies.taken.values()], ref_template=bodies.SCHEMAS)
        document.setdefault("components", {}).setdefault("schemas", {}).update(schema["$defs"])
        app.openapi_schema = document
    return app.openapi_schema
