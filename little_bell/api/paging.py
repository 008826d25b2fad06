"""Lists are JSON arrays; where they go on stands in Link (RFC 8288) and X-Next-Cursor."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, Field

from little_bell.actions.forms import MAX_ID
from little_bell.api.answers import Json
from little_bell.api.context import Context
from little_bell.domain.number_forms import Include
from little_bell.queries.paging import Page

QueryId = Annotated[int, Field(ge=1, le=MAX_ID)]
PathId = Annotated[int, Path(ge=1, le=MAX_ID)]
Cursor = Annotated[str, Field(max_length=1_000)]
#: A set of numbers that was kept (`stats rejudge --keep-as`).
SetName = Annotated[str, Field(min_length=1, max_length=63)]

MAX_OFFSET = 2**31

#: For answers with numbers.
OneForm = Annotated[Include, Field(description="one form of each number, human or all; both if none is named")]


class Parameters(BaseModel):
    """Query parameters; unknown ones are refused, since a filter with a typo would answer with everything."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def array(context: Context, request: Request, page: Page[Any], shape: Callable[[Any], dict[str, Any]]) -> Json:
    """The page's rows, each in its shape, and the way to the next page."""
    return Json([shape(row) for row in page.rows], headers=_next(context, request, page.next_cursor))


def _next(context: Context, request: Request, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "offset")]
    address = f"{context.settings.base_url}{request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"
    return {"Link": f'<{address}>; rel="next"', "X-Next-Cursor": cursor}
