"""Versions of the rules, and sets of numbers that are kept under a name."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from little_bell.db import reading, writing
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.sums import Sums
from little_bell.domain.verdicts.reasons import RULES, VERSIONS
from little_bell.journal.records import CampaignDeletion
from little_bell.models import from_micros
from little_bell.models.tables import kept_campaigns, kept_cohorts, message_events
from little_bell.projector.kept import drop, keep
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Found, Rejudging
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.changes import campaigns_changed
from little_bell.queries.kept import list_sets, pinned_campaigns, pinned_links, pinned_summary
from little_bell.queries.links import campaign_links
from little_bell.queries.overview import Summary, summary
from tests.fixtures.people import Person
from tests.projector.conftest import START, Post, override_of
from tests.projector.test_judging import SECOND, SLOT, click, pixel, verdicts
from tests.projector.test_own_rules import Rule, rule

__all__ = ["rule"]  # a fixture


def rejudge(post: Post, rules: int = RULES, *, is_rehearsal: bool = False) -> Found:
    return Rejudging(post.engine, read_lists(), is_rehearsal=is_rehearsal, rules=rules).run()


def kept(post: Post, name: str, rules: int = RULES, sums: Sums | None = None) -> None:
    with writing(post.engine) as connection:
        keep(connection, name, rules, sums or Sums())


def pinned(post: Post, name: str, days: int | None = None) -> Summary:
    start = from_micros(START) if days is not None else None
    end = start + timedelta(days=days) if start is not None and days is not None else None
    with reading(post.engine) as connection:
        return pinned_summary(connection, post.tenant_id, name, start, end)


@pytest.fixture
def history(post: Post, rule: Rule) -> Post:
    """A burst, an open from a network of a rule, and a person's click."""
    rule("network", "90.7.0.0/16")
    post.link(*(f"https://example.com/{path}" for path in "abc"))
    one, *_ = post.register("burst-token", "ruled-token", "person-token")
    burst = [click("burst-token", path, SLOT + place * SECOND) for place, path in enumerate("abc")]
    post.write(*burst, pixel("ruled-token", SLOT, "90.7.8.9"), pixel("person-token", SLOT), click("person-token", "a", SLOT + 60 * SECOND))
    post.write(override_of(burst[2], one, "machine", SLOT + 99 * SECOND, post.tenant_id))
    post.project()
    return post


def test_each_version_of_the_rules_comes_to_its_own_verdicts(history: Post) -> None:
    people = {1: (3, 3), 2: (2, 1), 3: (1, 1)}  # human opens of messages, and human clicks
    assert people.keys() == VERSIONS.keys()
    assert history.stats("human_opened", "human_clicks") == people[RULES]
    before = verdicts(history)
    for version in (1, 2, 1, 3):
        rejudge(history, version)
        assert history.stats("human_opened", "human_clicks") == people[version]
        assert "said_machine,browser" in [reasons for _, reasons in verdicts(history)]  # what somebody said stands in all of them
        assert history.recount().differences == []
    assert verdicts(history) == before


def test_an_event_keeps_the_version_it_was_judged_by(history: Post) -> None:
    turned = rejudge(history, 1).turned
    by_version = select(message_events.c.rules, func.count()).group_by(message_events.c.rules).order_by(message_events.c.rules)
    assert turned == {("machine", "human"): 3}
    assert dict(history.rows(by_version))[1] >= 3


def test_a_rehearsal_tells_each_campaigns_numbers_before_and_after(history: Post) -> None:
    found = rejudge(history, 1, is_rehearsal=True)
    with reading(history.engine) as connection:
        [change] = campaigns_changed(connection, found.sums.campaigns, is_written=False)
    rejudge(history, 1)
    with reading(history.engine) as connection:
        [done] = campaigns_changed(connection, found.sums.campaigns, is_written=True)
        now = get_campaign(connection, history.tenant_id, history.campaign_id).metrics
    assert change == done
    assert (change.before["human_click_rate"], change.after["human_click_rate"]) == (33.33, 66.67)
    assert change.after["human_clicks"] == now["human_clicks"] == 3


def test_a_kept_set_is_what_the_numbers_would_be_and_changes_nothing(history: Post) -> None:
    before = verdicts(history), history.stats("human_clicks")
    kept(history, "by-request", 1, rejudge(history, 1, is_rehearsal=True).sums)
    assert (verdicts(history), history.stats("human_clicks")) == before
    rejudge(history, 1)
    with reading(history.engine) as connection:
        tenant_id, campaign_id = history.tenant_id, history.campaign_id
        row, links = get_campaign(connection, tenant_id, campaign_id), campaign_links(connection, tenant_id, campaign_id)
        expected = summary(connection, tenant_id)
        assert pinned_campaigns(connection, tenant_id, [row], "by-request") == [row]
        assert sorted(pinned_links(connection, tenant_id, campaign_id, links, "by-request"), key=str) == sorted(links, key=str)
    rejudge(history)
    assert pinned(history, "by-request") == expected
    assert pinned(history, "by-request", days=3) == expected
    assert pinned(history, "by-request", days=0).metrics["total"] == 0


def test_the_numbers_of_now_can_be_kept_and_stay_whatever_happens(history: Post) -> None:
    kept(history, "autumn")
    expected = pinned(history, "autumn")
    history.register("late-token")
    history.write(pixel("late-token", SLOT))
    history.project()
    assert pinned(history, "autumn") == expected
    assert expected.metrics["total"] == 3
    with reading(history.engine) as connection:
        assert summary(connection, history.tenant_id).metrics["total"] == 4
        assert [(row.name, row.rules) for row in list_sets(connection)] == [("autumn", RULES)]


def test_a_name_is_given_once_and_has_to_be_one(history: Post) -> None:
    kept(history, "autumn")
    with pytest.raises(Conflict):
        kept(history, "autumn")
    for name in ("", "Autumn", "a b", "x" * 64):
        with pytest.raises(Invalid):
            kept(history, name)
    with writing(history.engine) as connection:
        drop(connection, "autumn")
        with pytest.raises(NotFound):
            drop(connection, "autumn")
    assert history.rows(select(kept_campaigns)) == history.rows(select(kept_cohorts)) == []
    with pytest.raises(NotFound):
        pinned(history, "autumn")


def test_another_tenant_sees_nothing_of_it_and_a_deleted_campaign_leaves_it(history: Post, charlie: Person) -> None:
    kept(history, "autumn")
    with reading(history.engine) as connection:
        assert pinned_summary(connection, charlie.tenant_id, "autumn", None, None).metrics["total"] == 0
    history.write(CampaignDeletion(history.tenant_id, history.campaign_id, START))
    with history.projecting() as running:
        running.fold()
        assert pinned(history, "autumn").metrics["total"] == 0
        running.keep_house()
    assert history.rows(select(kept_campaigns)) == history.rows(select(kept_cohorts)) == []
