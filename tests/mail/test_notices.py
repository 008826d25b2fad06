"""Notices in free text, in the forms that mail systems document or are known for."""

import pytest

from little_bell.mail import Kind, read
from tests.mail.letters import RETURNED, mail

NOTICES: dict[str, tuple[bytes, str]] = {
    "mxlogic": (
        mail(
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to one or more of its\n"
            "recipients. This is a permanent error. The following address failed:\n\n"
            "  <ann@example.com>: 550 5.1.1 User unknown\n\nIncluded is a copy of the message header:\n" + RETURNED
        ),
        "user_unknown",
    ),
    "mailfoundry": (
        mail(
            "This is the MailFoundry mail system.\n\nUnable to deliver message to: <ann@example.com>\n"
            "Delivery failed for the following reason:\n"
            "Server mx22.example.com[192.0.2.222] failed with: 550 <ann@example.com> No such user here\n\n"
            "This has been a permanent failure.  No further delivery attempts will be made.\n" + RETURNED,
            "Message delivery has failed",
        ),
        "user_unknown",
    ),
    "x3": (
        mail(
            "============================================================================\n"
            "      This message was created automatically by mail delivery software.\n\n"
            " A message that you sent could not be delivered to the following recipient.\n\n  * ann@example.com\n\n"
            "    SMTP; 550 5.1.1 <ann@example.com> User unknown\n"
            "============================================================================\n" + RETURNED,
            "Delivery status notification",
        ),
        "user_unknown",
    ),
    "interscan": (
        mail(
            "Message from InterScan Messaging Security Suite\n\nSent >>> RCPT TO:<ann@example.com>\n"
            "Received <<< 550 5.1.1 <ann@example.com>... user unknown\n\nUnable to deliver message to <ann@example.com>\n\n"
            "************************     Original Message    ************************" + RETURNED,
            "Mail Delivery Failure / System Administrator",
            '"InterScan MSS" <postmaster@example.net>',
        ),
        "user_unknown",
    ),
    "mailmarshal": (
        mail(
            "Your message:\n   From:    news@sender.example\n   Subject: Hello\n\nCould not be delivered because of\n\n"
            "550 5.1.1 User unknown\n\nThe following recipients were affected: \n    ann@example.com\n\n"
            "Additional Information\n======================\nOriginal Sender:    <news@sender.example>\n"
            "Sender-MTA:         <10.1.1.1>\nRemote-MTA:         <10.1.1.2>\nReporting-MTA:      <relay.example.net>\n"
            "MessageName:        <B549996730000.000000000001.0003.mml>\nLast-Attempt-Date:  <23:34:45 Thu, 29 Apr 2012>\n",
            'Undeliverable Mail: "Hello"',
        ),
        "user_unknown",
    ),
    "surfcontrol": (
        mail(
            "Your message could not be sent.\nA transcript of the attempts to send the message follows.\n"
            "The number of attempts made: 1\nAddressed To: ann@example.com\n\nThu 29 Apr 2010 23:34:45 +0900\n"
            "Failed to send to identified host,\nann@example.com: [192.0.2.5], 550 ann@example.com... No such user\n\n"
            "--- Message non-deliverable.\n",
            "Message could not be delivered",
            "Mail Administrator <postmaster@example.net>",
        ),
        "user_unknown",
    ),
    "hmail": (
        mail(
            "Your message did not reach some or all of the intended recipients.\n\n"
            "   Sent: Thu, 1 Jan 2024 00:00:00 +0000\n   Subject: Hello\n\n"
            "The following recipient(s) could not be reached:\n\nann@example.com\n   Error Type: SMTP\n"
            "   Remote server (192.0.2.4) issued an error.\n   hMailServer sent: RCPT TO:<ann@example.com>\n"
            "   Remote server replied: 550 5.1.1 User unknown\n\nhMailServer\n",
            "Message undeliverable: Hello",
        ),
        "user_unknown",
    ),
    "smartermail": (
        mail(
            "Could not deliver message to the following recipient(s):\n\nFailed Recipient: ann@example.com\n"
            "Reason: Remote host said: 550 No such user here\n\n"
            "   -- The header and top 20 lines of the message follows --\n" + RETURNED,
            "Delivery Failure",
            "System Administrator <postmaster@example.net>",
        ),
        "user_unknown",
    ),
    "mailenable": (
        mail(
            "MailEnable Notification: Delivery Failure\n\n"
            "Your message could not be delivered to the following recipients:\n\nRecipient: [SMTP:ann@example.com]\n"
            "Reason: Mailbox ann is full; quota exceeded\n\n------------------- Returned message -----" + RETURNED,
            "Message could not be delivered",
        ),
        "mailbox_full",
    ),
    "communigate": (
        mail(
            "Failed to deliver to '<ann@example.com>'\nLOCAL module(account ann) reports:\n account is full (quota exceeded)\n" + RETURNED,
            "Undeliverable mail: Hello",
            "<MAILER-DAEMON@example.net>",
        ),
        "mailbox_full",
    ),
    "kerio": (
        mail(
            "Your message could not be delivered to the following recipients:\n\n"
            "  ann@example.com (552 5.2.2 Mailbox full)\n\nThis is a permanent error.",
            "Delivery failed",
            "postmaster@example.net",
        ),
        "mailbox_full",
    ),
    "smail": (
        mail(
            "|------------------------- Message log follows: -------------------------|\n"
            " no valid recipients were found for this message\n"
            "|------------------------- Failed addresses follow: ---------------------|\n"
            " <ann@example.com> ... unknown user\n"
            "|------------------------- Message text follows: ------------------------|" + RETURNED,
            "mail failed, returning to sender",
        ),
        "user_unknown",
    ),
    "yahoo new": (
        mail(
            "Sorry, we were unable to deliver your message to the following address.\n\n<ann@example.com>:\n"
            "550: 5.1.1 <ann@example.com>: Recipient address rejected: User unknown in virtual mailbox table\n\n"
            "---------- Forwarded message ----------\nHello",
            "Failure Notice",
            "MAILER-DAEMON@yahoo.com",
        ),
        "user_unknown",
    ),
    "gmail html": (
        mail(
            "** Message blocked **\n\n"
            "Your message to ann@example.com has been blocked. See technical details below for more information.\n\n"
            "The response was:\n\n554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using Spamhaus\n",
            "Delivery Status Notification (Failure)",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        "blocked",
    ),
    "gmail nf": (
        mail(
            "** Address not found **\n\n"
            "Your message wasn't delivered to ann@example.com because the address couldn't be found, or is unable to receive "
            "mail.\n\n"
            "The response was:\n\n550 5.1.1 The email account that you tried to reach does not exist.",
            "Delivery Status Notification (Failure)",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        "user_unknown",
    ),
    "gmail incomplete": (
        mail(
            "** Delivery incomplete **\n\n"
            "There was a temporary problem delivering your message to ann@example.com. Gmail will retry for 46 more hours. "
            "You'll be notified if the delivery fails permanently.\n\n"
            "The response was:\n\n"
            "The recipient server did not accept our requests to connect. Learn more at "
            "https://support.google.com/mail/answer/7720\n"
            "[example.com 192.0.2.1: timed out]",
            "Delivery Status Notification (Delay)",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        ),
        "expired",
    ),
    "gmx": (
        mail(
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to\none or more of its recipients. The following addresses\n"
            'failed:\n\n"ann@example.com"\nSMTP error from remote server after RCPT command:\nhost: mx.example.jp\n'
            "5.1.1 <ann@example.com>... User Unknown\n\n--- The header of the original message is following. ---\n" + RETURNED,
            "Mail delivery failed: returning message to sender",
        ),
        "user_unknown",
    ),
    "1und1": (
        mail(
            "This message was created automatically by mail delivery software.\n\n"
            "A message that you sent could not be delivered to\n"
            "one or more of its recipients. This is a permanent error.\n\nThe following address failed:\n\n"
            "ann@example.com:\n"
            "SMTP error from remote server for RCPT TO command, host: mx.example.com (192.0.2.1) reason: 550 5.2.1 The email "
            "account that you tried to reach is disabled\n\n"
            "--- The header of the original message is following. ---" + RETURNED
        ),
        "mailbox_inactive",
    ),
    "ironport": (
        mail(
            "The following message to <ann@example.com> was undeliverable.\nThe reason for the problem:\n"
            "5.1.0 - Unknown address error 550-'5.1.1 <ann@example.com>... User unknown'\n",
            "Delivery Status Notification (Failure)",
            "Mail Delivery System <MAILER-DAEMON@esa.example.net>",
        ),
        "user_unknown",
    ),
    "proofpoint": (
        mail(
            "Your message has encountered delivery problems\nto the following recipient(s):\n\nann@example.com\n"
            "Your message was rejected by mx.example.com for the following reason:\n\n  5.1.1 User unknown\n",
            "Undelivered Mail Returned to Sender",
            "postmaster@pps.example.net",
        ),
        "user_unknown",
    ),
    "mimecast": (
        mail(
            "This is an automatically generated message. Your message could not be delivered to the following recipients:\n\n"
            "ann@example.com\n\nReason: 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550\n",
            "Undelivered Mail: Hello",
            "Postmaster <postmaster@mimecast.example>",
        ),
        "user_unknown",
    ),
    "barracuda": (
        mail(
            "Your message to:\nann@example.com\n"
            "was blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\n"
            "Subject: Hello\n",
            "**Message you sent blocked by our bulk email filter**",
            "Barracuda Spam Firewall <postmaster@example.net>",
        ),
        "content",
    ),
    "exchange old": (
        mail(
            "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tHello\n"
            "      Sent:\t1/1/2024 12:00 AM\n\nThe following recipient(s) could not be reached:\n\n"
            "      ann@example.com on 1/1/2024 12:00 AM\n"
            "            The e-mail account does not exist at the organization this message was sent to.  Check the e-mail "
            "address, or contact the recipient directly to find out the correct address.\n"
            "            <mx.example.net #5.1.1>\n",
            "Undeliverable: Hello",
            "System Administrator <postmaster@example.net>",
        ),
        "user_unknown",
    ),
    "zimbra delay": (
        mail(
            "This is the mail system at host mx.example.net.\n\n"
            "####################################################################\n"
            "# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"
            "####################################################################\n\n"
            "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n"
            "<ann@example.com>: connect to mx.example.com[192.0.2.1]:25: Connection timed out\n",
            "Delayed Mail (still being retried)",
        ),
        "expired",
    ),
    "postfix unverified": (
        mail(
            "<ann@example.com>: host mx.example.com[192.0.2.1] said: 450 4.1.1 <ann@example.com>: Recipient address rejected: "
            "unverified address: Address verification in progress (in reply to RCPT TO command)\n"
            "",
            "Undelivered Mail Returned to Sender",
        ),
        "user_unknown",
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_each_form_names_its_recipient_and_the_reason(name: str) -> None:
    raw, reason = NOTICES[name]
    reading = read(raw)
    told = [(report.recipient, str(report.judgement.reason)) for report in reading.reports if report.judgement]
    assert (reading.kind in (Kind.BOUNCE, Kind.DELAYED), told) == (True, [("ann@example.com", reason)])
