"""A file of suppressions from the page: taken in, and the browser sent back to the page, which says what became of it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from little_bell.actions.sessions import SignIn
from little_bell.api.callers import Caller
from little_bell.api.context import House
from little_bell.api.forms.file import sent_file, signed_in_editor
from little_bell.api.routes.sign_in import own_site
from little_bell.api.routes.suppressions import take_lines

PAGE = "/suppressions"
#: Lines whose numbers go back with the browser.
MOST_LINES = 10

routes = APIRouter(prefix="/api/suppressions", dependencies=[Depends(own_site)], include_in_schema=False)


@routes.post("/upload")
def upload(
    context: House, who: Annotated[SignIn, Depends(signed_in_editor)], file: Annotated[UploadFile | None, Depends(sent_file)]
) -> RedirectResponse:
    """Takes a form with one `file`; what is told of it in the address are numbers alone."""
    if file is None:
        return RedirectResponse(PAGE, 303)
    done = take_lines(context, Caller(who.tenant_id, who.email, 0), file.file)
    lines = ",".join(str(one.line) for one in done.refusals[:MOST_LINES])
    return RedirectResponse(f"{PAGE}?{urlencode({'added': done.added, 'refused': done.refused, 'lines': lines})}", 303)
