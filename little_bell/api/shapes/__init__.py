"""What rows look like in JSON. The first keys are those of the API that Little Bell grew from."""

from dataclasses import asdict
from typing import Any

from little_bell.actions.messages import Registered
from little_bell.actions.recipients import Added
from little_bell.domain.links import Addresses
from little_bell.domain.metrics import RATES, open_rate_interval
from little_bell.domain.suppressions import Rules
from little_bell.domain.verdicts import decide
from little_bell.queries.bounces import BounceCount, BounceRow
from little_bell.queries.campaigns import CampaignRow
from little_bell.queries.events import EventRow
from little_bell.queries.links import LinkRow
from little_bell.queries.messages import MessageRow
from little_bell.queries.overview import Summary
from little_bell.queries.suppressions import ReasonRow, SuppressionRow

TOTALS = {
    "total_messages": "total",
    "total_sent": "sent",
    "total_delivered": "delivered",
    "total_opened": "opened",
    "total_human_opened": "human_opened",
    "total_clicked": "clicked",
    "total_human_clicked": "human_clicked",
    "total_bounced": "bounced",
    "total_complained": "complained",
    "total_unsubscribed": "unsubscribed",
    "total_suppressed": "suppressed",
}


def campaign_shape(row: CampaignRow) -> dict[str, Any]:
    """A campaign with its numbers."""
    return {
        "id": row.id,
        "name": row.name,
        "template_id": row.template_id,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "subject": row.subject,
        "tags": row.tags,
        "external_id": row.external_id,
        "utm": row.utm,
        "archived_at": row.archived_at,
        "metrics": row.metrics | {"open_rate_interval": asdict(open_rate_interval(row.metrics))},
    }


def message_shape(row: MessageRow) -> dict[str, Any]:
    """A message and what became of it."""
    return {
        "id": row.id,
        "campaign_id": row.campaign_id,
        "template_id": row.template_id,
        "recipient_email": row.recipient_email,
        "tracking_token": row.token,
        "status": row.status,
        "queued_at": row.created_at,
        "sent_at": row.sent_at,
        "opened_at": row.opened_at,
        "clicked_at": row.clicked_at,
        "bounced_at": row.bounced_at,
        "bounce_reason": row.bounce_reason,
        "bounce_type": row.bounce_type,
        "error_message": None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "delivered_at": row.delivered_at,
        "deferred_at": row.deferred_at,
        "human_opened_at": row.human_opened_at,
        "human_clicked_at": row.human_clicked_at,
        "complained_at": row.complained_at,
        "unsubscribed_at": row.unsubscribed_at,
        "rejected_at": row.rejected_at,
        "opens": row.opens,
        "human_opens": row.human_opens,
        "clicks": row.clicks,
        "human_clicks": row.human_clicks,
        "bounce_category": row.bounce_category,
        "subject": row.subject,
        "variant": row.variant,
        "external_id": row.external_id,
        "provider_message_id": row.provider_message_id,
        "metadata": row.details,
        "test": row.is_test,
        "suppressed": row.suppressed is not None,
        "suppressed_reason": row.suppressed,
    }


def registered_shape(addresses: Addresses, tenant_id: int, made: Registered) -> dict[str, Any]:
    """What a sender needs to build the mail."""
    return {
        "id": made.id,
        "tracking_token": made.token,
        "status": "queued",
        "created_at": made.created_at,
        "pixel_url": addresses.pixel_url(made.token),
        "pixel_html": addresses.pixel_html(made.token),
        "unsubscribe_url": addresses.unsubscribe_url(tenant_id, made.token),
        "headers": addresses.headers(tenant_id, made.token),
        "suppressed": made.suppressed is not None,
        "suppressed_reason": made.suppressed,
    }


def added_shape(done: Added) -> dict[str, Any]:
    """What became of a batch of recipients."""
    refused = [{"row": place, "field": field, "message": message} for place, field, message in done.refused]
    return {"registered": done.registered, "already": done.already, "refused": refused}


def event_shape(row: EventRow) -> dict[str, Any]:
    """An event within its message."""
    return {
        "id": row.id,
        "type": row.type,
        "occurred_at": row.occurred_at,
        "received_at": row.received_at,
        "stated_at": row.stated_at,
        "url": row.url,
        "verdict": row.verdict,
        "reasons": row.reasons,
        "rules_version": row.rules,
        "overruled": asdict(row.overruled) if row.overruled else None,
        "confidence": decide(",".join(row.reasons)).confidence,
        "is_counted": row.is_counted,
        "source": row.source,
        "agent": row.agent,
        "address": row.address,
        "country": row.country,
        "asn": row.asn,
        "details": row.details,
    }


def stream_shape(row: EventRow) -> dict[str, Any]:
    """An event on its own: with whose it is."""
    whose = {
        "message_id": row.message_id,
        "campaign_id": row.campaign_id,
        "recipient_email": row.recipient_email,
        "tracking_token": row.token,
    }
    return event_shape(row) | whose


def link_shape(row: LinkRow) -> dict[str, Any]:
    """A link of a campaign with its clicks."""
    return {
        "id": row.id,
        "url": row.url,
        "clicks": row.clicks,
        "human_clicks": row.human_clicks,
        "unique_clicks": row.unique_clicks,
        "unique_human_clicks": row.unique_human_clicks,
        "created_at": row.created_at,
    }


def bounce_shape(row: BounceRow) -> dict[str, Any]:
    """A bounce as it was reported."""
    return {
        "id": row.id,
        "message_id": row.message_id,
        "campaign_id": row.campaign_id,
        "recipient_email": row.recipient_email,
        "domain": row.domain,
        "bounce_type": row.bounce_type,
        "bounce_subtype": row.bounce_subtype,
        "bounce_category": row.category,
        "is_hard": row.is_hard,
        "bounce_reason": row.reason,
        "diagnostic_code": row.diagnostic_code,
        "source": row.source,
        "occurred_at": row.occurred_at,
    }


def bounce_count_shape(row: BounceCount) -> dict[str, Any]:
    """How many messages bounced for a reason."""
    return {"bounced": row.bounced, "bounce_type": row.bounce_type, "bounce_category": row.category, "bounce_reason": row.reason}


def suppression_shape(row: SuppressionRow) -> dict[str, Any]:
    """An address that gets no mail: the reason that leads, and all there are."""
    return {
        "address": row.address,
        "email": row.email,
        "reason": row.why,
        "source": row.source,
        "suppressed_at": row.since,
        "expires_at": row.expires_at,
        "note": row.note,
        "message_id": row.message_id,
        "reasons": [_reason_shape(reason) for reason in row.reasons],
    }


def _reason_shape(reason: ReasonRow) -> dict[str, Any]:
    return {
        "reason": reason.why,
        "source": reason.source,
        "suppressed_at": reason.since,
        "expires_at": reason.expires_at,
        "note": reason.note,
        "message_id": reason.message_id,
    }


def rules_shape(rules: Rules) -> dict[str, Any]:
    """By what rules addresses are suppressed by themselves."""
    return asdict(rules)


def summary_shape(found: Summary) -> dict[str, Any]:
    """A tenant's numbers."""
    numbers = found.metrics
    totals = {name: numbers[key] for name, key in TOTALS.items()}
    events = {name: numbers[name] for name in ("opens", "human_opens", "clicks", "human_clicks", "unique_clicks")}
    rates: dict[str, Any] = {name: numbers[name] for name in RATES} | {"open_rate_interval": asdict(open_rate_interval(numbers))}
    return {"total_campaigns": found.total_campaigns, **totals, **events, **rates}
