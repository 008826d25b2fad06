"""JSON in: read whole (its size is bounded by the envelope), checked by a form, described for the OpenAPI document."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from little_bell.actions.forms import Form, fill_from_json
from little_bell.domain.errors import UnsupportedType

F = TypeVar("F", bound=Form)
SCHEMAS = "#/components/schemas/{model}"
#: The forms that routes take, by name, for the document's components.
taken: dict[str, type[Form]] = {}


async def _raw(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw)]


def json_of(form: type[F], is_optional: bool = False, of_any_type: bool = False) -> Callable[..., F]:
    """A dependency that gives the request's JSON as `form`. Where it is optional, no body at all is an empty form.

    `of_any_type` takes JSON whatever it says it is: `curl -d` alone calls it a form.

    Raises UnsupportedType for a body that says it is something else, and what fill_from_json raises.
    """

    def read(request: Request, raw: RawBody) -> F:
        if is_optional and not raw.strip():
            return fill_from_json(form, b"{}")
        kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if not (of_any_type or kind == "application/json" or kind.endswith("+json")):
            raise UnsupportedType(f"send JSON with Content-Type: application/json, not {kind}", "Content-Type")
        return fill_from_json(form, raw)

    return read


def takes(form: type[Form], is_optional: bool = False) -> dict[str, Any]:
    """What the OpenAPI document says of a route's body."""
    taken[form.__name__] = form
    schema = {"$ref": SCHEMAS.format(model=form.__name__)}
    return {"requestBody": {"required": not is_optional, "content": {"application/json": {"schema": schema}}}}
