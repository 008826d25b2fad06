"""History judged anew: by other lists, from what was stored, with the counters; a rehearsal only tells."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.domain.verdicts import RULES
from little_bell.models.tables import message_events
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Found, Rejudging
from tests.projector.conftest import Post
from tests.projector.test_judging import CROWD, SECOND, SLOT, click, fold_and_rejudge, of_a_crowd, pixel, verdicts


def lists_with(folder: Path, networks: str) -> Any:
    (folder / "networks.txt").write_text(networks)
    return read_lists(str(folder))


def rejudge(post: Post, lists: Any, *, is_rehearsal: bool = False) -> Found:
    return Rejudging(post.engine, lists, is_rehearsal=is_rehearsal).run()


def test_history_is_judged_anew_by_other_lists_with_the_counters(post: Post, tmp_path: Path) -> None:
    post.register("one-token", "two-token")
    post.write(click("one-token", "a", SLOT), pixel("two-token", SLOT), click("two-token", "a", SLOT + 99 * SECOND, "209.222.82.9"))
    post.project()
    assert post.stats("human_clicked", "human_opened") == (1, 2)
    lists = lists_with(tmp_path, "scanner 90.1.2.0/24\n")

    told = rejudge(post, lists, is_rehearsal=True)
    assert post.stats("human_clicked", "human_opened") == (1, 2)
    found = rejudge(post, lists)

    assert told == found
    assert (found.messages, found.events, found.not_whole) == (2, 3, 0)
    assert found.turned == {("human", "machine"): 2, ("machine", "human"): 1}
    assert [reasons for _, reasons in verdicts(post)] == ["scanner_network", "scanner_network", "browser"]
    assert post.stats("human_clicked", "human_opened", "clicked", "opened") == (1, 1, 2, 2)
    assert post.recount().differences == []
    assert rejudge(post, lists).turned == {}


def test_judged_by_the_same_lists_nothing_changes(post: Post) -> None:
    post.write(*of_a_crowd(post, CROWD))
    post.register("some-token")
    post.write(*(click("some-token", path, SLOT) for path in "abc"), pixel("some-token", SLOT, purpose="purpose=prefetch"))
    post.write(pixel("some-token", SLOT + 9 * SECOND, is_head=True), pixel("some-token", SLOT + 9 * SECOND, agent=""))
    fold_and_rejudge(post)
    before = verdicts(post)
    assert rejudge(post, read_lists()).turned == {}
    assert verdicts(post) == before


@pytest.mark.parametrize(("policy", "networks", "verdict", "not_whole"), [
    ("truncate", "scanner 90.1.2.0/23", "machine", 0),
    ("truncate", "scanner 90.1.2.0/28", "human", 1),  # which part of the kept /24 it came from, nobody knows any more
    ("none", "scanner 90.1.2.0/23", "human", 1),
])  # fmt: skip
def test_a_reduced_address_answers_what_it_can(
    post: Post, tmp_path: Path, policy: str, networks: str, verdict: str, not_whole: int
) -> None:
    post.register("some-token")
    post.write(click("some-token", "a", SLOT))
    with post.projecting(ip_policy=policy) as running:
        running.fold()
    found = rejudge(post, lists_with(tmp_path, networks))
    assert (verdicts(post)[0][0], found.not_whole) == (verdict, not_whole)


def test_what_a_kept_reason_tells_of_the_network_stays_where_the_address_is_gone(post: Post) -> None:
    post.register("some-token")
    post.write(click("some-token", "a", SLOT, "209.222.82.9"))
    with post.projecting(ip_policy="none") as running:
        running.fold()
    assert rejudge(post, read_lists()).turned == {}


def test_events_of_before_there_were_verdicts_get_theirs(post: Post) -> None:
    post.register("some-token")
    post.write(pixel("some-token", SLOT, "172.225.8.9", "Mozilla/5.0"), *(click("some-token", path, SLOT + 60 * SECOND) for path in "abc"))
    post.project()
    with writing(post.engine) as connection:
        connection.execute(update(message_events).values(verdict="human", reasons="", rules=1))
    post.recount(mend=True)
    assert post.stats("human_opened", "human_clicks") == (1, 3)
    assert rejudge(post, read_lists()).turned == {("human", "machine"): 4}
    assert post.stats("human_opened", "human_clicks") == (0, 0)
    assert post.rows(select(message_events.c.rules).distinct()) == [(RULES,)]
    assert post.recount().differences == []


def test_crowds_are_found_in_history_too(post: Post) -> None:
    post.write(*of_a_crowd(post, CROWD))
    fold_and_rejudge(post)
    with writing(post.engine) as connection:
        connection.execute(update(message_events).values(verdict="human", reasons="browser"))
        connection.exec_driver_sql("DELETE FROM crowd_clicks")
    post.recount(mend=True)
    assert rejudge(post, read_lists()).turned == {("human", "machine"): CROWD}
    assert post.stats("human_clicked") == (0,)
    assert post.recount().differences == []
