"""For those who run it: alive, able to store, and the numbers."""

import ipaddress
from secrets import compare_digest

import prometheus_client
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError

from little_bell import __version__
from little_bell.api.answers import Json
from little_bell.api.context import Context, House
from little_bell.api.metrics import as_builtins
from little_bell.domain.errors import Forbidden
from little_bell.queries.projection import is_reachable

routes = APIRouter(tags=["operations"])


@routes.get("/health")
def health() -> Json:
    """Whether the process answers; asks nobody else."""
    return Json({"status": "healthy", "service": "little-bell", "version": __version__})


@routes.get("/ready")
def ready(context: House) -> Json:
    """Whether events can be stored and pages be read; 503 with the reasons otherwise."""
    reasons = [reason for reason in (context.why_full(), _why_unreachable(context)) if reason]
    if reasons:
        return Json({"status": "unready", "reasons": reasons}, 503, {"Retry-After": "5"})
    return Json({"status": "ready", "reasons": []})


@routes.get("/metrics")
def metrics(request: Request, context: House) -> Response:
    """Prometheus text, or JSON for `Accept: application/json`. For loopback, trusted networks, or with the metrics token."""
    if not _may_see(request, context):
        raise Forbidden("metrics are for loopback, trusted networks, or with LITTLE_BELL_METRICS_TOKEN as a bearer token")
    registry: prometheus_client.CollectorRegistry = request.app.state.registry
    if "application/json" in request.headers.get("accept", ""):
        return Json(as_builtins(registry))
    return Response(prometheus_client.generate_latest(registry), media_type=prometheus_client.CONTENT_TYPE_LATEST)


@routes.get("/dashboard", include_in_schema=False)
def dashboard() -> Response:
    """Where the web app was in the system that Little Bell grew from."""
    return RedirectResponse("/", 307)


def _why_unreachable(context: Context) -> str | None:
    if not context.needs_database:
        return None
    try:
        with context.reading() as connection:
            return None if is_reachable(connection) else "database"
    except SQLAlchemyError:
        return "database"


def _may_see(request: Request, context: Context) -> bool:
    token, given = context.settings.metrics_token, request.headers.get("authorization", "")
    if token and compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    try:
        address = ipaddress.ip_address(context.address_of(request.scope))
    except ValueError:
        return False
    if address.is_loopback:  # but not if a proxy on this machine, which nobody told us of, stands between
        return "x-forwarded-for" not in request.headers and "forwarded" not in request.headers
    return any(address in network for network in context.settings.trusted_networks)
