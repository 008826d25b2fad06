"""What the reader's path has to know of tenants, in memory; server.py replaces it when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider reports to a tenant: the secrets that prove it, each with the time (seconds since 1970) when it ends, if it does."""

    tenant_id: int
    secrets: tuple[tuple[str, float | None], ...]
    counts_opens: bool = True

    def alive(self, now: float) -> list[str]:
        """The secrets that are valid now."""
        return [secret for secret, until in self.secrets if until is None or now < until]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Ids of the tenants whose links stopped redirecting, and of those whose e-mails count without a signature.

    Ids by slug, and where providers report to tenants.
    """

    stopped: frozenset[int] = frozenset()
    endpoints: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)  # by slug and provider
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

    def endpoint(self, slug: str, provider: str) -> Endpoint | None:
        """Where the provider reports to the tenant of that slug; None where that isn't set up."""
        return self.snapshot.endpoints.get((slug, provider))
