"""Every call of the API, once for both clients. Names and arguments are Database's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from little_bell.client.call import Call, Download, File, Pages, Row, Time, nothing, one, row, rows
from little_bell.domain.marks import mark_of

CAMPAIGNS, MESSAGES, BOUNCES, SUPPRESSIONS = "/api/campaigns", "/api/messages", "/api/bounces", "/api/suppressions"
DASHBOARD = "/api/dashboard"


def create_message(
    campaign_id: int, recipient_email: str, tracking_token: str | None = None, template_id: str | None = None, **more: Any
) -> Call[int]:
    """The id of the new message; `more` may be what register_message() takes."""
    strict = _strict(more.pop("strict", False))
    return Call("POST", MESSAGES, _id, strict, _message(campaign_id, recipient_email, tracking_token, template_id, more))


def register_message(
    campaign_id: int, recipient_email: str, tracking_token: str | None = None, template_id: str | None = None, **more: Any
) -> Call[Row]:
    """The new message with its pixel, its unsubscribe address and the headers to send.

    `more`: subject, variant, metadata, external_id, test; with strict=True a suppressed address is a Conflict, else the
    answer says `suppressed`.
    """
    strict = _strict(more.pop("strict", False))
    return Call("POST", MESSAGES, row, strict, _message(campaign_id, recipient_email, tracking_token, template_id, more))


def register_messages(messages: Sequence[Mapping[str, Any]], *, strict: bool = False) -> Call[list[Row]]:
    """Up to 10,000 messages, all or none, in the order given; each with the fields that register_message() takes."""
    return Call("POST", f"{MESSAGES}/batch", _messages, _strict(strict), {"messages": list(messages)})


def add_recipients(campaign_id: int, recipients: Sequence[Mapping[str, Any]], check: bool = False) -> Call[Row]:
    """A message for each of up to 10,000 recipients that the campaign doesn't have yet: `registered`, `already` and `refused`.

    A recipient is known again by the tracking token, else the external id, else the address; `check` only says what would be.
    """
    return Call("POST", f"{one(CAMPAIGNS, campaign_id)}/recipients", row, body={"recipients": list(recipients), "check": check})


def get_message(message_id: int) -> Call[Row | None]:
    """The message with its events, oldest first; None if there is none."""
    return Call("GET", one(MESSAGES, message_id), row, absent=nothing)


def get_message_by_token(tracking_token: str) -> Call[Row | None]:
    """The message with this token, without its events; None if there is none."""
    return Call("GET", MESSAGES, _first, {"tracking_token": tracking_token})


def iterate_messages(
    *,
    campaign_id: int | None = None,
    status: str | None = None,
    recipient: str | None = None,
    external_id: str | None = None,
    provider_message_id: str | None = None,
    tracking_token: str | None = None,
) -> Pages:
    """Messages by any of their names, in the order they were registered, without their events; in constant memory."""
    names = {"campaign_id": campaign_id, "status": status, "recipient": recipient, "external_id": external_id}
    return Pages(MESSAGES, {**names, "provider_message_id": provider_message_id, "tracking_token": tracking_token})


def update_message_sent(message_id: int, sent_at: Time = None, provider_message_id: str | None = None) -> Call[None]:
    """It was handed to a mail server."""
    return _mark(message_id, "sent", {"sent_at": sent_at, "provider_message_id": provider_message_id})


def update_message_opened(message_id: int, opened_at: Time = None) -> Call[None]:
    """Its reader opened it."""
    return _mark(message_id, "opened", {"opened_at": opened_at})


def update_message_clicked(message_id: int, clicked_at: Time = None, url: str | None = None) -> Call[None]:
    """Its reader followed a link, named or not."""
    return _mark(message_id, "clicked", {"clicked_at": clicked_at, "url": url})


def update_message_bounced(
    message_id: int,
    bounce_reason: str = "unknown",
    bounce_type: str | None = None,
    bounce_subtype: str | None = None,
    diagnostic_code: str | None = None,
    bounced_at: Time = None,
) -> Call[None]:
    """It could not be delivered. The reason may be a raw SMTP reply, which then says whether for good."""
    told = {"bounce_reason": bounce_reason, "bounce_type": bounce_type, "bounce_subtype": bounce_subtype}
    return _mark(message_id, "bounced", {**told, "diagnostic_code": diagnostic_code, "bounced_at": bounced_at})


def add_bounce(
    message_id: int,
    bounce_type: str | None = None,
    bounce_subtype: str | None = None,
    diagnostic_code: str | None = None,
    bounce_reason: str | None = None,
) -> Call[None]:
    """The same, the type first; without a reason the diagnostic code is it."""
    return update_message_bounced(message_id, bounce_reason or diagnostic_code or "unknown", bounce_type, bounce_subtype, diagnostic_code)


def track_link_click(message_id: int, link_url: str) -> Call[None]:
    """Its reader followed this link."""
    return _mark(message_id, "clicked", {"url": link_url})


def add_message_event(message_id: int, event_type: str, event_data: Mapping[str, Any] | str | None = None) -> Call[None]:
    """A mark by the name of its event: queued (which it is already), sent, opened, clicked, bounced.

    `event_data` holds the mark's fields, or is the link of a click or the reason of a bounce.
    """
    word, fields = mark_of(event_type, event_data)
    return Call("GET", one(MESSAGES, message_id), nothing) if word == "queued" else _mark(message_id, word, fields)


def mark_messages(marks: Sequence[Mapping[str, Any]]) -> Call[int]:
    """Up to 10,000 marks, all or none: {"id" or "tracking_token" or "external_id": …, "mark": "sent", …}; how many there were."""
    return Call("POST", f"{MESSAGES}/marks", _marked, body={"marks": list(marks)})


def sign_link(message_id: int, url: str) -> Call[str]:
    """The signed link that records the click and leads to the URL, which is a link of the campaign from now on."""
    return Call("POST", f"{one(MESSAGES, message_id)}/links", _click_url, body={"url": url})


def sign_links(message_id: int, urls: Sequence[str]) -> Call[list[str]]:
    """The same for up to 1,000."""
    return Call("POST", f"{one(MESSAGES, message_id)}/links", _click_urls, body={"urls": list(urls)})


def instrument(message_id: int, html: str, text: str | None = None, utm: Mapping[str, str | None] | None = None) -> Call[Row]:
    """The same mail with its pixel, signed links and the headers to send.

    `utm`: source, medium, campaign, term, content; what it doesn't name is as the campaign has it, None leaves one out.
    """
    return Call("POST", f"{one(MESSAGES, message_id)}/instrument", row, body={"html": html, "text": text, "utm": dict(utm or {})})


def get_summary(start: datetime | None = None, end: datetime | None = None, set_name: str | None = None) -> Call[Row]:
    """Totals and rates over all campaigns: of messages whose sent_at (else created_at) lies in [start, end), else of all.

    `set_name`: as they were kept under that name. Raises NotFound where there is no such set.
    """
    return Call("GET", f"{DASHBOARD}/summary", row, {"start": start, "end": end, "set": set_name})


def get_sets() -> Call[list[Row]]:
    """The sets of numbers that were kept under a name, the newest first."""
    return Call("GET", f"{DASHBOARD}/sets", rows)


def keep_set(name: str) -> Call[Row]:
    """Keep the present numbers of the tenant under a name. Raises Invalid; Conflict for a name that is taken."""
    return Call("POST", f"{DASHBOARD}/sets", row, body={"name": name})


def drop_set(name: str) -> Call[None]:
    """Let go of a set of the tenant's own. Raises NotFound."""
    return Call("DELETE", f"{DASHBOARD}/sets/{quote(name, safe='')}", nothing)


def get_bounces(campaign_id: int | None = None, limit: int | None = None) -> Pages:
    """Bounces as they were reported, the newest first; all of them where no limit is given."""
    return Pages(BOUNCES, {"campaign_id": campaign_id}, limit)


def iterate_bounces(campaign_id: int | None = None) -> Pages:
    """The same one by one, in constant memory."""
    return get_bounces(campaign_id)


def get_bounce_reasons(campaign_id: int | None = None, limit: int = 1_000) -> Call[list[Row]]:
    """How many messages bounced for which reason, the most frequent first."""
    return Call("GET", f"{BOUNCES}/reasons", rows, {"campaign_id": campaign_id, "limit": limit})


def export_bounces_to_csv(output_path: File, campaign_id: int | None = None) -> Download:
    """Write the bounces to a file, which stands there whole or not at all. Raises OSError."""
    return Download(f"{BOUNCES}/export", {"campaign_id": campaign_id}, output_path)


def get_events(after: int = 0, limit: int = 1_000) -> Call[list[Row]]:
    """Events of all messages behind the id `after`, in the order they were recorded; the last one's id is the next `after`."""
    return Call("GET", "/api/events", rows, {"after": after, "limit": limit})


def health() -> Call[Row]:
    """Whether it answers, and its version."""
    return Call("GET", "/health", row)


def _strict(strict: bool) -> Row:
    return {"strict": "1"} if strict else {}


def _message(campaign_id: int, email: str, token: str | None, template_id: str | None, more: Mapping[str, Any]) -> Row:
    return {"campaign_id": campaign_id, "recipient_email": email, "tracking_token": token, "template_id": template_id, **more}


def _mark(message_id: int, word: str, fields: Mapping[str, Any]) -> Call[None]:
    return Call("POST", f"{one(MESSAGES, message_id)}/{'bounce' if word == 'bounced' else word}", nothing, body=fields)


def _id(content: Any) -> int:
    return int(content["id"])


def _messages(content: Any) -> list[Row]:
    return rows(content["messages"])


def _first(content: Any) -> Row | None:
    return row(content[0]) if content else None


def _marked(content: Any) -> int:
    return int(content["marked"])


def _click_url(content: Any) -> str:
    return str(content["click_url"])


def _click_urls(content: Any) -> list[str]:
    return [str(each["click_url"]) for each in content["links"]]
