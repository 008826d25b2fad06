"""What the words of each provider mean."""

import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.providers import PROVIDERS, Refused, Request, Told, read
from little_bell.providers.fetching import fetch
from little_bell.providers.reading import destination, failure, message_id_token, micros, tokens
from tests.webhooks.senders import SENDERS, mandrill_wrap, sns_message

ADA = "ada@example.com"
AT = 1_795_000_000.0


def told(name: str, event: dict[str, Any]) -> Told:
    """What a provider's file reads in one event."""
    sender = SENDERS[name]
    body = sender.wrap([event], 0)
    request = Request({"content-type": sender.kind, "svix-id": "msg_1"}, body, "", fetch)
    return read(PROVIDERS[name], request)[0]


def of(name: str, word: str, **more: Any) -> Told:
    return told(name, SENDERS[name].event(word, 1, ADA, "a-token-of-a-message", at=AT, **more))


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_every_provider_says_who_when_and_which_message(name: str) -> None:
    one = of(name, SENDERS[name].bounce)
    assert (one.type, one.recipient, one.tokens[0]) == ("bounced", ADA, "a-token-of-a-message")
    assert one.at is not None and abs(one.at / 1e6 - AT) < 1
    assert one.key and one.message_ids
    assert one.bounce is not None and one.bounce.bounce_type == "permanent"


@pytest.mark.parametrize(
    ("name", "word", "kind"),
    [
        ("sendgrid", "processed", "sent"), ("sendgrid", "group_unsubscribe", "unsubscribed"), ("sendgrid", "spamreport", "complained"),
        ("ses", "Send", "sent"), ("ses", "DeliveryDelay", "deferred"), ("ses", "Complaint", "complained"), ("ses", "Reject", "rejected"),
        ("ses", "Rendering Failure", "rejected"), ("ses", "Subscription", None),
        ("mailgun", "accepted", "sent"), ("mailgun", "rejected", "rejected"), ("mailgun", "complained", "complained"),
        ("postmark", "SpamComplaint", "complained"), ("postmark", "Delivery", "delivered"), ("postmark", "Open", "opened"),
        ("sparkpost", "injection", "sent"), ("sparkpost", "delay", "deferred"), ("sparkpost", "policy_rejection", "rejected"),
        ("sparkpost", "link_unsubscribe", "unsubscribed"), ("sparkpost", "spam_complaint", "complained"),
        ("brevo", "request", "sent"), ("brevo", "soft_bounce", "bounced"), ("brevo", "blocked", "rejected"),
        ("brevo", "spam", "complained"),
        ("mailjet", "sent", "delivered"), ("mailjet", "blocked", "rejected"), ("mailjet", "unsub", "unsubscribed"),
        ("resend", "email.sent", "sent"), ("resend", "email.delivery_delayed", "deferred"), ("resend", "email.suppressed", "rejected"),
        ("mandrill", "send", "sent"), ("mandrill", "deferral", "deferred"), ("mandrill", "reject", "rejected"),
        ("postal", "MessageSent", "delivered"), ("postal", "MessageHeld", "deferred"), ("postal", "MessageLoaded", "opened"),
        ("generic", "delivered", "delivered"), ("generic", "complaint", "complained"), ("generic", "queued", None),
    ],
)  # fmt: skip
def test_words_mean_what_the_vendor_says(name: str, word: str, kind: str | None) -> None:
    assert of(name, word).type == kind


@pytest.mark.parametrize(
    ("name", "word", "more", "kind"),
    [
        ("mailgun", "failed", {"severity": "temporary"}, "deferred"),
        ("mailgun", "failed", {"reason": "suppress-bounce"}, "rejected"),
        ("postmark", "Bounce", {"Type": "Transient"}, "deferred"),
        ("postmark", "Bounce", {"Type": "AutoResponder"}, None),
        ("postmark", "Bounce", {"Type": "Unsubscribe"}, "unsubscribed"),
        ("postmark", "SubscriptionChange", {"SuppressSending": True, "SuppressionReason": "ManualSuppression"}, "unsubscribed"),
        ("postmark", "SubscriptionChange", {"SuppressSending": False, "SuppressionReason": None}, None),
        ("sparkpost", "bounce", {"bounce_class": "60"}, None),
        ("sparkpost", "bounce", {"bounce_class": "90"}, "unsubscribed"),
        ("mailjet", "bounce", {"error": "greylisted", "hard_bounce": False}, "deferred"),
        ("resend", "email.bounced", {"bounce": {"type": "Permanent", "subType": "Suppressed"}}, "rejected"),
    ],
)
def test_a_word_is_read_with_what_stands_beside_it(name: str, word: str, more: dict[str, Any], kind: str | None) -> None:
    assert of(name, word, **more).type == kind


@pytest.mark.parametrize(
    ("name", "word", "more", "bounce"),
    [
        ("sendgrid", "bounce", {"type": "blocked", "reason": "", "status": "", "bounce_classification": "Content"},
         ("temporary", "content")),
        ("sparkpost", "bounce", {"bounce_class": "22", "raw_reason": "452 4.2.2 Over quota"}, ("temporary", "mailbox_full")),
        ("sparkpost", "bounce", {"bounce_class": "51", "raw_reason": "no"}, ("temporary", "content")),
        ("brevo", "soft_bounce", {"reason": "452 4.2.2 mailbox full"}, ("temporary", "mailbox_full")),
        ("brevo", "invalid_email", {}, ("permanent", "user_unknown")),
        ("mailjet", "bounce", {"error": "quota exceeded", "comment": "", "hard_bounce": False}, ("temporary", "mailbox_full")),
        ("postmark", "Bounce", {"Type": "DMARCPolicy", "Details": ""}, ("temporary", "auth")),
        ("ses", "Bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull", "bouncedRecipients": [{"emailAddress": ADA}]},
         ("temporary", "mailbox_full")),
        ("mandrill", "soft_bounce", {}, ("temporary", "unknown")),
        ("postal", "MessageDeliveryFailed", {"status": "SoftFail", "output": "421 try later"}, ("temporary", "unknown")),
        ("generic", "bounced", {"bounce_type": "soft", "diagnostic_code": "", "category": "too_large"}, ("temporary", "too_large")),
    ],
)  # fmt: skip
def test_a_failure_is_judged_by_the_servers_words_then_by_the_providers_class(
    name: str, word: str, more: dict[str, Any], bounce: tuple[str, str]
) -> None:
    found = of(name, word, **more).bounce
    assert found is not None
    if bounce[1] != "unknown":
        assert (found.bounce_type, found.category) == bounce
    assert found.bounce_type == bounce[0]


@pytest.mark.parametrize(
    ("name", "word", "more"),
    [
        ("sendgrid", "open", {"sg_machine_open": True}),
        ("mailgun", "opened", {"client-info": {"bot": "apple"}}),
        ("sparkpost", "open", {"is_prefetched": True}),
        ("brevo", "proxy_open", {}),
        ("generic", "opened", {"is_machine": True}),
    ],
)
def test_a_machine_that_the_provider_knows_is_one(name: str, word: str, more: dict[str, Any]) -> None:
    one = of(name, word, **more)
    assert (one.type, one.is_machine) == ("opened", True)


def test_one_message_of_sns_may_be_about_several_recipients() -> None:
    event = SENDERS["ses"].event("Bounce", 1, ADA, at=AT)
    event["bounce"]["bouncedRecipients"].append({"emailAddress": "bob@example.com"})
    body = sns_message({"Type": "Notification", "TopicArn": "x", "Message": json.dumps(event)})
    both = read(PROVIDERS["ses"], Request({}, body, "", fetch))
    assert [one.recipient for one in both] == [ADA, "bob@example.com"]
    assert both[0].key != both[1].key


def test_brevos_two_words_for_a_first_open_are_one_event() -> None:
    assert of("brevo", "opened").key == of("brevo", "unique_opened").key != of("brevo", "proxy_open").key


def test_a_final_failure_and_the_end_of_the_subscription_are_one_at_postmark() -> None:
    change = of("postmark", "SubscriptionChange", SuppressSending=True, SuppressionReason="HardBounce")
    assert change.key == of("postmark", "Bounce").key


def test_an_empty_msys_asks_whether_we_are_there() -> None:
    assert read(PROVIDERS["sparkpost"], Request({}, b'[{"msys": {}}]', "", fetch)) == []


NAMES = ["event", "msys", "type", "data", "msg", "ts", "email", "event-data", "payload", "message", "bounce", "Message"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
@given(content=JSON)
def test_nothing_that_anybody_sends_breaks_the_reading(name: str, content: Any) -> None:
    provider = PROVIDERS[name]
    body = json.dumps(content)
    if "application/json" not in provider.kinds:
        body = urlencode({"mandrill_events": body})
    if name == "ses":
        body = json.dumps({"Type": "Notification", "MessageId": "x", "Message": body})
    kind = "application/json" if "application/json" in provider.kinds else min(provider.kinds)
    with contextlib.suppress(Refused):
        for one in read(provider, Request({"content-type": kind}, body.encode(), "", fetch)):
            assert isinstance(one.recipient, str) and len(one.url) <= 8192 and isinstance(one.key, str)


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (1795000000, 1, 1795000000), ("1795000000", 1, 1795000000), (1795000000000, 1000, 1795000000), (1795000000.5, 1, 1795000000.5),
        ("2026-11-18T13:46:40Z", 1, 1795009600), ("2026-11-18T13:46:40.1234567-04:00", 1, 1795024000.123456),
        ("2026-11-18T13:46:40", 1, 1795009600),
        (None, 1, None), ("soon", 1, None), (0, 1, None), (-5, 1, None), (10**18, 1, None), (True, 1, None), ([], 1, None),
        ("9" * 400, 1, None),
    ],
)  # fmt: skip
def test_times_come_in_many_forms(value: Any, unit: int, seconds: float | None) -> None:
    assert micros(value, unit) == (None if seconds is None else round(seconds * 1e6))


@pytest.mark.parametrize(
    "place",
    [
        {"lb_token": "token-123"},
        {"X-Little-Bell-Token": "token-123"},
        {"lb_token": ["token-123"]},
        '{"lb_token": "token-123"}',
        "lb_token: token-123",
        "token-123",
    ],
)
def test_the_token_is_found_in_every_form_of_metadata(place: Any) -> None:
    assert tokens({"other": 1}, None, place) == ["token-123"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "https://b.example/track/redirect/token-123?url=https%3A%2F%2Fa.example%2Fx%3Fy%3D1&s=1.x",
            ("https://a.example/x?y=1", "token-123"),
        ),
        ("https://a.example/x", ("https://a.example/x", "")),
        ("https://b.example/track/redirect/token-123", ("https://b.example/track/redirect/token-123", "")),
        (None, ("", "")),
        ("http://[", ("http://[", "")),
    ],
)  # fmt: skip
def test_a_provider_that_wraps_our_link_leads_to_where_ours_leads(url: Any, found: tuple[str, str]) -> None:
    assert destination(url) == found


def test_our_message_id_holds_the_token() -> None:
    assert message_id_token("<a.token=2Ehere@bell.example>") == "a.token.here"
    assert message_id_token("<x@y>") == message_id_token(None) == ""


def test_a_failure_without_words_is_unknown() -> None:
    found = failure(None)
    assert (found.reason, found.category) == ("unknown", "unknown")


def test_forms_of_mandrill_hold_many_events() -> None:
    sender = SENDERS["mandrill"]
    body = mandrill_wrap([sender.event("send", n, ADA) for n in range(3)], 0)
    assert len(read(PROVIDERS["mandrill"], Request({"content-type": sender.kind}, body, "", fetch))) == 3
