"""A report that found no message is given to one by hand: it is counted then, and once."""

from sqlalchemy import select

from little_bell.actions.reports import dismiss_report
from little_bell.db import writing
from little_bell.journal.records import Assignment, report_of
from little_bell.models.tables import bounces, suppressions, webhook_receipts
from tests.projector.conftest import START, Post

MAIL = b"""From: MAILER-DAEMON@mx.example
Subject: Undelivered Mail Returned to Sender

<old-name@example.org>: host mx.example.org said: 550 5.1.1 User unknown
"""


def file(post: Post) -> str:
    report = report_of(post.tenant_id, "mailbox", MAIL, START + 1)
    post.write(report)
    post.project()
    assert post.rows(select(webhook_receipts.c.state)) == [("unmatched",)]
    return report.digest


def test_a_report_is_counted_for_the_message_it_was_given_to_and_only_once(post: Post) -> None:
    [message_id] = post.register("the-message")
    digest = file(post)
    given = Assignment(post.tenant_id, digest, message_id, START + 2)
    post.write(given, given)
    post.project()
    post.write(given)
    post.project()
    assert post.rows(select(bounces.c.message_id, bounces.c.category, bounces.c.is_hard)) == [(message_id, "user_unknown", True)]
    assert post.rows(select(webhook_receipts.c.state, webhook_receipts.c.outcome)) == [("matched", "1 bounced, by hand")]
    assert post.rows(select(suppressions.c.address)) == [("the-message@example.com",)]
    assert post.recount().differences == []


def test_a_report_cant_be_given_to_another_tenants_message_nor_by_another_tenant(post: Post, charlie) -> None:  # type: ignore[no-untyped-def]
    campaign_id = post.new_campaign(charlie.tenant_id)
    [theirs] = post.register("charlies", campaign_id=campaign_id, tenant_id=charlie.tenant_id)
    digest = file(post)
    post.write(Assignment(post.tenant_id, digest, theirs, START + 2), Assignment(charlie.tenant_id, digest, theirs, START + 2))
    post.project()
    assert post.events() == []
    assert post.rows(select(webhook_receipts.c.state)) == [("unmatched",)]


def test_a_dismissed_report_waits_no_more(post: Post) -> None:
    [message_id] = post.register("the-message")
    digest = file(post)
    with writing(post.engine) as connection:
        dismiss_report(connection, post.tenant_id, 1, "tests")
    post.write(Assignment(post.tenant_id, digest, message_id, START + 2))
    post.project()
    assert post.events() == []
    assert post.rows(select(webhook_receipts.c.state)) == [("dismissed",)]
