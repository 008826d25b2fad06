"""The OpenAPI document: what FastAPI knows of the routes, with our bodies and our one shape of errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from little_bell.api.bodies import SCHEMAS, taken

DESCRIPTION = (
    "Send your key as `Authorization: Bearer lb_…` or `X-API-Key`. Times are UTC. Lists are arrays; the next page stands in `Link` and "
    '`X-Next-Cursor`. Errors are `{"error": {"code", "message", "field"}}`. An `Idempotency-Key` makes any POST safe to repeat for '
    "24 hours. Marks answer with `X-Journal-Position`; send it back as `X-Read-After` and a GET waits until it can see them."
)
#: The shape of every error.
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "field": {"type": ["string", "null"]}},
        }
    },
}
ERROR_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def document_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the forms that FastAPI doesn't see because routes read them from the raw body."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
        _, schema = models_json_schema([(form, "validation") for form in taken.values()], ref_template=SCHEMAS)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema["$defs"], Error=ERROR)
        for route in (route for methods in document["paths"].values() for route in methods.values()):
            route["responses"].pop("422", None)  # FastAPI's own shape, which we don't answer with
            route["responses"]["default"] = {"description": "What went wrong", "content": ERROR_CONTENT}
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema
