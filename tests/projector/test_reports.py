"""Mail that came back: filed raw, read, and counted once for the message that it is about, wherever a projector dies."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.domain.events import MINUTE
from little_bell.journal.records import MOST_RAW, Report, report_of
from little_bell.models import from_micros
from little_bell.models.tables import bounces, dead_records, message_events, messages, webhook_receipts
from little_bell.projector.placing import DAY
from tests.fixtures.people import Person
from tests.projector.conftest import START, Post
from tests.projector.test_once import STEPS, Killed, dying_at

SENT = from_micros(START)
LATER = START + 120 * MINUTE


def bounce_to(address: str, *, returned: str = "", status: str = "5.1.1", action: str = "failed", words: str = "") -> bytes:
    """A delivery status notification as Postfix writes it."""
    date = from_micros(START + 90 * MINUTE).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return f"""From: MAILER-DAEMON@mx.sender.example (Mail Delivery System)
To: news@sender.example
Subject: Undelivered Mail Returned to Sender
Date: {date}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

<{address}>: {words or "550 5.1.1 User unknown"}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.sender.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words or "550 5.1.1 User unknown"}

--b
Content-Type: text/rfc822-headers

From: news@sender.example
To: {address}
{returned or "Subject: Hello"}

--b--
""".encode()


def complaint(kind: str, returned: str) -> bytes:
    return f"""From: fbl@isp.example
Subject: FW: Hello
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: isp/1.0
Version: 1

--b
Content-Type: message/rfc822

From: news@sender.example
To: token-one@example.com
{returned}

Hello

--b--
""".encode()


OUR_TOKEN = "X-Little-Bell-Token: token-one"
VACATION = f"From: ann@example.com\nAuto-Submitted: auto-replied\nSubject: Out of office\n\n> {OUR_TOKEN}\n".encode()


def came(post: Post, raw: bytes, source: str = "dsn", **more: Any) -> Report:
    return report_of(more.pop("tenant_id", post.tenant_id), source, raw, LATER, **more)


def receipts(post: Post) -> list[tuple[int, str, str]]:
    table = webhook_receipts.c
    return post.rows(select(table.tenant_id, table.state, table.outcome).order_by(table.id))


def test_a_bounce_is_filed_as_it_came_and_counted_for_its_message(post: Post) -> None:
    [_, message_id] = post.register("token-zero", "token-one")
    raw = bounce_to("token-one@example.com", returned=OUR_TOKEN)
    post.write(came(post, raw, "smtp"))
    post.project()

    message = post.message("token-one")
    assert (message.status, message.bounce_type, message.bounce_category) == ("bounced", "permanent", "user_unknown")
    assert message.bounced_at == from_micros(START + 90 * MINUTE)
    [event] = post.rows(select(message_events.c.type, message_events.c.verdict, message_events.c.source, message_events.c.details))
    assert event[:3] == ("bounced", "machine", "smtp") and event[3]["report"] == came(post, raw).digest
    bounce = post.rows(select(bounces.c.message_id, bounces.c.category, bounces.c.bounce_subtype, bounces.c.reason, bounces.c.source))
    assert bounce == [(message_id, "user_unknown", "5.1.1", "550 5.1.1 User unknown", "smtp")]
    table = webhook_receipts.c
    kept = post.rows(select(table.tenant_id, table.provider, table.external_id, table.headers, table.body, table.state, table.outcome))
    assert kept == [(post.tenant_id, "mail", came(post, raw).digest, {"source": "smtp"}, raw, "matched", "1 bounced")]
    assert post.stats("bounced", "sent", "delivered") == (1, 1, 0)


def test_the_same_mail_counts_once_however_often_and_on_whatever_way_it_comes(post: Post) -> None:
    post.register("token-one")
    raw = bounce_to("token-one@example.com", returned=OUR_TOKEN)
    post.write(came(post, raw, "smtp"), came(post, raw, "mailbox"))
    post.project()
    post.write(came(post, raw, "import", is_shared=True))
    post.project()
    assert [kind for kind, _ in post.events()] == ["bounced"]
    assert len(receipts(post)) == 1
    assert post.counts() == {"report_repeated": 2}
    assert post.recount().differences == []


def test_a_projector_killed_behind_any_write_leaves_nothing_and_the_next_one_counts_the_report_once(post: Post) -> None:
    post.register("token-one", "token-two")
    post.write(came(post, bounce_to("token-one@example.com", returned=OUR_TOKEN)), came(post, bounce_to("stranger@example.net")))
    for step in (*(step for step in STEPS if step != "park"), "write_receipts"):
        with post.projecting() as running, dying_at(step, Killed()), pytest.raises(Killed):
            running.fold()
        assert (post.events(), receipts(post)) == ([], []), step
    post.project()
    assert [kind for kind, _ in post.events()] == ["bounced"]
    assert [state for _, state, _ in receipts(post)] == ["matched", "unmatched"]
    assert post.recount().differences == []


@pytest.mark.parametrize(
    "returned",
    [
        OUR_TOKEN,
        "Message-ID: <token-one@bell.example>",
        "Message-ID: <their-own-id@mail.sender.example>",
        "Message-ID: <0100018f-5f@email.amazonses.example>",
        "Subject: to nobody else in these days",
    ],
    ids=["token", "token in the Message-ID", "Message-ID", "provider's id", "recipient and time"],
)
def test_the_message_is_found_by_whatever_survived(post: Post, returned: str) -> None:
    [message_id, _] = post.register("token-one", "token-two")
    known = {"their-own": "<their-own-id@mail.sender.example>", "0100018f": "0100018f-5f"}
    name = next((value for key, value in known.items() if key in returned), None)
    post.write(post.mark(message_id, "sent", 1, provider_message_id=name))
    post.project()
    alias = "alias@elsewhere.example" if "Subject" not in returned else "token-one@example.com"
    post.write(came(post, bounce_to(alias, returned=returned)))
    post.project()
    assert post.message("token-one").status == "bounced"
    assert post.message("token-two").status == "queued"


def test_of_several_messages_to_one_address_the_last_before_the_report_is_meant_or_the_one_with_its_subject(post: Post) -> None:
    ids = post.register("token-one", "token-two", "token-three")
    with writing(post.engine) as connection:
        connection.execute(update(messages).values(recipient_email="ann@example.com"))
        connection.execute(update(messages).where(messages.c.id == ids[0]).values(subject="Spring"))
        connection.execute(update(messages).where(messages.c.id == ids[2]).values(created_at=datetime(2199, 1, 1, tzinfo=UTC)))
    post.write(came(post, bounce_to("ann@example.com", returned="Subject: Spring")), came(post, bounce_to("Ann@example.com")))
    post.project()
    assert [post.message(token).status for token in ("token-one", "token-two", "token-three")] == ["bounced", "bounced", "queued"]


def test_two_recipients_of_one_report_are_two_messages(post: Post) -> None:
    post.register("token-one", "token-two")
    raw = bounce_to("token-one@example.com", returned=f"{OUR_TOKEN}\nX-Little-Bell-Token: token-two")
    second = b"Final-Recipient: rfc822; token-two@example.com\nAction: delayed\nStatus: 4.4.1\n\n--b\nContent-Type: text/rfc822-headers"
    post.write(came(post, raw.replace(b"--b\nContent-Type: text/rfc822-headers", second)))
    post.project()
    assert post.message("token-one").bounced_at and post.message("token-two").deferred_at
    assert receipts(post)[0][2] in ("1 bounced, 1 deferred", "1 deferred, 1 bounced")


def test_a_delay_is_no_bounce(post: Post) -> None:
    post.register("token-one")
    raw = bounce_to("token-one@example.com", returned=OUR_TOKEN, status="4.4.1", action="delayed", words="connection timed out")
    post.write(came(post, raw))
    post.project()
    message = post.message("token-one")
    assert (message.status, message.bounced_at, bool(message.deferred_at)) == ("queued", None, True)
    assert post.rows(select(bounces.c.id)) == []


@pytest.mark.parametrize(
    ("kind", "event"), [("abuse", "complained"), ("fraud", "complained"), ("opt-out", "unsubscribed"), ("something-new", "complained")]
)
def test_a_readers_complaint_counts(post: Post, kind: str, event: str) -> None:
    post.register("token-one")
    post.write(came(post, complaint(kind, OUR_TOKEN)))
    post.project()
    assert [kind for kind, _ in post.events()] == [event]


@pytest.mark.parametrize("kind", ["auth-failure", "dkim", "not-spam"])
def test_feedback_that_is_no_complaint_is_kept_and_counts_nothing(post: Post, kind: str) -> None:
    post.register("token-one")
    post.write(came(post, complaint(kind, OUR_TOKEN)))
    post.project()
    assert post.events() == []
    assert receipts(post) == [(post.tenant_id, "ignored", f"no complaint: {kind}")]


def test_an_automatic_reply_is_kept_and_counts_nothing(post: Post) -> None:
    post.register("token-one")
    post.write(came(post, VACATION), came(post, b"Subject: hello\n\nI liked your letter.\n"))
    post.project()
    assert post.events() == []
    assert [(state, outcome) for _, state, outcome in receipts(post)] == [
        ("ignored", "an automatic reply"),
        ("ignored", "nothing about a delivery"),
    ]
    assert post.counts() == {"report_ignored": 2}


def test_what_came_to_a_messages_own_bounce_address_is_about_no_other(post: Post) -> None:
    post.register("token-one", "token-two")
    post.write(came(post, bounce_to("token-two@example.com", returned="X-Little-Bell-Token: token-two"), token="token-one"))
    post.write(came(post, bounce_to("token-two@example.com"), token="token-that-is-gone"))
    post.project()
    assert (post.message("token-one").status, post.message("token-two").status) == ("bounced", "queued")
    assert [state for _, state, _ in receipts(post)] == ["matched", "unmatched"]


def test_another_tenants_message_is_nobodys(post: Post, charlie: Person) -> None:
    post.register("token-one")
    raw = bounce_to("token-one@example.com", returned=f"{OUR_TOKEN}\nMessage-ID: <token-one@bell.example>")
    post.write(came(post, raw, tenant_id=charlie.tenant_id))
    post.project()
    assert post.events() == []
    assert receipts(post) == [(charlie.tenant_id, "unmatched", "no message found: token-one@example.com")]


def test_in_a_mailbox_of_all_tenants_the_token_says_whose_it_is(post: Post, charlie: Person) -> None:
    post.register("token-one")
    raw = bounce_to("token-one@example.com", returned=OUR_TOKEN)
    post.write(came(post, raw, tenant_id=charlie.tenant_id, is_shared=True))
    post.write(came(post, bounce_to("token-one@example.com"), tenant_id=charlie.tenant_id, is_shared=True))
    post.project()
    assert [(tenant, state) for tenant, state, _ in receipts(post)] == [(post.tenant_id, "matched"), (charlie.tenant_id, "unmatched")]


def test_mail_that_a_database_cannot_take_as_text_is_counted_all_the_same(post: Post) -> None:
    post.register("token-one")
    raw = bounce_to("token-one@example.com", returned=OUR_TOKEN).replace(b"User unknown", b"User \0 \xff unknown")
    post.write(came(post, raw))
    post.project()
    assert post.message("token-one").status == "bounced"
    assert post.rows(select(dead_records.c.reason)) == []


def test_many_large_reports_are_read_some_at_a_time(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("little_bell.journal.segment.MOST_READ", 1_000)
    monkeypatch.setattr("little_bell.projector.source.MOST_READ", 1_000)
    post.register(*(f"token-no-{number}" for number in range(20)))
    for number in range(20):
        post.write(came(post, bounce_to(f"token-no-{number}@example.com", returned=f"X-Little-Bell-Token: token-no-{number}")))
    with post.projecting() as running:
        assert running.loop.step()
        assert 0 < len(receipts(post)) < 20
        running.fold()
    assert post.stats("bounced") == (20,)


def test_after_some_months_the_text_of_a_mail_goes_and_it_still_never_counts_again(post: Post) -> None:
    post.register("token-one", "token-two")
    old = bounce_to("token-one@example.com", returned=OUR_TOKEN)
    new = bounce_to("token-two@example.com", returned="X-Little-Bell-Token: token-two")
    post.write(report_of(post.tenant_id, "dsn", old, LATER - 100 * DAY), came(post, new))
    with post.projecting() as running:
        running.fold()
        running.keep_rare_house()
        post.write(came(post, old))
        running.fold()
    assert [body for (body,) in post.rows(select(webhook_receipts.c.body).order_by(webhook_receipts.c.id))] == [b"", new]
    assert (post.stats("bounced"), post.counts()) == ((2,), {"report_repeated": 1})


def test_no_more_of_a_mail_is_kept_than_is_read() -> None:
    assert len(report_of(1, "dsn", b"x" * 20_000_000, LATER).raw) == MOST_RAW
