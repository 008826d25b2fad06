"""All tables, so that importing this package fills the metadata."""

from little_bell.domain.times import from_micros, to_micros
from little_bell.models.base import metadata, now
from little_bell.models.campaign import Campaign, Link
from little_bell.models.event import Agent, Bounce, LinkClick, MessageEvent, ProviderEvent, WebhookReceipt
from little_bell.models.kept import KeptCampaign, KeptCohort, KeptSet
from little_bell.models.message import Message
from little_bell.models.projection import (
    DeadRecord,
    Erasure,
    FrozenEvents,
    Instance,
    JournalPosition,
    MessageBaseline,
    ParkedRecord,
    ProjectorCount,
    ProjectorLease,
    RollupBaseline,
    Tombstone,
)
from little_bell.models.rollup import BounceStats, CampaignStats, CohortQuarter, EventQuarter, LinkStats, MessageQuarter, ProviderStats
from little_bell.models.suppression import Suppression, SuppressionRelease, SuppressionRules
from little_bell.models.tenant import (
    ApiKey,
    AuditEntry,
    IdempotencyKey,
    Invitation,
    Membership,
    Session,
    Tenant,
    TenantSlug,
    User,
    WebhookEndpoint,
)
from little_bell.models.verdict import CrowdClick, EventOverride, RejudgeWaiting, VerdictRule

__all__ = [
    "Agent",
    "ApiKey",
    "AuditEntry",
    "Bounce",
    "BounceStats",
    "Campaign",
    "CampaignStats",
    "CohortQuarter",
    "CrowdClick",
    "DeadRecord",
    "Erasure",
    "EventOverride",
    "EventQuarter",
    "FrozenEvents",
    "IdempotencyKey",
    "Instance",
    "Invitation",
    "JournalPosition",
    "KeptCampaign",
    "KeptCohort",
    "KeptSet",
    "Link",
    "LinkClick",
    "LinkStats",
    "Membership",
    "Message",
    "MessageBaseline",
    "MessageEvent",
    "MessageQuarter",
    "ParkedRecord",
    "ProjectorCount",
    "ProjectorLease",
    "ProviderEvent",
    "ProviderStats",
    "RejudgeWaiting",
    "RollupBaseline",
    "Session",
    "Suppression",
    "SuppressionRelease",
    "SuppressionRules",
    "Tenant",
    "TenantSlug",
    "Tombstone",
    "User",
    "VerdictRule",
    "WebhookEndpoint",
    "WebhookReceipt",
    "from_micros",
    "metadata",
    "now",
    "to_micros",
]
