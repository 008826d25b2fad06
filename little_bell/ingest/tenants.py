"""What the reader's path has to know of tenants, in memory; server.py replaces it when it changes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Ids of the tenants whose links stopped redirecting."""

    stopped: frozenset[int] = frozenset()


class Tenants:
    """The present snapshot."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def is_stopped(self, tenant_id: int) -> bool:
        """Whether the tenant is suspended or gone."""
        return tenant_id in self.snapshot.stopped
