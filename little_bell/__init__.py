"""Little Bell: e-mail tracking that people can trust."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from little_bell.client import AsyncClient, Client
    from little_bell.database import Database
    from little_bell.domain.links import Tracking
    from little_bell.mail.instrument import instrument

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "Database", "Tracking", "instrument"]

#: Where each stands; loaded when it is first asked for (PEP 562), so that parts of the program don't load one another.
_HOMES = {
    "AsyncClient": "client",
    "Client": "client",
    "Database": "database",
    "Tracking": "domain.links",
    "instrument": "mail.instrument",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
