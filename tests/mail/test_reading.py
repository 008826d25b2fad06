"""What real mail systems write, one sample a form, and what we read in it."""

from pathlib import Path

import pytest

from little_bell.mail import Kind, Reading, read

SAMPLES = Path(__file__).parent / "samples"

#: sample: kind, then a line a recipient: address, reason, hard, permanent, status
EXPECTED: dict[str, tuple[str, list[tuple[str, str, bool, bool, str]]]] = {
    "postfix": ("bounce", [("ann@example.com", "user_unknown", True, True, "5.1.1")]),
    "postfix-after-data": ("bounce", [("bob@carrier.example", "mailbox_inactive", False, True, "5.0.0")]),
    "postfix-delay": ("delayed", [("ann@example.com", "expired", False, False, "4.4.1")]),
    "postfix-success": ("none", []),
    "sendmail-alias": ("bounce", [("carol@inbox.example", "mailbox_full", False, True, "5.2.2")]),
    "exchange-online": ("bounce", [("dave@example.org", "blocked", False, True, "5.7.1")]),
    "two-recipients": (
        "bounce",
        [
            ("ann@example.com", "mailbox_full", False, False, "4.2.2"),
            ("nobody@no-such-place.example", "host_unknown", True, True, "5.4.4"),
        ],
    ),
    "status-without-address": ("bounce", [("eve@example.net", "mailbox_inactive", False, True, "5.2.1")]),
    "forwarded-fields": ("bounce", [("ann@example.com", "too_large", False, True, "5.3.4")]),
    "wrong-boundary": ("bounce", [("ann@example.com", "user_unknown", True, True, "5.1.1")]),
    "qmail": (
        "bounce",
        [
            ("ann@example.com", "user_unknown", True, True, "5.1.1"),
            ("frank@example.org", "mailbox_full", False, False, "4.2.2"),
        ],
    ),
    "exim": ("bounce", [("ann@example.com", "user_unknown", True, True, "5.1.1")]),
    "exim-reverse-name": ("bounce", [("ann@example.com", "blocked", False, True, "5.0.973")]),
    "exim-delay": ("delayed", [("ann@example.com", "expired", False, False, "4.0.947")]),
    "gmail": ("bounce", [("grace@example.com", "auth", False, True, "5.7.26")]),
    "yahoo": ("bounce", [("henry@example.com", "policy", False, True, "5.7.9")]),
    "sentence": ("bounce", [("ida@example.com", "mailbox_full", False, True, "5.0.922")]),
    "html-only": ("bounce", [("ann@example.com", "user_unknown", True, True, "5.0.911")]),
    "names-nobody": ("bounce", [("jack@example.com", "mailbox_full", False, True, "5.0.922")]),
    "verp": ("bounce", [("kate@example.com", "mailbox_full", False, True, "5.0.922")]),
    "token-in-address": ("bounce", [("ann@example.com", "user_unknown", True, True, "5.0.911")]),
    "sieve-reject": ("bounce", [("paul@example.com", "mailbox_full", False, True, "5.0.922")]),
    "amazon-bounce": ("bounce", [("rita@example.com", "user_unknown", True, True, "5.1.1")]),
    "amazon-delivery": ("none", []),
    "success-in-words": ("none", []),
    "vacation": ("auto-reply", []),
    "person": ("none", []),
    "read-receipt": ("none", []),
}

#: sample: type of feedback, reader
COMPLAINTS = {
    "complaint-in-text": ("abuse", "sam@isp.example"),
    "complaint-of-outlook": ("abuse", "tess@outlook.example"),
    "unsubscribe-of-apple": ("opt-out", "uma@icloud.example"),
}


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def told(reading: Reading) -> list[tuple[str, str, bool, bool, str]]:
    judged = [(report, report.judgement) for report in reading.reports]
    return [
        (report.recipient, str(judgement.reason), judgement.hard, judgement.permanent, judgement.status)
        for report, judgement in judged
        if judgement is not None
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_form_says_who_failed_and_why(name: str) -> None:
    reading = read(sample(name))
    assert (str(reading.kind), told(reading)) == EXPECTED[name]


def test_every_sample_is_expected_to_mean_something() -> None:
    assert {path.stem for path in SAMPLES.glob("*.eml")} == set(EXPECTED) | COMPLAINTS.keys() | {"complaint"}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
def test_line_ends_make_no_difference(name: str, line_end: bytes) -> None:
    assert read(sample(name).replace(b"\n", line_end)) == read(sample(name))


def test_a_complaint_names_its_reader_and_our_message() -> None:
    reading = read(sample("complaint"))
    assert reading.kind is Kind.COMPLAINT
    assert [report.recipient for report in reading.reports] == ["quinn@isp.example"]
    assert (reading.feedback_type, reading.message_id, reading.tokens) == ("abuse", "42@sender.example", ("tok-00000030",))


@pytest.mark.parametrize("name", COMPLAINTS)
def test_complaints_come_in_forms_of_their_own_too(name: str) -> None:
    reading = read(sample(name))
    assert (reading.kind, reading.feedback_type, reading.reports[0].recipient) == (Kind.COMPLAINT, *COMPLAINTS[name])


def test_an_alias_is_told_with_the_address_that_the_sender_used() -> None:
    (report,) = read(sample("sendmail-alias")).reports
    assert (report.recipient, report.original_recipient) == ("carol@inbox.example", "carol@example.com")


def test_the_servers_words_and_names_are_kept() -> None:
    reading = read(sample("postfix"))
    (report,) = reading.reports
    assert reading.reporting_mta == "mx.sender.example"
    assert (report.remote_mta, report.action) == ("mx.example.com", "failed")
    assert report.diagnostic.startswith("550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown")
    assert report.judgement is not None and report.judgement.reply == 550 and report.judgement.is_status_given


def test_our_token_is_found_in_the_returned_mail_and_in_the_bounce_address() -> None:
    assert read(sample("qmail")).tokens == ("tok-00000010",)
    assert read(sample("token-in-address")).tokens == ("tok-in-verp-1234",)


def test_a_report_wrapped_into_another_mail_is_read() -> None:
    wrapped = b"From: scanner@example.com\nTo: a@sender.example\nContent-Type: message/rfc822\n\n" + sample("postfix")
    multipart = b'From: x@example.com\nContent-Type: multipart/mixed; boundary="w"\n\n--w\nContent-Type: message/rfc822\n\n'
    assert told(read(multipart + sample("postfix") + b"\n--w--\n")) == told(read(sample("postfix")))
    assert told(read(wrapped)) == told(read(sample("postfix")))
