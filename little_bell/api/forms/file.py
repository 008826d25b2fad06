"""Files from the pages' plain forms: who may send one, and what was sent."""

from fastapi import Request
from starlette.datastructures import UploadFile

from little_bell.actions.sessions import COOKIE, SignIn, signed_in
from little_bell.api.context import House
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Role

FIELD = "file"


def signed_in_editor(request: Request, context: House) -> SignIn:
    """Who is signed in and may change something. Raises Unauthorized, Forbidden."""
    with context.reading() as connection:
        who = signed_in(connection, request.cookies.get(COOKIE, ""))
    if who is None:
        raise Unauthorized("please sign in again")
    if who.role not in (Role.OWNER, Role.EDITOR):
        raise Forbidden(f"your role here ({who.role}) doesn’t allow this; ask an owner")
    return who


async def sent_file(request: Request) -> UploadFile | None:
    """The form's file, or None where none was chosen. Beyond a megabyte it lies in a temporary file."""
    form = await request.form(max_fields=5, max_files=1)
    file = form.get(FIELD)
    return file if isinstance(file, UploadFile) and file.filename else None
