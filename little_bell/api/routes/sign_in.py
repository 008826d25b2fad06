"""Signing in and out by plain forms: the cookie is out of every script's reach, and no other site can send these forms."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from little_bell.actions.members import accept, find_invitation
from little_bell.actions.sessions import COOKIE, LIFETIME, SignIn, sign_in, sign_out, signed_in
from little_bell.actions.users import find_account, hash_password, is_right_password, set_password
from little_bell.api.context import Context, House
from little_bell.api.sign_in_limits import SignInLimits
from little_bell.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthorized
from little_bell.queries.tenants import find_tenant, tenants_of

AFTER_SIGN_IN, AFTER_SIGN_OUT, AFTER_FAILURE = "/", "/login", "/login?error=1"
TOO_OFTEN = "/login?error=wait"
#: The slug of the tenant that somebody wanted to see before they were sent to sign in.
TENANT_COOKIE = "lb_tenant"
JOIN, JOIN_PROBLEM = "/join?t={}", "/join?t={}&error={}"
PASSWORD_CHANGED, PASSWORD_WRONG, PASSWORD_POOR = (
    "/settings?notice=password-changed",
    "/settings?error=wrong-password",
    "/settings?error=poor-password",
)


def own_site(request: Request, context: House) -> None:
    """Raises Forbidden for a form that another site sent. A browser always says so; what says nothing is no browser."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site in ("same-origin", "none"):
        return
    own = {request.headers.get("host", "").lower(), urlsplit(context.settings.base_url).netloc.lower()}
    is_foreign = site is not None if origin is None else urlsplit(origin).netloc.lower() not in own
    if is_foreign:
        raise Forbidden("this form was sent by another site", code="cross_site")


async def _form(request: Request) -> dict[str, str]:
    async with request.form(max_fields=20, max_files=0) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(_form)]
routes = APIRouter(prefix="/auth", dependencies=[Depends(own_site)], include_in_schema=False)


@routes.post("/login")
def login(request: Request, context: House, fields: Fields) -> RedirectResponse:
    """Takes `email` and `password`. Raises TooMany, but sends a browser back to the page, which says so."""
    email, password = fields.get("email", "")[:320], fields.get("password", "")
    limits: SignInLimits = request.app.state.sign_in_limits
    try:
        limits.count(context.address_of(request.scope), email)
    except TooMany:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse(TOO_OFTEN, 303)
    with context.reading() as connection:
        account = find_account(connection, email)
    if not is_right_password(account, password) or account is None:
        return RedirectResponse(AFTER_FAILURE, 303)
    try:
        with context.writing() as connection:
            wanted = _wanted(connection, account.user_id, request.cookies.get(TENANT_COOKIE, ""))
            secret = sign_in(connection, account.user_id, request.headers.get("user-agent", ""), wanted)
    except Forbidden:  # no member of any tenant
        return RedirectResponse(AFTER_FAILURE, 303)
    limits.forgive(email)
    return _into_the_pages(request, context, secret)


@routes.post("/join")
def join(request: Request, context: House, fields: Fields) -> RedirectResponse:
    """Takes an invitation's `secret`, and the `password` of the invited address: its account's, or one for a new account."""
    invitation, password = fields.get("secret", "")[:100], fields.get("password", "")
    limits: SignInLimits = request.app.state.sign_in_limits
    with context.reading() as connection:
        asked = find_invitation(connection, invitation)
        account = find_account(connection, asked.email) if asked else None
    if asked is None:
        return RedirectResponse(JOIN.format("ended"), 303)
    try:
        limits.count(context.address_of(request.scope), asked.email)
        if account is not None and not is_right_password(account, password):
            return RedirectResponse(JOIN_PROBLEM.format(quote(invitation), "password"), 303)
        with context.writing() as connection:
            accept(connection, invitation, account, password)
            joined = find_account(connection, asked.email)
            secret = sign_in(connection, joined.user_id if joined else 0, request.headers.get("user-agent", ""), asked.tenant_id)
    except TooMany:
        return RedirectResponse(JOIN_PROBLEM.format(quote(invitation), "wait"), 303)
    except Invalid:
        return RedirectResponse(JOIN_PROBLEM.format(quote(invitation), "poor"), 303)
    except (NotFound, Conflict):
        return RedirectResponse(JOIN.format("ended"), 303)
    limits.forgive(asked.email)
    return _into_the_pages(request, context, secret)


@routes.post("/logout")
def logout(request: Request, context: House) -> RedirectResponse:
    """Ends the session, here and in the browser."""
    secret = request.cookies.get(COOKIE)
    if secret:
        with context.writing() as connection:
            sign_out(connection, secret)
    answer = RedirectResponse(AFTER_SIGN_OUT, 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=_is_https(request, context))
    return answer


@routes.post("/password")
def change_password(request: Request, context: House, fields: Fields) -> RedirectResponse:
    """Takes `current_password` and `new_password`; ends all other sessions of the user. Raises Unauthorized, TooMany."""
    who = _who(request, context)
    limits: SignInLimits = request.app.state.sign_in_limits
    limits.count(context.address_of(request.scope), who.email)
    with context.reading() as connection:
        account = find_account(connection, who.email)
    if not is_right_password(account, fields.get("current_password", "")):
        return RedirectResponse(PASSWORD_WRONG, 303)
    try:
        hashed = hash_password(fields.get("new_password", ""))
    except Invalid:
        return RedirectResponse(PASSWORD_POOR, 303)
    with context.writing() as connection:
        set_password(connection, who.user_id, hashed, who.email, keep_session=who.session_id)
    limits.forgive(who.email)
    return RedirectResponse(PASSWORD_CHANGED, 303)


def _wanted(connection: Connection, user_id: int, slug: str) -> int | None:
    """The tenant with this slug, if the user is a member of it."""
    tenant_id = find_tenant(connection, slug) if slug else None
    return tenant_id if tenant_id in {tenant.id for tenant in tenants_of(connection, user_id)} else None


def _into_the_pages(request: Request, context: Context, secret: str) -> RedirectResponse:
    answer = RedirectResponse(AFTER_SIGN_IN, 303)
    answer.set_cookie(
        COOKIE, secret, max_age=int(LIFETIME.total_seconds()), httponly=True, samesite="lax", secure=_is_https(request, context)
    )
    if TENANT_COOKIE in request.cookies:
        answer.delete_cookie(TENANT_COOKIE, httponly=True, samesite="lax")
    return answer


def _who(request: Request, context: Context) -> SignIn:
    with context.reading() as connection:
        who = signed_in(connection, request.cookies.get(COOKIE, ""))
    if who is None:
        raise Unauthorized("please sign in")
    return who


def _is_https(request: Request, context: Context) -> bool:
    """Whether the browser came by https, here or at the proxy that the base URL names."""
    base = urlsplit(context.settings.base_url)
    return request.url.scheme == "https" or (base.scheme == "https" and request.headers.get("host", "") == base.netloc)
