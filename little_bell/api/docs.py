"""A page that lists the API, made from the OpenAPI document: no script, nothing from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from little_bell.api.document import DESCRIPTION

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1a17; background: #fdfcfa }
code { font: 14px/1.5 ui-monospace, monospace }
h2 { margin-top: 2.5rem }
h3 { font: 600 15px ui-monospace, monospace; margin: .5rem 0 }
h3 b { display: inline-block; min-width: 4.5rem }
section { border-top: 1px solid #ddd6ca; padding: .5rem 0 }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { color: #ece7de; background: #191816 }
  section { border-color: #3a372f }
  a { color: #e8b04a }
}
"""
routes = APIRouter(include_in_schema=False)


@routes.get("/api/docs")
def page(request: Request) -> HTMLResponse:
    """Every route, what it takes and what it says of itself."""
    return HTMLResponse(_page(request.app.openapi()))


@routes.get("/api/docs.css")
def style() -> Response:
    """Its looks."""
    return Response(STYLE, media_type="text/css")


def _page(document: dict[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            groups.setdefault((route.get("tags") or ["other"])[0], []).append(
                _route(method, path, route, document["components"]["schemas"])
            )
    body = "".join(f"<h2>{escape(name)}</h2>{''.join(sections)}" for name, sections in groups.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>Little Bell API</title><link rel="stylesheet" href="/api/docs.css"></head><body>'
        f"<h1>Little Bell API {escape(document['info']['version'])}</h1><p>{_prose(DESCRIPTION)}</p>"
        f'<p>The same for machines: <a href="/api/openapi.json">/api/openapi.json</a></p>{body}</body></html>'
    )


def _route(method: str, path: str, route: dict[str, Any], schemas: dict[str, Any]) -> str:
    fields = [_field(p["name"], p["schema"], p.get("required", False), p["in"]) for p in route.get("parameters", []) if p["in"] == "query"]
    content = route.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        form = schemas[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
        fields += [_field(name, schema, name in form.get("required", ()), "body") for name, schema in form["properties"].items()]
    table = f"<table>{''.join(fields)}</table>" if fields else ""
    says = route.get("description") or route.get("summary", "")
    return f"<section><h3><b>{method.upper()}</b> {escape(path)}</h3><p>{_prose(says)}</p>{table}</section>"


def _field(name: str, schema: dict[str, Any], is_required: bool, place: str) -> str:
    needed = "needed" if is_required else ""
    return f"<tr><td><code>{escape(name)}</code></td><td>{place}</td><td>{_kind(schema)}</td><td>{needed}</td></tr>"


def _kind(schema: dict[str, Any]) -> str:
    """The type in a word or two."""
    if "$ref" in schema:
        return escape(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(option) for option in schema["anyOf"] if option.get("type") != "null")
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(schema.get("format") or schema.get("const") or schema.get("type") or "any")


def _prose(text: str) -> str:
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
