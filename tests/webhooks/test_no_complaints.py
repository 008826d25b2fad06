"""What providers tell of complaints suppresses, but for what is none: a server's own report, a reader who says that it is no spam."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.domain.events import EventType
from little_bell.models.tables import suppressions
from little_bell.providers import ses, sparkpost
from little_bell.providers.base import Request
from tests.webhooks.conftest import House
from tests.webhooks.senders import SENDERS, sendgrid_event


def request_of(body: Any) -> Request:
    return Request({"content-type": "application/json"}, json.dumps(body).encode(), "https://bell.example/", lambda _: b"")


def ses_complaint(feedback: str | None) -> Request:
    complaint = {"complainedRecipients": [{"emailAddress": "ann@example.com"}], "timestamp": "2026-11-22T10:00:00.000Z"}
    if feedback:
        complaint["complaintFeedbackType"] = feedback
    message = {"eventType": "Complaint", "complaint": complaint, "mail": {"messageId": "m-1", "destination": ["ann@example.com"]}}
    return request_of({"Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(message)})


def sparkpost_complaint(feedback: str | None) -> Request:
    event = {"type": "spam_complaint", "event_id": "1", "timestamp": "1795341600", "rcpt_to": "ann@example.com"}
    return request_of([{"msys": {"message_event": event | ({"fbtype": feedback} if feedback else {})}}])


@pytest.mark.parametrize("make", [ses_complaint, sparkpost_complaint])
@pytest.mark.parametrize(
    ("feedback", "expected"),
    [(None, EventType.COMPLAINED), ("abuse", EventType.COMPLAINED), ("not-spam", None), ("auth-failure", None)],
)
def test_only_readers_complain(make: Any, feedback: str | None, expected: EventType | None) -> None:
    provider = {ses_complaint: ses, sparkpost_complaint: sparkpost}[make]
    assert [told.type for told in provider.read(make(feedback))] == [expected]


def test_a_hard_bounce_and_a_complaint_that_a_provider_tells_suppress(house: House) -> None:
    house.set_up("sendgrid", SENDERS["sendgrid"].secrets[0])
    (_, one, ann), (_, two, bob) = house.register(), house.register()
    house.tell(SENDERS["sendgrid"], sendgrid_event("bounce", 1, ann, one), sendgrid_event("spamreport", 2, bob, two))
    house.fold()
    columns = (suppressions.c.address, suppressions.c.why, suppressions.c.source)
    assert house.rows(select(*columns).where(suppressions.c.tenant_id == house.alice.tenant_id).order_by(suppressions.c.why)) == [
        (bob, "complaint", "sendgrid"),
        (ann, "hard_bounce", "sendgrid"),
    ]
