"""What reported a bounce is shown as it came, and not at all once it is gone."""

import zlib
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.domain.errors import NotFound
from little_bell.journal.records import report_of
from little_bell.models.tables import message_events, webhook_receipts
from little_bell.queries.bounce_reports import MOST_SHOWN, raw_of_bounce, shown
from little_bell.queries.bounces import BounceFilter, get_bounce, list_bounces
from tests.projector.conftest import START, Post, post  # noqa: F401 - a fixture


def bounce_of(post: Post) -> Any:  # noqa: F811
    post.register("the-token")
    post.write(
        report_of(
            post.tenant_id,
            "smtp",
            b"From: MAILER-DAEMON\n\n<the-token@example.com>:\n550 5.1.1 no such user\n",
            START + 1,
            token="the-token",
        )
    )
    post.project()
    with post.engine.connect() as connection:
        return list_bounces(connection, post.tenant_id, BounceFilter()).rows[0]


def test_the_mail_is_shown_until_it_is_gone(post: Post, charlie: Any) -> None:  # noqa: F811
    bounce = bounce_of(post)
    with post.engine.connect() as connection:
        raw = raw_of_bounce(connection, post.tenant_id, bounce)
        assert raw is not None and raw.is_mail and "550 5.1.1 no such user" in raw.text
        assert raw_of_bounce(connection, charlie.tenant_id, bounce) is None
        with pytest.raises(NotFound):
            get_bounce(connection, charlie.tenant_id, bounce.id)
    with writing(post.engine) as connection:
        connection.execute(update(webhook_receipts).values(body=b""))
        assert raw_of_bounce(connection, post.tenant_id, bounce) is None


def test_a_providers_webhook_is_unpacked(post: Post) -> None:  # noqa: F811
    bounce = replace(bounce_of(post), source="sendgrid")
    with writing(post.engine) as connection:
        name = connection.execute(select(webhook_receipts.c.external_id)).scalar_one()
        connection.execute(update(webhook_receipts).values(provider="sendgrid", body=zlib.compress(b'[{"event":"bounce"}]')))
        connection.execute(update(message_events).where(message_events.c.id == bounce.id).values(details={"receipt": name}))
        raw = raw_of_bounce(connection, post.tenant_id, bounce)
        assert raw is not None and (raw.text, raw.is_mail) == ('[{"event":"bounce"}]', False)
        connection.execute(update(webhook_receipts).values(body=b""))
        assert raw_of_bounce(connection, post.tenant_id, bounce) is None


def test_what_is_shown_is_text_and_bounded() -> None:
    assert shown(b"a\r\nb\x00\x1b[31m\xff") == "a\nb\ufffd\ufffd[31m\ufffd"
    assert len(shown(b"x" * 10 * MOST_SHOWN)) == MOST_SHOWN
