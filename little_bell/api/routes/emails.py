"""A tenant's e-mails by number, under its slug: registered, their links signed; and the way to its pages."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from little_bell.actions.emails import NewEmail, create_email
from little_bell.actions.forms import Form, Url, fill
from little_bell.actions.idempotency import Answer
from little_bell.actions.links import register_links
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Caller, Writer
from little_bell.api.context import Context, House
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.api.routes.sign_in import TENANT_COOKIE
from little_bell.domain.errors import NotFound
from little_bell.domain.links import parse_query
from little_bell.domain.tokens import email_token
from little_bell.queries.messages import get_message_by_token
from little_bell.queries.tenants import find_tenant

#: Somebody who is sent to sign in has so many seconds to find their password.
COOKIE_SECONDS = 600
routes = APIRouter(prefix="/{tenant}", tags=["e-mails of a tenant"])


class Destination(Form):
    """Where a link is to lead."""

    url: Url


@routes.post("/emails", status_code=201, openapi_extra=takes(NewEmail, is_optional=True))
def register(
    tenant: str,
    request: Request,
    context: House,
    caller: Writer,
    body: RawBody,
    new: Annotated[NewEmail, Depends(json_of(NewEmail, is_optional=True, of_any_type=True))],
) -> Json:
    """Register an e-mail, with or without subject and recipient; the answer holds its number and its pixel."""
    _check_own(context, caller, tenant)

    def work(connection: Connection) -> Callable[[], Answer]:
        made = create_email(connection, caller.tenant_id, new, caller.actor)
        pixel = context.addresses.email_pixel_url(tenant, made.email_id, made.token)
        return lambda: Answer(201, to_json({"email_id": made.email_id, "tracking_pixel_url": pixel}))

    return write_once(context, caller, request, body, work)


@routes.get("/click-url/{email_id:int}")
def click_url(tenant: str, email_id: PathId, request: Request, context: House, caller: Writer) -> Json:
    """The signed link that records the click and leads to `url`, which is a link of the campaign from now on."""
    _check_own(context, caller, tenant)
    # Not FastAPI's reading of it, for which a + is a space.
    url = fill(Destination, {"url": parse_query(request.scope["query_string"]).get("url", "")}).url
    token = email_token(caller.tenant_id, email_id)
    with context.writing() as connection:
        message = get_message_by_token(connection, caller.tenant_id, token)
        register_links(connection, caller.tenant_id, message.campaign_id, [url])
    return Json({"click_url": context.addresses.email_click_url(tenant, email_id, caller.tenant_id, token, url), "original_url": url})


@routes.get("/dashboard", include_in_schema=False)
def dashboard(tenant: str) -> RedirectResponse:
    """To the tenant's overview, past the sign-in if need be. Whether there is such a tenant isn't told here."""
    answer = RedirectResponse(f"/?tenant={tenant}", 303)
    answer.set_cookie(TENANT_COOKIE, tenant, max_age=COOKIE_SECONDS, httponly=True, samesite="lax")
    return answer


def _check_own(context: Context, caller: Caller, slug: str) -> None:
    with context.reading() as connection:
        if find_tenant(connection, slug) != caller.tenant_id:
            raise NotFound("there is no such tenant, or the API key is another's", "tenant")
