"""What readers did is counted by delay, mailbox provider, trait and place; messages of an older version come into it by themselves."""

import random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from little_bell.db import reading
from little_bell.journal.records import Hit
from little_bell.models.tables import (
    agents,
    campaign_stats,
    cohort_quarters,
    delay_stats,
    mailbox_stats,
    messages,
    projector_lease,
    trait_stats,
)
from little_bell.projector import fill
from little_bell.queries.analytics import link_positions
from tests.projector.conftest import MINUTE, START, Post, click_of
from tests.projector.test_any_order import AGENTS, World, facts_of, record_of

APPLE, GMAIL = AGENTS[0], AGENTS[1]
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"
URL = "https://example.com/a"


def a_hit(kind: str, token: str, minute: int, agent: str, *, tenant_id: int = 0, url: str = "", position: int = 0) -> Hit:
    return Hit(kind, token, START + minute * MINUTE, tenant_id, True, False, "203.0.113.7", agent, "", url, position)


def traits(post: Post) -> dict[tuple[str, str], tuple[int, ...]]:
    table = trait_stats.c
    rows = post.rows(select(table.trait, table.value, table.opens, table.human_opens, table.clicks, table.human_clicks))
    return {(row[0], row[1]): tuple(row[2:]) for row in rows if any(row[2:])}


def test_opens_and_clicks_are_told_apart_by_program_system_device_and_place(post: Post) -> None:
    post.register("message-one", "message-two", "message-three")
    post.write(
        a_hit("opened", "message-one", 60, APPLE),
        a_hit("opened", "message-two", 61, GMAIL),
        a_hit("opened", "message-three", 62, THUNDERBIRD),
    )
    post.write(a_hit("clicked", "message-three", 65, THUNDERBIRD, tenant_id=post.tenant_id, url=URL, position=2))
    post.project()
    found = traits(post)
    assert found["client", "Apple Mail (privacy protection)"] == (1, 0, 0, 0)
    assert found["client", "Gmail"] == (1, 1, 0, 0)
    assert found["client", "Thunderbird"] == (1, 1, 1, 1)
    assert found["system", "hidden by proxy"] == (2, 1, 0, 0) and found["system", "Linux"] == (1, 1, 1, 1)
    assert found["device", "computer"] == (1, 1, 1, 1)
    [(place, counts)] = [(value, counts) for (trait, value), counts in found.items() if trait == "position"]
    assert place.startswith("2:") and counts == (0, 0, 1, 1)
    post.write(click_of("message-two", URL, 66, post.tenant_id))
    post.project()
    with reading(post.engine) as connection:
        rows = link_positions(connection, post.tenant_id, post.campaign_id)
    assert [(row.position, row.url, row.clicks, row.human_clicks) for row in rows] == [(2, URL, 1, 1), (None, URL, 1, 1)]


def test_first_opens_are_counted_by_the_time_since_the_hand_over_however_late_that_is_told(post: Post) -> None:
    [message_id] = post.register("message-one")
    post.write(a_hit("opened", "message-one", 60, THUNDERBIRD))
    post.project()
    delays = select(delay_stats.c.step, delay_stats.c.opened, delay_stats.c.human_opened).where(delay_stats.c.opened != 0)
    assert post.rows(delays) == [(3_600, 1, 1)]
    post.write(post.mark(message_id, "sent", 58))
    post.project()
    assert post.rows(delays) == [(120, 1, 1)]
    assert post.recount().differences == []


def test_whom_apple_hides_is_counted_apart(post: Post) -> None:
    post.register("message-one", "message-two", "message-three")
    post.write(
        a_hit("opened", "message-one", 60, APPLE), a_hit("opened", "message-two", 60, APPLE), a_hit("opened", "message-two", 70, GMAIL)
    )
    post.project()
    private = (campaign_stats.c.opened, campaign_stats.c.private_opened, campaign_stats.c.private_human_opened)
    assert post.rows(select(*private)) == [(2, 2, 1)]


def test_recipients_are_told_apart_by_their_mailbox_provider(post: Post) -> None:
    post.register("message-one")
    post.write(a_hit("opened", "message-one", 60, GMAIL))
    post.project()
    table = mailbox_stats.c
    assert post.rows(select(table.mailbox, table.delivered, table.human_opened)) == [("other", 1, 1)]


def _forget(post: Post) -> None:
    """As an older version left it."""
    with post.engine.begin() as connection:
        connection.execute(update(messages).values(mailbox=None, private_opened_at=None))
        connection.execute(update(agents).values(client=None, system=None, device=None))
        for table in (campaign_stats, cohort_quarters):
            connection.execute(update(table).values(private_opened=0, private_human_opened=0))
        for table in (delay_stats, mailbox_stats, trait_stats):
            connection.execute(delete(table))
        last = connection.execute(select(messages.c.id).order_by(messages.c.id.desc()).limit(1)).scalar()
        connection.execute(update(projector_lease).values(filled=0, fill_to=last))


@pytest.mark.parametrize("seed", range(2))
def test_what_an_older_version_counted_comes_into_the_analytics_while_more_happens(
    post: Post, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "STEP", 2)
    monkeypatch.setattr(fill, "SPAN", 3)
    chance = random.Random(seed)
    facts = sorted(facts_of(chance) + facts_of(chance), key=lambda fact: fact["at"])
    straight, filled = World(post, "straight"), World(post, "filled")
    for world in (straight, filled):
        world.register()
        post.write(*(record_of(fact, world) for fact in facts[: len(facts) // 2]))
    post.project()
    _forget(post)
    with post.projecting() as running:
        for fact in facts[len(facts) // 2 :]:
            post.write(record_of(fact, straight), record_of(fact, filled))
            running.fold()
            running.upkeep.step()
        running.keep_house()
    outcome: dict[str, Any] = straight.outcome()
    assert filled.outcome() == outcome and outcome["trait_stats"] and outcome["delay_stats"]
    assert post.rows(select(projector_lease.c.filled)) == post.rows(select(projector_lease.c.fill_to))
    assert post.recount().differences == []
