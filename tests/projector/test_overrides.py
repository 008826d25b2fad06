"""What somebody says of an event stands: through re-judging, a rebuild, a replay; and can be taken back."""

from typing import Any

import pytest
from sqlalchemy import func, select

from little_bell.db import writing
from little_bell.domain.verdicts.reasons import request_part
from little_bell.journal.records import CampaignDeletion, Hit, Prune, Record, erasures
from little_bell.models.tables import agents, event_overrides, journal_positions, message_events, messages
from little_bell.projector import judging
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Rejudging
from tests.projector.conftest import START, Post, override_of
from tests.projector.test_judging import SECOND, SLOT, click, pixel, verdicts

LATER = SLOT + 3_600 * SECOND


def say(post: Post, hit: Hit, verdict: str, at: int = LATER, tenant_id: int = 0, **facts: Any) -> None:
    [(message_id,)] = post.rows(select(messages.c.id).where(messages.c.token == hit.token))
    post.write(override_of(hit, message_id, verdict, at, tenant_id or post.tenant_id, **facts))


def told(post: Post) -> list[Any]:
    return post.rows(select(event_overrides.c.verdict, event_overrides.c.event_id.is_not(None), event_overrides.c.note))


@pytest.fixture
def burst(post: Post) -> list[Hit]:
    """Three clicks that a program made, or so it seems."""
    post.register("some-token")
    return [click("some-token", path, SLOT + place * SECOND) for place, path in enumerate("abc")]


def test_a_click_that_was_a_persons_counts_as_one_and_the_last_word_can_be_taken_back(post: Post, burst: list[Hit]) -> None:
    post.write(*burst)
    post.project()
    assert post.stats("human_clicks", "human_clicked", "human_opened", "clicks") == (0, 0, 0, 3)

    say(post, burst[1], "human", note="she told me on the phone")
    post.project()
    assert verdicts(post)[1] == ("human", "said_human,browser")
    assert post.stats("human_clicks", "human_clicked", "human_opened", "clicks") == (1, 1, 1, 3)
    assert told(post) == [("human", 1, "she told me on the phone")]
    assert post.recount().differences == []

    say(post, burst[1], "", LATER + 1)
    say(post, burst[1], "human", LATER - 1)  # came late, and was said before
    post.project()
    assert verdicts(post) == [("machine", "browser,burst,pair")] * 3
    assert post.stats("human_clicks", "human_clicked", "human_opened", "clicks") == (0, 0, 0, 3)
    assert told(post) == [("", 1, "")]
    assert post.recount().differences == []


def test_an_open_that_was_a_machines_no_longer_vouches_for_the_clicks_behind_it(post: Post) -> None:
    post.register("some-token")
    opened = pixel("some-token", SLOT)
    post.write(opened, *(click("some-token", path, SLOT + place * 3 * SECOND) for place, path in enumerate("abc", 4)))
    post.project()
    assert post.stats("human_opened", "human_clicks") == (1, 3)
    say(post, opened, "machine")
    post.project()
    assert verdicts(post)[0] == ("machine", "said_machine,browser")
    assert post.stats("human_opened", "human_clicks", "opens") == (0, 0, 1)
    assert post.recount().differences == []


def test_it_outlives_judging_again_and_a_rebuild(post: Post, burst: list[Hit]) -> None:
    post.write(*burst)
    say(post, burst[0], "human")
    post.project()
    before = verdicts(post)
    post.write(click("some-token", "d", SLOT + 4 * SECOND))  # the message is judged as a whole once more
    post.project()
    assert verdicts(post)[0] == before[0] == ("human", "said_human,browser")
    Rejudging(post.engine, read_lists(), is_rehearsal=False).run()
    post.recount(mend=True)
    assert verdicts(post)[0] == before[0]
    assert post.stats("human_clicks", "clicks") == (1, 4)


@pytest.mark.parametrize("is_said_first", [True, False])
def test_it_outlives_a_replay_in_which_ids_and_order_are_others(post: Post, burst: list[Hit], is_said_first: bool) -> None:
    records: list[Record] = [*reversed(burst)]
    [(message_id,)] = post.rows(select(messages.c.id))
    said = override_of(burst[0], message_id, "human", LATER, post.tenant_id)
    post.write(*([said, *records] if is_said_first else [*records, said]))
    post.project()
    assert verdicts(post)[0] == ("human", "said_human,browser")
    with writing(post.engine) as connection:  # the database is as it was before; the journal is folded again
        for table in (message_events, event_overrides, journal_positions):
            connection.execute(table.delete())
        connection.execute(agents.delete())
    post.recount(mend=True)
    with post.projecting() as running:
        running.loop._size = 1
        running.fold()
    assert verdicts(post)[0] == ("human", "said_human,browser")
    assert post.stats("human_clicks", "clicks") == (1, 3)
    assert post.recount().differences == []


def test_what_is_told_before_its_event_waits_for_it_but_not_for_ever(post: Post, burst: list[Hit]) -> None:
    say(post, burst[2], "human", LATER)
    say(post, burst[0], "human", START - 100 * 3_600 * SECOND)
    post.project()
    assert sorted(told(post)) == [("human", 0, ""), ("human", 0, "")]
    with post.projecting() as running:
        running.keep_rare_house()
    assert told(post) == [("human", 0, "")]
    post.write(*burst)
    post.project()
    assert [reasons for _, reasons in verdicts(post)] == ["browser,burst,pair", "browser,burst,pair", "said_human,browser"]
    assert told(post) == [("human", 1, "")]


def test_a_message_with_too_many_events_is_overruled_event_by_event(post: Post, burst: list[Hit], monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(*burst)
    post.project()
    monkeypatch.setattr(judging, "MOST_OF_ONE", 2)
    say(post, burst[1], "human")
    post.project()
    assert verdicts(post)[1] == ("human", "said_human,browser,burst,pair")
    assert post.stats("human_clicks") == (1,)
    say(post, burst[1], "", LATER + 1)
    post.project()
    assert verdicts(post)[1] == ("machine", "browser,burst,pair")
    assert post.recount().differences == []


def test_another_tenant_and_what_is_not_counted_are_not_overruled(post: Post, burst: list[Hit]) -> None:
    head = click("some-token", "a", SLOT + 99 * SECOND)
    post.write(*burst, unsigned := Hit("clicked", "some-token", head.received_at, address="90.1.2.3", agent="Mail/1", url=head.url))
    post.project()
    before = verdicts(post)
    say(post, burst[0], "human", tenant_id=post.tenant_id + 1)
    say(post, unsigned, "human")
    post.project()
    assert verdicts(post) == before
    assert post.counts()["deleted"] == post.counts()["override_uncounted"] == 1


@pytest.mark.parametrize("what", ["prune", "erase", "delete"])
def test_what_was_said_goes_with_the_event(post: Post, burst: list[Hit], what: str) -> None:
    post.write(*burst)
    say(post, burst[0], "human")
    post.project()
    [(message_id,)] = post.rows(select(messages.c.id))
    orders = {
        "prune": [Prune(LATER, LATER)],
        "erase": erasures(post.tenant_id, [message_id], LATER),
        "delete": [CampaignDeletion(post.tenant_id, post.campaign_id, LATER)],
    }
    post.write(*orders[what])
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert told(post) == []
    assert post.rows(select(func.count()).select_from(message_events)) == [(0,)]
    if what != "delete":
        assert post.stats("human_clicks", "clicks") == (1, 3)


def test_what_somebody_said_is_part_of_the_request_and_not_of_its_neighbours() -> None:
    assert request_part("said_human,browser,burst") == "said_human,browser"
