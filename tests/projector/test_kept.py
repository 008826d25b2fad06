"""Versions of the rules, and sets of numbers that are kept under a name."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.actions.kept_sets import MOST_SETS, drop_numbers, drop_set, keep_numbers, make_set
from little_bell.db import reading, writing
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.sums import Sums
from little_bell.domain.verdicts.reasons import RULES, VERSIONS
from little_bell.journal.records import CampaignDeletion
from little_bell.models import KEPT, from_micros
from little_bell.models.tables import message_events
from little_bell.projector.kept import change_set
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Found, Rejudging
from little_bell.queries.analytics import clients, link_positions, mailbox_providers, send_curve, week_heat
from little_bell.queries.bounces import bounces_by_reason
from little_bell.queries.campaigns import get_campaign, list_campaigns
from little_bell.queries.changes import campaigns_changed
from little_bell.queries.kept import list_sets, pinned
from little_bell.queries.links import campaign_links
from little_bell.queries.overview import Summary, summary
from little_bell.queries.ranking import ranked_campaigns
from little_bell.queries.series import time_series
from little_bell.queries.trend import trend
from little_bell.queries.variants import variants
from little_bell.queries.webhooks import provider_counts
from tests.fixtures.people import Person
from tests.projector.conftest import START, Post, override_of
from tests.projector.test_judging import SECOND, SLOT, click, pixel, verdicts
from tests.projector.test_own_rules import Rule, rule

__all__ = ["rule"]  # a fixture


def rejudge(post: Post, rules: int = RULES, *, is_rehearsal: bool = False) -> Found:
    return Rejudging(post.engine, read_lists(), is_rehearsal=is_rehearsal, rules=rules).run()


def kept(post: Post, name: str, rules: int = RULES, sums: Sums | None = None) -> None:
    with writing(post.engine) as connection:
        change_set(connection, make_set(connection, name, rules), sums or Sums())


def pinned_sums(post: Post, name: str, days: int | None = None) -> Summary:
    start = from_micros(START) if days is not None else None
    end = start + timedelta(days=days) if start is not None and days is not None else None
    with reading(post.engine) as connection, pinned(connection, post.tenant_id, name):
        return summary(connection, post.tenant_id, start, end)


def everything(post: Post, name: str | None = None) -> dict[str, Any]:
    """All that is told of the campaign and over campaigns, now or by a set."""
    mine = (post.tenant_id, post.campaign_id)
    day = (from_micros(START), from_micros(START) + timedelta(days=2))
    with reading(post.engine) as connection, pinned(connection, post.tenant_id, name):
        return {
            "campaign": get_campaign(connection, *mine),
            "list": list_campaigns(connection, post.tenant_id, sort="-human_opened").rows,
            "links": campaign_links(connection, *mine),
            "summary": summary(connection, post.tenant_id),
            "period": summary(connection, post.tenant_id, *day),
            "ranked": ranked_campaigns(connection, post.tenant_id),
            "series": time_series(connection, post.tenant_id, *day, step="hour"),
            "trend": trend(connection, post.tenant_id),
            "variants": variants(connection, *mine),
            "curve": send_curve(connection, *mine),
            "week": week_heat(connection, *mine),
            "places": link_positions(connection, *mine),
            "mailboxes": mailbox_providers(connection, *mine),
            "clients": clients(connection, *mine),
            "told": provider_counts(connection, *mine),
            "bounces": bounces_by_reason(connection, *mine),
        }


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
    people = {1: (3, 3), 2: (2, 1), 3: (1, 1), 4: (1, 1)}  # human opens of messages, and human clicks
    assert people.keys() == VERSIONS.keys()
    assert history.stats("human_opened", "human_clicks") == people[RULES]
    before = verdicts(history)
    for version in (1, 2, 1, 3, 4):
        rejudge(history, version)
        assert history.stats("human_opened", "human_clicks") == people[version]
        assert "said_machine,browser" in [reasons for _, reasons in verdicts(history)]  # what somebody said stands in all of them
        assert history.recount().differences == []
    assert verdicts(history) == before


def test_an_event_keeps_the_version_it_was_judged_by(history: Post) -> None:
    turned = rejudge(history, 1).turned
    judged = select(message_events.c.rules).where(message_events.c.type.in_(("opened", "clicked"))).distinct()
    assert turned == {("machine", "human"): 3}
    assert history.rows(judged) == [(1,)]
    rejudge(history, RULES)
    assert history.rows(judged) == [(RULES,)]


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


def test_a_kept_set_is_what_all_numbers_would_be_and_changes_nothing(history: Post) -> None:
    before = verdicts(history), everything(history)
    kept(history, "by-request", 1, rejudge(history, 1, is_rehearsal=True).sums)
    assert (verdicts(history), everything(history)) == before
    rejudge(history, 1)
    expected = everything(history)
    assert everything(history, "by-request") == expected != before[1]
    rejudge(history)
    assert everything(history, "by-request") == expected
    assert everything(history) == before[1]  # whoever asks for no set, on a connection that was pinned before, is told of now
    assert pinned_sums(history, "by-request", days=3) == expected["summary"]
    assert pinned_sums(history, "by-request", days=0).metrics["total"] == 0


def test_the_numbers_of_now_can_be_kept_and_stay_whatever_happens(history: Post) -> None:
    kept(history, "autumn")
    expected = pinned_sums(history, "autumn")
    history.register("late-token")
    history.write(pixel("late-token", SLOT))
    history.project()
    assert pinned_sums(history, "autumn") == expected
    assert expected.metrics["total"] == 3
    with reading(history.engine) as connection:
        assert summary(connection, history.tenant_id).metrics["total"] == 4
        assert [(row.name, row.rules, row.is_own) for row in list_sets(connection)] == [("autumn", RULES, False)]


def test_a_name_is_given_once_and_has_to_be_one(history: Post) -> None:
    kept(history, "autumn")
    with pytest.raises(Conflict):
        kept(history, "autumn")
    for name in ("", "Autumn", "a b", "x" * 64):
        with pytest.raises(Invalid):
            kept(history, name)
    with writing(history.engine) as connection:
        drop_set(connection, "autumn")
        with pytest.raises(NotFound):
            drop_set(connection, "autumn")
    assert not any(history.rows(select(twin)) for twin in KEPT.values())
    with pytest.raises(NotFound):
        pinned_sums(history, "autumn")


def test_another_tenant_sees_nothing_of_it_and_a_deleted_campaign_leaves_it(history: Post, charlie: Person) -> None:
    kept(history, "autumn")
    with reading(history.engine) as connection, pinned(connection, charlie.tenant_id, "autumn"):
        assert summary(connection, charlie.tenant_id).metrics["total"] == 0
    history.write(CampaignDeletion(history.tenant_id, history.campaign_id, START))
    with history.projecting() as running:
        running.fold()
        assert pinned_sums(history, "autumn").metrics["total"] == 0
        running.keep_house()
    assert not any(history.rows(select(twin)) for twin in KEPT.values())


def test_a_tenant_keeps_its_own_and_only_it_sees_or_drops_them(history: Post, charlie: Person) -> None:
    with writing(history.engine) as connection:
        keep_numbers(connection, history.tenant_id, "ours", "editor@example.com")
    expected = everything(history)
    history.write(pixel("ruled-token", SLOT + 9 * SECOND))
    history.project()
    assert everything(history, "ours") == expected != everything(history)
    with reading(history.engine) as connection:
        [row] = list_sets(connection, history.tenant_id)
        assert (row.is_own, row.made_by) == (True, "editor@example.com")
        assert list_sets(connection, charlie.tenant_id) == list_sets(connection) == []
        with pytest.raises(NotFound), pinned(connection, charlie.tenant_id, "ours"):
            pass
    with writing(history.engine) as connection, pytest.raises(NotFound):
        drop_numbers(connection, charlie.tenant_id, "ours", "charlie")
    with writing(history.engine) as connection, pytest.raises(Conflict):  # who sees it would know two of one name
        make_set(connection, "ours")
    with writing(history.engine) as connection:
        drop_numbers(connection, history.tenant_id, "ours", "editor@example.com")
    assert not any(history.rows(select(twin)) for twin in KEPT.values())


def test_a_tenant_keeps_so_many_sets(history: Post) -> None:
    for place in range(MOST_SETS):
        with writing(history.engine) as connection:
            make_set(connection, f"set-{place}", tenant_id=history.tenant_id)
    with writing(history.engine) as connection, pytest.raises(Invalid, match="50 sets"):
        keep_numbers(connection, history.tenant_id, "one-more", "editor@example.com")
