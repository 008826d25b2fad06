"""A recipient is forgotten while several projectors share the journal: what one hands on to another names nobody either."""

from typing import Any

import pytest
from sqlalchemy import select

from little_bell.db import writing
from little_bell.journal.records import Erasure
from little_bell.models.tables import bounces, messages
from little_bell.projector import projection
from little_bell.projector.forgotten import ERASED
from tests.projector.conftest import START
from tests.projector.shared_post import SharedPost
from tests.projector.test_erase import ANN, BOUNCE


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def test_a_bounce_of_somebody_forgotten_is_handed_on_without_its_text(shared: SharedPost, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [f"of-ann-{number}" for number in range(6)]
    ids = shared.register(*tokens)
    with writing(shared.engine) as connection:
        connection.execute(messages.update().values(recipient_email=ANN))
    handed: list[Any] = []
    hand_on = projection.hand_on

    def watched(connection: Any, routed: Any) -> None:
        handed.extend(record for _, record in routed)
        hand_on(connection, routed)

    monkeypatch.setattr(projection, "hand_on", watched)
    with shared.shared_out():
        shared.write(Erasure(shared.tenant_id, list(ids), START))
        shared.wait_until_folded()
        shared.write(*(shared.mark(one, "bounced", 90, bounce=BOUNCE) for one in ids))
        shared.wait_until_folded()
    assert handed and all(ANN.lower() not in repr(record).lower() for record in handed)
    assert shared.rows(select(bounces.c.reason, bounces.c.diagnostic_code).distinct()) == [(ERASED, None)]
    assert len(shared.rows(select(bounces.c.id))) == len(ids) and shared.recount().differences == []
