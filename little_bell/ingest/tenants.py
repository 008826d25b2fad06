"""What the reader's path has to know of tenants, in memory; server.py replaces it when it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from little_bell.domain.tokens import is_old_token, is_token


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
    old_emails: Mapping[int, int] = field(default_factory=dict)  # by tenant, the last number that was taken over
    has_old_tokens: bool = False


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

    def accepts_unsigned(self, tenant_id: int, email_id: int) -> bool:
        """Whether this e-mail counts without a signature: of a tenant that wants it so, or taken over with mail already sent."""
        return tenant_id in self.snapshot.unsigned or email_id <= self.snapshot.old_emails.get(tenant_id, 0)

    def may_be_token(self, text: str) -> bool:
        """Whether it can be a message's token here."""
        return is_token(text) or (self.snapshot.has_old_tokens and is_old_token(text))

    def endpoint(self, slug: str, provider: str) -> Endpoint | None:
        """Where the provider reports to the tenant of that slug; None where that isn't set up."""
        return self.snapshot.endpoints.get((slug, provider))
