"""Mails that are no reports: automatic replies, receipts, warnings, newsletters, and letters of people who write about bounces."""

import pytest

from little_bell.mail import Kind, read
from tests.mail.letters import mail

QUIET = {
    "vac null path": mail(
        "I am out until Monday. If delivery of your order failed, write to bob@example.com. Your mail could not be delivered to my phone.",
        "Re: Hello",
        "Ann <ann@example.com>",
        "Return-Path: <>\nAuto-Submitted: auto-replied\n",
    ),
    "vac2": mail(
        "I left the company, ann@example.com is no longer in use. Please write to bob@example.com.",
        "Automatic reply: Hello",
        "Ann <ann@example.com>",
        "X-Auto-Response-Suppress: All\nReturn-Path: <>\n",
    ),
    "vac3": mail(
        "Thank you for your message. My mailbox is full of mail, I answer soon.",
        "Auto: Hello",
        "ann@example.com",
        "Return-Path: <>\nPrecedence: auto_reply\n",
    ),
    "quota warn": mail(
        "Your mailbox user@sender.example is at 90% of its quota. Please remove some mails.",
        "Mailbox quota warning",
        "MAILER-DAEMON@sender.example",
    ),
    "quota warn2": mail(
        "Your mailbox is almost full. You will not receive mail when it is full.",
        "Your mailbox is almost full",
        "postmaster@sender.example",
    ),
    "dmarc": mail(
        "This is an aggregate report from example.com",
        "Report domain: sender.example Submitter: example.com Report-ID: 1",
        "noreply-dmarc-support@example.com",
    ),
    "tls": mail(
        "TLS report", "Report Domain: sender.example Submitter: google.com Report-ID: <1>", "noreply-smtp-tls-reporting@google.com"
    ),
    "challenge": mail(
        "I apologize for this automatic reply to your email. To control spam, I now allow incoming messages only from "
        "senders I have approved beforehand. Click to be added.",
        "[Auto] please confirm",
        "Ann <ann@example.com>",
    ),
    "person": mail(
        "The delivery of parcel 12 failed, the address does not exist. Could you not deliver it to bob@example.com?",
        "Undeliverable parcel?",
        "Ann <ann@example.com>",
    ),
    "person2": mail(
        "> Your message could not be delivered\nDid you get that too? ann@example.com",
        "Re: Undelivered Mail Returned to Sender",
        "Bob <bob@example.com>",
    ),
    "success": mail(
        "Your message was successfully delivered to the destination(s) listed below.\n\n<ann@example.com>: delivered to mailbox",
        "Successful Mail Delivery Report",
        "MAILER-DAEMON@mx.example",
    ),
    "exchange receipt": mail(
        "Your message was delivered to the following recipients:\n\nann@example.com", "Delivered: Hello", "postmaster@example.com"
    ),
    "relayed": mail(
        "Delivery to these recipients or groups is complete, but no delivery notification was sent by the destination "
        "server:\n\n"
        "ann@example.com",
        "Relayed: Hello",
        "postmaster@example.com",
    ),
    "read": mail("Your message was read on Monday", "Read: Hello", "Ann <ann@example.com>"),
    "unsub": mail("unsubscribe", "unsubscribe", "Ann <ann@example.com>"),
    "newsletter": mail(
        "Delivery failed? Our new delivery system makes sure your parcels are returned to sender. user unknown",
        "Delivery report of our shop",
        "Shop <noreply@shop.example>",
    ),
    "mailman": mail("The attached message has been automatically discarded.", "Auto-discard notification", "mailman-bounces@lists.example"),
    "mailman2": mail(
        "Your mail to 'list' with the subject Hello is being held until the list moderator can review it for approval.",
        "Your message to list awaits moderator approval",
        "list-owner@lists.example",
    ),
    "ticket": mail(
        "We have received your request. Ticket 12. Do not reply: undeliverable mail is not read",
        "[#12] We received your message",
        "support@example.com",
        "Auto-Submitted: auto-generated\n",
    ),
    "cron": mail(
        "rm: cannot remove file: No such file",
        "Cron <root@host> cleanup",
        "Cron Daemon <root@host.example>",
        "Auto-Submitted: auto-generated\n",
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_report_is_not_taken_for_one(name: str) -> None:
    assert read(QUIET[name]).kind in (Kind.NONE, Kind.AUTO_REPLY)
