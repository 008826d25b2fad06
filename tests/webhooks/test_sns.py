"""Anybody can have a topic at AWS: only ours is believed, and nothing is fetched but from SNS, for ours."""

import json
from typing import Any

import pytest

from tests.webhooks.conftest import BASE_URL, Answer, House
from tests.webhooks.senders import CERTIFICATE_URL, OTHER_TOPIC, RSA_KEYS, SUBSCRIBE_URL, TOPIC, Wire, ses_event, sns_message

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
assert BASE_URL
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Message": "You have chosen to subscribe to the topic.",
    "SubscribeURL": SUBSCRIBE_URL,
    "Token": "2336412f37",
    "TopicArn": TOPIC,
}


@pytest.fixture(autouse=True)
def _set_up(house: House) -> None:
    house.set_up("ses", TOPIC)


def send(house: House, body: bytes) -> Answer:
    return house.post("/webhooks/ses/alice", Wire({"content-type": "text/plain; charset=UTF-8", "content-length": str(len(body))}, body))


def notification(**more: Any) -> dict[str, Any]:
    event = ses_event("Delivery", 1, "ada@example.com", recipients=["ada@example.com"])
    return {"Type": "Notification", "TopicArn": TOPIC, "Message": json.dumps(event), **more}


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_understood(house: House, version: str) -> None:
    assert send(house, sns_message(notification(), version=version)).status == 200
    assert send(house, sns_message(notification(Subject="Amazon SES"), version=version)).status == 200
    assert house.web.asked == [CERTIFICATE_URL]  # and kept


@pytest.mark.parametrize(
    "change", [{"Message": "{}"}, {"Timestamp": "2026-01-01T00:00:00.000Z"}, {"MessageId": "x"}, {"Signature": "AAAA"}]
)
def test_what_was_changed_after_the_signature_is_refused(house: House, change: dict[str, str]) -> None:
    assert send(house, sns_message(notification(), **change)).status == 401


def test_what_another_key_signed_is_refused(house: House) -> None:
    assert send(house, sns_message(notification(), key=RSA_KEYS[1])).status == 401


def test_another_topic_is_refused_however_well_it_is_signed(house: House) -> None:
    assert send(house, sns_message(notification(TopicArn=OTHER_TOPIC))).status == 401
    assert house.web.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/SimpleNotificationService-0a1b2c3d.pem",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b2c3d.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a1b2c3d.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-0a1b2c3d.pem",
        "https://evil@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem",
        "https://sns.eu-west-1.amazonaws.com/evil.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-../../x.pem",
        "https://[::1]/SimpleNotificationService-0a1b2c3d.pem",
        "",
    ],
)
def test_a_certificate_from_anywhere_else_is_not_even_asked_for(house: House, url: str) -> None:
    assert send(house, sns_message(notification(SigningCertURL=url))).status == 401
    assert house.web.asked == []


def test_a_certificate_that_is_away_asks_sns_to_come_again(house: House) -> None:
    house.web.pages.clear()
    answer = send(house, sns_message(notification()))
    assert (answer.status, "retry-after" in answer.headers) == (503, True)


def test_our_topics_question_is_answered_once_it_is_proved(house: House) -> None:
    house.web.pages[SUBSCRIBE_URL] = b"<ConfirmSubscriptionResponse/>"
    assert send(house, sns_message(CONFIRMATION)).status == 200
    assert house.web.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


def test_a_question_that_cant_be_answered_now_is_asked_again(house: House) -> None:
    assert send(house, sns_message(CONFIRMATION)).status == 503


@pytest.mark.parametrize(
    "change",
    [
        {"TopicArn": OTHER_TOPIC},
        {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"},
        {"SubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn={TOPIC}"},
        {"SubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={OTHER_TOPIC}"},
        {"SubscribeURL": f"http://169.254.169.254/?Action=ConfirmSubscription&TopicArn={TOPIC}"},
        {"Type": "UnsubscribeConfirmation"},
    ],
)
def test_no_other_address_is_ever_asked(house: House, change: dict[str, str]) -> None:
    send(house, sns_message(CONFIRMATION | change))
    assert set(house.web.asked) <= {CERTIFICATE_URL}


def test_an_unsigned_question_moves_nothing(house: House) -> None:
    assert send(house, sns_message(CONFIRMATION, Signature="AAAA")).status == 401
    assert house.web.asked == [CERTIFICATE_URL]
