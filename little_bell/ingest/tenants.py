"""What the reader's path has to know of tenants, in memory; server.py replaces it when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Ids of the tenants whose links stopped redirecting, ids by slug, and whose e-mails count without a signature."""

    stopped: frozenset[int] = frozenset()
    by_slug: Mapping[str, int] = field(default_factory=dict)
    unsigned: frozenset[int] = frozenset()


class Tenants:
    """The present snapshot."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()

    def is_stopped(self, tenant_id: int) -> bool:
        """Whether the tenant is suspended or gone."""
        return tenant_id in self.snapshot.stopped

    def find(self, slug: str) -> int | None:
        """The id of the tenant that has or had this slug."""
        return self.snapshot.by_slug.get(slug)

    def accepts_unsigned(self, tenant_id: int) -> bool:
        """Whether the tenant's e-mails count without a signature."""
        return tenant_id in self.snapshot.unsigned
