"""The API, put together."""

from fastapi import FastAPI

from little_bell import __version__
from little_bell.api import docs, errors
from little_bell.api.context import Context
from little_bell.api.document import document_of
from little_bell.api.envelope import Envelope
from little_bell.api.metrics import make_registry
from little_bell.api.routes import (
    alerts,
    analytics,
    bounces,
    campaigns,
    dashboard,
    downloads,
    emails,
    events,
    export_files,
    instrument,
    links,
    marks,
    messages,
    operations,
    overrides,
    recipient,
    recipients,
    reports,
    segments,
    sign_in,
    suppression_uploads,
    suppressions,
    trend,
    uploads,
    variants,
    verdict_rules,
    webhooks,
)
from little_bell.api.sign_in_limits import SignInLimits

PARTS = (
    *(campaigns, analytics, downloads, export_files, recipients, recipient, segments, uploads),
    *(messages, marks, links, instrument, events),
    *(
        reports,
        bounces,
        webhooks,
        overrides,
        verdict_rules,
        suppressions,
        suppression_uploads,
        alerts,
        variants,
        trend,
        dashboard,
        operations,
    ),
    *(docs, sign_in, emails),
)


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
    app.openapi = lambda: document_of(app)  # type: ignore[method-assign]
    return app
