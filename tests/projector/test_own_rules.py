"""Tenants' own rules: in force with the next event, for history by judging again, and for no other tenant."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from little_bell.actions.verdict_rules import NewRule, add_rule, remove_rule
from little_bell.db import writing
from little_bell.domain.verdicts.own import OwnRule, OwnRules
from little_bell.journal.records import Notice
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Found, Rejudging
from tests.fixtures.people import Person
from tests.projector.conftest import Post
from tests.projector.test_judging import BROWSER, SECOND, SLOT, click, pixel, verdicts
from tests.projector.test_places import places

Rule = Callable[..., int]


@pytest.fixture
def rule(post: Post) -> Rule:
    def add(match: str, value: str, treat: str = "machine", tenant_id: int = 0) -> int:
        with writing(post.engine) as connection:
            form = NewRule.model_validate({"match": match, "value": value, "treat": treat})
            return add_rule(connection, tenant_id or post.tenant_id, form, "tests")

    return add


def rejudge(post: Post, *, is_rehearsal: bool = False) -> Found:
    return Rejudging(post.engine, read_lists(), is_rehearsal=is_rehearsal).run()


@pytest.mark.parametrize(("rules", "reason"), [
    ([("network", "90.1.2.0/24", "machine")], "rule_machine"),
    ([("network", "90.1.2.0/24", "machine"), ("network", "90.1.2.3/32", "unfiltered")], "rule_unfiltered"),
    ([("network", "90.1.0.0/16", "unfiltered"), ("network", "90.1.2.0/24", "machine")], "rule_machine"),
    ([("network", "90.1.2.0/24", "machine"), ("agent", "chrome/", "unfiltered")], "rule_unfiltered"),
    ([("agent", "chrome/", "machine")], "rule_machine"),
    ([("asn", "64500", "machine")], "rule_machine"),
    ([("asn", "64501", "machine"), ("network", "91.0.0.0/8", "machine"), ("agent", "safari/1", "machine")], ""),
])  # fmt: skip
def test_the_narrowest_network_decides_and_where_rules_disagree_nothing_is_filtered(rules: list[Any], reason: str) -> None:
    assert OwnRules(OwnRule(*one) for one in rules).reason("90.1.2.3", BROWSER, lambda _address: 64500) == reason


def test_a_rule_holds_from_the_next_event_on_until_it_is_removed(post: Post, rule: Rule) -> None:
    post.register("one-token", "two-token", "three-token")
    with post.projecting() as running:
        post.write(pixel("one-token", SLOT))
        running.fold()
        made = rule("network", "90.1.2.0/24")
        post.write(pixel("two-token", SLOT))
        running.fold()
        with writing(post.engine) as connection:
            remove_rule(connection, post.tenant_id, made, "tests")
        post.write(pixel("three-token", SLOT))
        running.fold()
    assert verdicts(post) == [("human", "browser"), ("machine", "rule_machine,browser"), ("human", "browser")]
    assert post.stats("opened", "human_opened") == (3, 2)


def test_nothing_is_filtered_where_a_rule_says_so(post: Post, rule: Rule) -> None:
    rule("network", "209.222.82.0/24", "unfiltered")
    [message_id] = post.register("some-token")
    burst = [click("some-token", path, SLOT + place * SECOND, "209.222.82.9") for place, path in enumerate("abc")]
    told = post.mark(message_id, "delivered", minute=60)
    post.write(told, *burst, pixel("some-token", SLOT, "209.222.82.9", "curl/8"), pixel("some-token", SLOT, "209.222.82.9", is_head=True))
    post.project()
    assert sorted(verdict for verdict, _ in verdicts(post)) == ["human"] * 4 + ["machine", "manual"]
    assert post.stats("human_clicks", "opens", "human_opens") == (3, 1, 1)


def test_history_follows_when_it_is_judged_again(post: Post, rule: Rule) -> None:
    post.register("some-token")
    post.write(pixel("some-token", SLOT), click("some-token", "a", SLOT + 9 * SECOND))
    post.project()
    made = rule("agent", "Chrome/142")
    assert rejudge(post, is_rehearsal=True).turned == rejudge(post).turned == {("human", "machine"): 2}
    assert post.stats("human_opened", "human_clicks") == (0, 0)
    with writing(post.engine) as connection:
        remove_rule(connection, post.tenant_id, made, "tests")
    assert rejudge(post).turned == {("machine", "human"): 2}
    assert verdicts(post) == [("human", "browser")] * 2
    assert post.recount().differences == []


@pytest.mark.parametrize(("policy", "value", "turned", "not_whole"), [
    ("truncate", "90.1.0.0/16", 1, 0),
    ("truncate", "90.1.2.3/32", 0, 1),  # which address of the kept /24 it was nobody knows any more
    ("none", "90.1.0.0/16", 0, 1),
])  # fmt: skip
def test_a_reduced_address_answers_the_rules_it_can(post: Post, rule: Rule, policy: str, value: str, turned: int, not_whole: int) -> None:
    post.register("some-token")
    post.write(pixel("some-token", SLOT))
    with post.projecting(ip_policy=policy) as running:
        running.fold()
    rule("network", value)
    found = rejudge(post)
    assert (found.turned.total(), found.not_whole) == (turned, not_whole)


def test_what_a_rule_said_of_a_whole_address_stays_where_that_is_gone(post: Post, rule: Rule) -> None:
    rule("network", "90.1.2.3/32")
    post.register("some-token")
    post.write(pixel("some-token", SLOT))
    with post.projecting(ip_policy="none") as running:
        running.fold()
    assert rejudge(post).turned == {}
    assert verdicts(post) == [("machine", "rule_machine,browser")]


def test_a_rule_can_name_a_network_by_its_number(post: Post, rule: Rule, tmp_path: Path) -> None:
    rule("asn", "AS22843")
    post.register("some-token")
    post.write(pixel("some-token", SLOT, "90.1.2.200"), pixel("some-token", SLOT, "90.1.2.3"))
    with post.projecting(places=places(tmp_path)) as running:
        running.fold()
    assert sorted(verdicts(post)) == [("human", "browser"), ("machine", "rule_machine,gateway_network,browser")]
    assert rejudge(post).turned == {}


def test_what_a_provider_tells_is_held_against_the_rules_too(post: Post, rule: Rule) -> None:
    rule("agent", "chrome/142")
    post.register("some-token")
    post.write(
        Notice(post.tenant_id, "postmark", b"k" * 16, "r", "d", "opened", SLOT, tokens=["some-token"], address="90.1.9.9", agent=BROWSER)
    )
    post.project()
    assert verdicts(post) == [("machine", "rule_machine,provider,browser")]


def test_another_tenants_rules_judge_nothing_here(post: Post, rule: Rule, charlie: Person) -> None:
    rule("network", "90.1.2.0/24", tenant_id=charlie.tenant_id)
    post.register("some-token")
    post.write(pixel("some-token", SLOT))
    post.project()
    assert verdicts(post) == [("human", "browser")]
    assert rejudge(post).turned == {}
