"""No tenant can be called what an address of ours begins with."""

from little_bell.api.app import PARTS
from little_bell.config import ROOT
from little_bell.domain.slugs import RESERVED
from little_bell.ui import routes
from little_bell.web_build import BUNDLE


def first(path: str) -> str:
    return path.strip("/").partition("/")[0]


def test_every_first_part_of_our_addresses_is_reserved() -> None:
    pages = {first(path) for name, path in vars(routes).items() if name.isupper() and isinstance(path, str)}
    api = {first(route.path) for part in PARTS for route in part.routes.routes}
    files = {path.name for folder in (ROOT / "assets", BUNDLE) if folder.is_dir() for path in folder.iterdir()}
    # What has a dot in it can't be a slug, and {tenant} is a tenant.
    ours = {word for word in pages | api | files | {"track", "_event"} if word and "." not in word and not word.startswith(("{", "["))}
    assert ours - RESERVED == set()
    assert {"settings", "tenants", "styles", "api", "auth", "webhooks"} <= ours
