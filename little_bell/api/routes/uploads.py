"""A file of recipients from the campaign's page: kept, and the browser sent back to the page, which asks what its columns are."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from little_bell.actions.sessions import SignIn
from little_bell.api.context import House
from little_bell.api.forms.file import sent_file, signed_in_editor
from little_bell.api.paging import PathId
from little_bell.api.routes.sign_in import own_site
from little_bell.queries.campaigns import get_campaign
from little_bell.recipients.uploads import keep

routes = APIRouter(prefix="/api/campaigns", dependencies=[Depends(own_site)], include_in_schema=False)


@routes.post("/{campaign_id:int}/file")
def upload(
    context: House,
    who: Annotated[SignIn, Depends(signed_in_editor)],
    campaign_id: PathId,
    file: Annotated[UploadFile | None, Depends(sent_file)],
) -> RedirectResponse:
    """Takes a form with one `file`. Nothing is registered yet."""
    with context.reading() as connection:
        get_campaign(connection, who.tenant_id, campaign_id)
    if file is None:
        return RedirectResponse(f"/campaigns/{campaign_id}?tab=import&file=none", 303)
    ticket = keep(context.settings.data_dir / "uploads", who.tenant_id, campaign_id, file.file)
    return RedirectResponse(f"/campaigns/{campaign_id}?tab=import&file={ticket}", 303)
