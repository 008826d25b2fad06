"""What codes and words of mail systems mean."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.bounces import Reason, classify, judge
from little_bell.domain.bounces.codes import find_reply, find_status
from little_bell.domain.bounces.phrases import plain

DEAD, PERMANENT, PASSING = (True, True), (True, False), (False, False)  # permanent, hard

REPLIES: dict[str, tuple[str, tuple[bool, bool]]] = {
    "550 5.1.1 User unknown": ("user_unknown", DEAD),
    "550 No such user here": ("user_unknown", DEAD),
    "550 5.1.6 The user has moved, no forwarding address": ("user_unknown", DEAD),
    "550 5.4.1 Recipient address rejected: Access denied": ("user_unknown", DEAD),
    "450 4.1.1 <ann@example.com>: Recipient address rejected: User unknown": ("user_unknown", PASSING),
    "550 5.2.1 The email account that you tried to reach is disabled": ("mailbox_inactive", PERMANENT),
    "452 4.2.2 Mailbox full": ("mailbox_full", PASSING),
    "552 5.2.2 Over quota": ("mailbox_full", PERMANENT),
    "Mailbox full": ("mailbox_full", PASSING),
    "550 5.1.2 Host unknown": ("host_unknown", DEAD),
    "Name service error for name=no.example type=A: Host not found": ("host_unknown", DEAD),
    "Name service error for name=no.example type=MX: Host not found, try again": ("network", PASSING),
    "554 5.4.14 Hop count exceeded - possible mail loop": ("network", PERMANENT),
    "connect to mx.example.com[192.0.2.1]:25: Connection timed out": ("expired", PASSING),
    "554 5.7.1 Message rejected as spam": ("content", PERMANENT),
    "550 This message contains a virus": ("content", PERMANENT),
    "550 5.7.1 Client host [192.0.2.1] blocked using a DNSBL": ("blocked", PERMANENT),
    "553 5.1.8 Sender address rejected: Domain not found": ("blocked", PERMANENT),
    "421 4.7.0 Try again later, closing connection": ("blocked", PASSING),
    "421-4.7.28 an unusual rate of unsolicited mail originating from your IP address": ("blocked", PASSING),
    "554 5.7.1 Relay access denied": ("policy", PERMANENT),
    "554 5.7.9 Message not accepted for policy reasons": ("policy", PERMANENT),
    "550 5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy": ("auth", PERMANENT),
    "530 5.7.0 Must issue a STARTTLS command first": ("auth", PERMANENT),
    "552 5.3.4 Message size exceeds fixed limit": ("too_large", PERMANENT),
    "451 4.3.0 Temporary local problem": ("server", PASSING),
    "550 5.1.10 The domain doesn't accept mail (null MX)": ("server", DEAD),
    "554 Transaction failed": ("unknown", PERMANENT),
    "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required": ("policy", PERMANENT),
    "550 5.1.1 Adresse d au moins un destinataire invalide. OFR_416": ("user_unknown", DEAD),
    "550 5.2.0 Mail rejete. OFR_506": ("content", PERMANENT),
    "421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints": ("blocked", PASSING),
    "550 5.7.510 Access denied, example.com does not accept email over IPv6": ("blocked", PERMANENT),
    "550 Empfänger unbekannt": ("user_unknown", DEAD),
    "": ("unknown", PERMANENT),
}


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_has_a_category_and_says_how_long_it_lasts(reply: str) -> None:
    assert classify(reply) == (REPLIES[reply][0], *REPLIES[reply][1])


def test_a_status_alone_says_enough() -> None:
    assert classify("", "5.1.1") == ("user_unknown", True, True)
    assert classify("no words that anybody knows", "4.4.7") == ("expired", False, False)


def test_every_reason_can_be_reached() -> None:
    assert {category for category, _ in REPLIES.values()} == {str(reason) for reason in Reason}


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("550-5.7.1 one\n550 5.7.1 two", "5.7.1"),
        ("554 5.0.0 failed: 550 5.2.2 full", "5.2.2"),
        ("5.1.0 - Unknown address error 550-'5.2.2 full'", "5.2.2"),
        ("4.4.7 Message expired: gave up.<421 4.4.2 timed out>", "4.4.2"),
        ("host 192.5.1.1 said no", None),
        ("version 5.1.1.2", None),
        ("", None),
    ],
)
def test_the_status_that_tells_most_is_taken(words: str, status: str | None) -> None:
    assert find_status(words) == status


@pytest.mark.parametrize(
    ("words", "reply"), [("550 no", 550), ("said: 421-4.7.0 no", 421), ("192.0.2.250", None), ("in 500.5 s", None), ("(state 450)", 450)]
)
def test_only_a_reply_code_is_one(words: str, reply: int | None) -> None:
    assert find_reply(words) == reply


def test_addresses_and_codes_are_no_words() -> None:
    assert plain("550 5.1.1 <spam-virus-full@example.com>: User  Unknown").strip() == "@ : user unknown"
    assert classify("550 5.1.1 <over-quota@example.com> no").category == "user_unknown"


def test_unknown_to_data_is_a_filter_and_to_mail_from_the_sender() -> None:
    assert judge("550 Unknown user bob@example.com", "5.0.0", command="data").reason is Reason.MAILBOX_INACTIVE
    assert judge("550 5.1.1 User unknown", "5.1.1", command="data").reason is Reason.USER_UNKNOWN
    assert judge("550 No such domain", command="mail").reason is Reason.BLOCKED
    assert judge("554 no", command="connect").reason is Reason.BLOCKED


def test_a_status_is_derived_where_none_was_given_and_says_so() -> None:
    derived, given_one = judge("550 No such user"), judge("550 5.1.1 No such user")
    assert (derived.status, derived.is_status_given) == ("5.0.911", False)
    assert (given_one.status, given_one.is_status_given) == ("5.1.1", True)


def test_what_is_still_tried_is_neither_permanent_nor_hard() -> None:
    judged = judge("550 5.1.1 User unknown", is_delayed=True)
    assert not judged.permanent and not judged.hard


@given(st.text(max_size=300), st.none() | st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True))
def test_any_words_are_judged_and_only_what_is_permanent_is_hard(words: str, status: str | None) -> None:
    category, permanent, hard = classify(words, status)
    assert category in set(Reason)
    assert permanent or not hard


def test_every_reason_is_explained_in_the_documents() -> None:
    page = (Path(__file__).parents[2] / "docs/bounces.md").read_text()
    assert [reason for reason in Reason if f"| `{reason}` |" not in page] == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Bad destination mailbox address", "5.1.1"),
        ("Bad destination system address", "5.1.2"),
        ("Bad destination mailbox address syntax", "5.1.3"),
        ("Destination mailbox has moved, no forwarding address", "5.1.6"),
        ("Bad sender's mailbox address syntax", "5.1.7"),
        ("Bad sender's system address", "5.1.8"),
        ("Mailbox disabled, not accepting messages", "5.2.1"),
        ("Mailbox full", "5.2.2"),
        ("Message length exceeds administrative limit", "5.2.3"),
        ("Mail system full", "5.3.1"),
        ("System not accepting network messages", "5.3.2"),
        ("Message too big for system", "5.3.4"),
        ("No answer from host", "4.4.1"),
        ("Directory server failure", "4.4.3"),
        ("Unable to route", "5.4.4"),
        ("Mail system congestion", "4.4.5"),
        ("Routing loop detected", "5.4.6"),
        ("Delivery time expired", "4.4.7"),
        ("Invalid command", "5.5.1"),
        ("Too many recipients", "5.5.3"),
        ("Media not supported", "5.6.1"),
        ("Delivery not authorized, message refused", "5.7.1"),
        ("Security features not supported", "5.7.4"),
        ("Message integrity failure", "5.7.7"),
    ],
)
def test_the_words_of_rfc_3463_mean_what_their_status_means(words: str, status: str) -> None:
    assert judge(words).reason is judge("", status).reason
