"""Whatever comes by mail: nothing raises, and reading takes bounded time."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from little_bell.mail import read
from tests.mail.test_reading import SAMPLES

#: CPU seconds for the worst of mails, with room for slow machines.
LONGEST = 3.0
RAW = {path.stem: path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))}

pieces = st.sampled_from(
    [
        b"Content-Type: multipart/report; boundary=b\n", b"Content-Type: message/delivery-status\n", b"\n", b"\n\n",
        b"--b\n", b"--b--\n", b"--",
        b"From: MAILER-DAEMON\n", b"Subject: failure notice\n", b"Final-Recipient: rfc822; a@example.com\n",
        b"Action: failed\n", b"Status: 5.1.1\n",
        b"Diagnostic-Code: smtp; 550 no\n", b"<a@example.com>:\n", b"550 5.1.1 User unknown\n", b"Content-Transfer-Encoding: base64\n",
        b"=?utf-8?b?//?=",
        b"Content-Type: text/html; charset=hex\n", b"<style>", b"<!--", b"\r", b"\x00", b"\xff\xfe", b"=\n", b" (expanded from: ",
        b'{"notificationType"',
    ]
)  # fmt: skip


@settings(max_examples=5_000)
@given(st.lists(pieces | st.binary(max_size=40), max_size=40).map(b"".join))
@example(b"")
@example(b"\n" * 1000)
@example(b"Content-Type: multipart/mixed; boundary=\n\n--\n")
def test_no_mail_raises_or_takes_long(raw: bytes) -> None:
    started = time.process_time()
    read(raw)
    assert time.process_time() - started < LONGEST


@settings(max_examples=5_000)
@given(st.sampled_from(sorted(RAW)), st.integers(0, 4_000), st.integers(0, 4_000), st.binary(max_size=30))
def test_no_truncated_or_damaged_report_raises(name: str, start: int, end: int, junk: bytes) -> None:
    raw = RAW[name]
    read(raw[:start])
    read(raw[: min(start, end)] + junk + raw[max(start, end) :])


def _nested(depth: int) -> bytes:
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(depth))
    return b"From: MAILER-DAEMON\n" + opened + b"\n<a@example.com>:\nUser unknown\n"


def _noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


HEAVY = {
    "20 MB behind a report": RAW["qmail"] + b"x" * 79 * 250_000,
    "20 MB of short lines": b"From: MAILER-DAEMON\n\n" + b"a\n" * 10_000_000,
    "20 MB of noise": b"From: MAILER-DAEMON\n\n" + _noise(20_000_000),
    "20 MB of headers": b"X: y\n" * 4_000_000,
    "one header of 20 MB": b"Subject: " + b"a" * 20_000_000,
    "nested 5,000 deep": _nested(5_000),
    "nested in itself": b"From: MAILER-DAEMON\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 200_000,
    "many recipients": b"From: MAILER-DAEMON\n\n"
    + b"".join(b"<user%d@example.com>:\nUser unknown\n\n" % number for number in range(100_000)),
    "many addresses in sentences": b"From: MAILER-DAEMON\n\n" + b"mail to a@example.com and b@example.com failed " * 50_000,
    "a long delivery status": RAW["postfix"].replace(
        b"Action: failed", b"Action: failed\nFinal-Recipient: rfc822; b@example.com\n" * 20_000
    ),
    "styles that never end": b"From: MAILER-DAEMON\nContent-Type: text/html\n\n" + b"<style><!--<br" * 100_000,
    "addresses that never end": b"From: MAILER-DAEMON\n\n" + b"a@" * 500_000,
    "a word that never ends": b"From: MAILER-DAEMON\n\n" + b"a.b-c_" * 200_000 + b"@example.com",
    "a long reply": b"From: MAILER-DAEMON\n\n<a@example.com>:\n" + b"550 5.1.1 5.7.1 <<< >>> ( " * 40_000,
    "encoded words": b"From: MAILER-DAEMON\nSubject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\n<a@example.com>:\nno\n",
    "bare returns": (RAW["postfix"] * 500).replace(b"\n", b"\r"),
    "braces": b'From: MAILER-DAEMON\n\n{"notificationType":' + b'{"a":' * 100_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_mail_is_read_in_bounded_time(name: str) -> None:
    started = time.process_time()
    read(HEAVY[name])
    assert time.process_time() - started < LONGEST
