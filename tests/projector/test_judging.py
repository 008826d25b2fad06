"""Stored events are judged again when later ones show something, and the counters follow in the same transaction."""

import random
from typing import Any

import pytest
from sqlalchemy import func, select

from little_bell.db import writing
from little_bell.domain.verdicts.behaviour import CROWD, FILTERS_LOOK
from little_bell.journal.records import CampaignDeletion, Hit, Record
from little_bell.models.tables import crowd_clicks, event_quarters, link_stats, message_events, rejudge_waiting
from little_bell.projector import judging
from little_bell.projector.crowds import KEPT, forget_crowds
from tests.projector.conftest import MINUTE, START, Post
from tests.projector.test_any_order import URLS, Fact, World, play_at_random, play_in_order

SECOND = 1_000_000
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
SLOT = (START // FILTERS_LOOK + 6) * FILTERS_LOOK  # ten minutes begin


def click(token: str, path: str, at: int, address: str = "90.1.2.3", agent: str = BROWSER) -> Hit:
    return Hit("clicked", token, at, 0, True, address=address, agent=agent, url=f"https://example.com/{path}")


def pixel(token: str, at: int, address: str = "90.1.2.3", agent: str = BROWSER, **facts: Any) -> Hit:
    return Hit("opened", token, at, 0, True, address=address, agent=agent, **facts)


def verdicts(post: Post) -> list[Any]:
    return post.rows(select(message_events.c.verdict, message_events.c.reasons).order_by(message_events.c.occurred_at, message_events.c.id))


def fold_and_rejudge(post: Post) -> None:
    with post.projecting() as running:
        running.fold()
        running.keep_house()


@pytest.mark.parametrize("batches", [[3], [1, 1, 1], [2, 1], [1, 2]])
def test_a_burst_takes_the_clicks_before_it_along(post: Post, batches: list[int]) -> None:
    post.register("some-token")
    burst: list[Record] = [click("some-token", path, SLOT + place * SECOND) for place, path in enumerate("abc")]
    for size in batches:
        post.write(*burst[:size])
        post.project()
        del burst[:size]

    assert verdicts(post) == [("machine", "browser,burst,pair")] * 3
    assert post.stats("clicks", "human_clicks", "clicked", "human_clicked", "opened", "human_opened") == (3, 0, 1, 0, 1, 0)
    counted = func.sum(link_stats.c.human_clicks), func.sum(link_stats.c.unique_human_clicks), func.sum(link_stats.c.clicks)
    assert post.rows(select(*counted)) == [(0, 0, 3)]
    assert post.rows(select(func.sum(event_quarters.c.human_clicks), func.sum(event_quarters.c.clicks))) == [(0, 3)]
    message = post.message("some-token")
    assert (message.status, message.human_clicked_at, message.human_opened_at) == ("clicked", None, None)
    assert post.recount().differences == []


def test_what_a_person_did_beside_it_stays(post: Post) -> None:
    post.register("some-token")
    post.write(pixel("some-token", SLOT - 60 * MINUTE, "81.1.1.1"), click("some-token", "a", SLOT), click("some-token", "b", SLOT + 1))
    post.project()
    post.write(click("some-token", "c", SLOT + 2), pixel("some-token", SLOT + 3), click("some-token", "a", SLOT + 60 * MINUTE, "81.1.1.1"))
    post.project()

    assert [verdict for verdict, _ in verdicts(post)] == ["human", "machine", "machine", "machine", "machine", "human"]
    assert post.stats("opens", "human_opens", "clicks", "human_clicks", "human_opened", "human_clicked") == (2, 1, 4, 1, 1, 1)
    assert post.recount().differences == []


def test_a_hand_over_that_is_told_after_the_open_makes_it_too_soon(post: Post) -> None:
    [message_id] = post.register("some-token")
    post.write(pixel("some-token", START + 30 * MINUTE + 3 * SECOND))
    post.project()
    assert post.stats("opened", "human_opened") == (1, 1)
    post.write(post.mark(message_id, "sent", 30))
    post.project()
    assert post.stats("opened", "human_opened") == (1, 0)
    assert verdicts(post)[-1] == ("machine", "browser,too_soon")

    post.write(post.mark(message_id, "delivered", 29))  # it had been there a minute before
    post.project()
    assert post.stats("opened", "human_opened") == (1, 1)
    assert post.recount().differences == []


@pytest.mark.parametrize("kind", ["sent", "delivered"])
def test_opens_are_judged_by_a_hand_over_that_is_known_already(post: Post, kind: str) -> None:
    [message_id] = post.register("some-token")
    post.write(post.mark(message_id, kind, 30), pixel("some-token", START + 30 * MINUTE + 3 * SECOND))
    post.project()
    post.write(pixel("some-token", START + 30 * MINUTE + 9 * SECOND), pixel("some-token", START + 32 * MINUTE))
    post.project()

    opens = select(message_events.c.verdict).where(message_events.c.type == "opened").order_by(message_events.c.occurred_at)
    assert post.rows(opens) == [("machine",), ("machine",), ("human",)]


def of_a_crowd(post: Post, size: int, start: int = 0) -> list[Record]:
    tokens = [f"recipient-{number:03d}" for number in range(start, start + size)]
    post.register(*tokens)
    return [click(token, "a", SLOT + place * SECOND, f"90.7.7.{place + 1}") for place, token in enumerate(tokens)]


def test_a_crowd_is_seen_when_it_is_one_and_those_who_came_before_are_judged_again(post: Post) -> None:
    clicks = of_a_crowd(post, CROWD)
    post.write(*clicks[:-1])
    fold_and_rejudge(post)
    assert post.stats("clicked", "human_clicked") == (CROWD - 1, CROWD - 1)
    post.write(clicks[-1])
    fold_and_rejudge(post)

    assert verdicts(post) == [("machine", "browser,many_recipients")] * CROWD
    assert post.stats("clicked", "human_clicked") == (CROWD, 0)
    assert post.rows(select(rejudge_waiting)) == []
    assert post.recount().differences == []


def test_a_command_leaves_nobody_waiting_for_a_server(post: Post) -> None:
    clicks = of_a_crowd(post, CROWD)
    with post.projecting() as running:
        for one in clicks:
            post.write(one)
            running.fold()
        assert post.rows(select(func.count()).select_from(rejudge_waiting)) == [(CROWD - 1,)]
        running.loop.settle()

    assert post.rows(select(rejudge_waiting)) == []
    assert post.stats("clicked", "human_clicked") == (CROWD, 0)


def test_a_crowd_is_none_any_more_when_somebody_had_looked_after_all(post: Post) -> None:
    post.write(*of_a_crowd(post, CROWD))
    fold_and_rejudge(post)
    assert post.stats("human_clicked") == (0,)
    post.write(pixel("recipient-002", SLOT - 60 * MINUTE, "81.1.1.1"))  # comes late, out of another journal
    fold_and_rejudge(post)
    assert post.stats("human_clicked") == (CROWD,)
    assert post.recount().differences == []


def test_tenants_crowds_are_their_own(post: Post, charlie: Any) -> None:
    post.write(*of_a_crowd(post, CROWD - 1))
    other = post.new_campaign(charlie.tenant_id)
    post.register("charlies-token", campaign_id=other, tenant_id=charlie.tenant_id)
    post.write(click("charlies-token", "a", SLOT, "90.7.7.77"))
    fold_and_rejudge(post)
    assert {verdict for verdict, _ in verdicts(post)} == {"human"}


def test_what_a_crowd_showed_stays_when_it_is_forgotten(post: Post) -> None:
    old = SLOT - KEPT
    post.register(*(f"recipient-{number}" for number in range(CROWD)))
    post.write(*(click(f"recipient-{number}", "a", old + number, f"90.7.7.{number}") for number in range(CROWD)))
    fold_and_rejudge(post)
    with writing(post.engine) as connection:
        assert forget_crowds(connection) == CROWD
    post.write(click("recipient-1", "b", SLOT, "81.1.1.1"))
    fold_and_rejudge(post)

    assert post.stats("clicked", "human_clicked") == (CROWD, 1)
    assert [verdict for verdict, _ in verdicts(post)] == ["machine"] * CROWD + ["human"]


def test_more_messages_than_a_batch_may_read_again_wait_for_their_turn(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_MESSAGES", 3)
    tokens = [f"recipient-{number}" for number in range(10)]
    post.register(*tokens)
    post.write(*(click(token, path, SLOT + place * 60 * SECOND) for place, token in enumerate(tokens) for path in "ab"))
    fold_and_rejudge(post)
    post.write(*(click(token, "c", SLOT + place * 60 * SECOND + 3) for place, token in enumerate(tokens)))
    with post.projecting() as running:
        running.fold()
        assert len(post.rows(select(rejudge_waiting))) == 7
        assert post.recount().differences == []
        running.keep_house()
    assert post.stats("clicks", "human_clicks") == (30, 0)
    assert post.rows(select(rejudge_waiting)) == []
    assert post.recount().differences == []


def test_more_events_than_a_batch_may_read_again_wait_too(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [f"recipient-{number}" for number in range(5)]
    post.register(*tokens)
    post.write(*(click(token, path, SLOT + place * 60 * SECOND) for place, token in enumerate(tokens) for path in "ab"))
    fold_and_rejudge(post)
    monkeypatch.setattr(judging, "MOST_EVENTS", 4)
    post.write(*(click(token, "c", SLOT + place * 60 * SECOND + 3) for place, token in enumerate(tokens)))
    fold_and_rejudge(post)
    assert post.stats("clicks", "human_clicks") == (15, 0)


def test_a_message_with_too_many_events_is_counted_and_not_judged_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_OF_ONE", 5)
    post.register("some-token")
    post.write(*(click("some-token", f"{number}", SLOT + number * 60 * SECOND, f"90.1.{number}.3") for number in range(6)))
    post.project()
    post.write(*(click("some-token", path, SLOT) for path in "abc"))
    fold_and_rejudge(post)
    assert post.stats("clicks", "human_clicks") == (9, 9)
    assert post.rows(select(rejudge_waiting)) == []


def test_a_deleted_campaigns_messages_are_not_judged_again(post: Post) -> None:
    [message_id] = post.register("some-token")
    post.write(click("some-token", "a", SLOT))
    post.project()
    with writing(post.engine) as connection:
        connection.execute(rejudge_waiting.insert(), [{"message_id": message_id}, {"message_id": message_id + 99}])
    post.write(CampaignDeletion(post.tenant_id, post.campaign_id, START))
    fold_and_rejudge(post)
    assert post.rows(select(rejudge_waiting)) == post.rows(select(crowd_clicks)) == []


def test_addresses_are_judged_whole_and_kept_as_the_policy_says(post: Post) -> None:
    post.register("some-token")
    post.write(click("some-token", "a", SLOT, "209.222.82.9"))
    with post.projecting(ip_policy="none") as running:
        running.fold()
    kept = select(message_events.c.address, message_events.c.verdict, message_events.c.reasons)
    assert post.rows(kept) == [(None, "machine", "scanner_network")]


def test_an_operators_lists_take_the_place_of_ours(post: Post, tmp_path: Any) -> None:
    (tmp_path / "networks.txt").write_text("scanner 90.1.2.0/24\n")
    post.register("some-token")
    post.write(click("some-token", "a", SLOT), click("some-token", "a", SLOT + 3600 * SECOND, "209.222.82.9"))
    with post.projecting(lists_folder=str(tmp_path)) as running:
        running.fold()
    assert verdicts(post) == [("machine", "scanner_network"), ("human", "browser")]


def close_facts(chance: random.Random) -> list[Fact]:
    """A history so dense that everything has neighbours."""
    kinds = ["opened"] * 3 + ["clicked"] * 6 + ["sent", "mark opened"]
    return [
        {
            "kind": chance.choice(kinds),
            "message": chance.randrange(6),
            "at": SLOT + chance.randrange(0, 40) * SECOND,
            "url": chance.choice(URLS),
            "reader": chance.randrange(3),
            "is_head": chance.random() < 0.15,
            "is_signed": chance.random() < 0.9,
            "reason": "",
            "type": "permanent",
            "stated": None,
        }
        for _ in range(chance.randrange(5, 60))
    ]


@pytest.mark.parametrize("seed", range(6))
def test_dense_histories_in_any_order_and_any_batches_come_to_the_same(post: Post, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    for example in range(4):
        facts = close_facts(chance)
        straight, shuffled = World(post, f"straight-{example}"), World(post, f"shuffled-{example}")
        play_in_order(straight, facts)
        monkeypatch.setattr(judging, "MOST_MESSAGES", chance.choice([1, 2, 1_000]))
        play_at_random(shuffled, facts, chance)
        assert shuffled.outcome() == straight.outcome()
    assert post.recount().differences == []
    judged = select(func.count()).where(message_events.c.verdict == "machine")
    assert post.rows(judged)[0][0] > 10
