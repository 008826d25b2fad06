"""A file of suppressions from the page: taken in, and the browser sent back to the page, which says what became of it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from little_bell.actions.sessions import COOKIE, signed_in
from little_bell.api.callers import Caller
from little_bell.api.context import House
from little_bell.api.sign_in import own_site
from little_bell.api.suppressions import take_lines
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Role

PAGE = "/suppressions"
#: Lines whose numbers go back with the browser.
MOST_LINES = 10


def _editor(request: Request, context: House) -> Caller:
    with context.reading() as connection:
        who = signed_in(connection, request.cookies.get(COOKIE, ""))
    if who is None:
        raise Unauthorized("please sign in again")
    if who.role not in (Role.OWNER, Role.EDITOR):
        raise Forbidden(f"your role here ({who.role}) doesn’t allow this; ask an owner")
    return Caller(who.tenant_id, who.email, 0)


async def _file(request: Request) -> UploadFile | None:
    form = await request.form(max_fields=5, max_files=1)  # beyond a megabyte it lies in a temporary file
    file = form.get("file")
    return file if isinstance(file, UploadFile) and file.filename else None


routes = APIRouter(prefix="/api/suppressions", dependencies=[Depends(own_site)], include_in_schema=False)


@routes.post("/upload")
def upload(
    context: House, who: Annotated[Caller, Depends(_editor)], file: Annotated[UploadFile | None, Depends(_file)]
) -> RedirectResponse:
    """Takes a form with one `file`; what is told of it in the address are numbers alone."""
    if file is None:
        return RedirectResponse(PAGE, 303)
    done = take_lines(context, who, file.file)
    lines = ",".join(str(one.line) for one in done.refusals[:MOST_LINES])
    return RedirectResponse(f"{PAGE}?{urlencode({'added': done.added, 'refused': done.refused, 'lines': lines})}", 303)
