"""Little Bell over HTTP, for programs: what Database does, and the rest of the API, from anywhere."""

from little_bell.client.asynchronous import AsyncClient
from little_bell.client.synchronous import Client

__all__ = ["AsyncClient", "Client"]
