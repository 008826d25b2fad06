"""A file of recipients from the campaign's page: kept, and the browser sent back to the page, which asks what its columns are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from little_bell.actions.sessions import COOKIE, SignIn, signed_in
from little_bell.api.context import House
from little_bell.api.paging import PathId
from little_bell.api.sign_in import own_site
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Role
from little_bell.queries.campaigns import get_campaign
from little_bell.recipients.uploads import keep

FIELD = "file"


def _editor(request: Request, context: House) -> SignIn:
    with context.reading() as connection:
        who = signed_in(connection, request.cookies.get(COOKIE, ""))
    if who is None:
        raise Unauthorized("please sign in again")
    if who.role not in (Role.OWNER, Role.EDITOR):
        raise Forbidden(f"your role here ({who.role}) doesn’t allow this; ask an owner")
    return who


async def _file(request: Request) -> UploadFile | None:
    form = await request.form(max_fields=5, max_files=1)  # beyond a megabyte it lies in a temporary file
    file = form.get(FIELD)
    return file if isinstance(file, UploadFile) and file.filename else None


routes = APIRouter(prefix="/api/campaigns", dependencies=[Depends(own_site)], include_in_schema=False)


@routes.post("/{campaign_id:int}/file")
def upload(
    context: House, who: Annotated[SignIn, Depends(_editor)], campaign_id: PathId, file: Annotated[UploadFile | None, Depends(_file)]
) -> RedirectResponse:
    """Takes a form with one `file`. Nothing is registered yet."""
    with context.reading() as connection:
        get_campaign(connection, who.tenant_id, campaign_id)
    if file is None:
        return RedirectResponse(f"/campaigns/{campaign_id}?file=none", 303)
    ticket = keep(context.settings.data_dir / "uploads", who.tenant_id, campaign_id, file.file)
    return RedirectResponse(f"/campaigns/{campaign_id}?file={ticket}", 303)
