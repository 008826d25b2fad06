"""`little-bell webhook …`: which providers are believed."""

import pytest

from tests.cli.conftest import CommandLine


def test_a_webhook_is_set_listed_and_removed(bell: CommandLine) -> None:
    made = bell("--json", "webhook", "set", "postmark").json
    assert made["url"].endswith("/webhooks/postmark/default") and made["secret"].startswith("bell:")
    assert "URL: " in bell("webhook", "set", "mailgun", "--secret", "key-0123456789", "--no-count-opens").out
    listed = bell("--json", "webhook", "list").json
    assert [(row["provider"], row["counts_opens"]) for row in listed] == [("mailgun", False), ("postmark", True)]
    assert bell("--json", "webhook", "deliveries").json == []
    assert bell("--json", "webhook", "remove", "mailgun").json == {"removed": "mailgun"}


@pytest.mark.parametrize("words", [("set", "nobody"), ("set", "sendgrid", "--secret", "no key at all"), ("remove", "mailgun")])
def test_what_cant_be_set_or_removed_is_said(bell: CommandLine, words: tuple[str, ...]) -> None:
    failed = bell("webhook", *words)
    assert (failed.code, failed.err.partition(" ")[0]) == (1, "Error:")
