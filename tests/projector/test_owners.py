"""Whose event it is decides what becomes of it: deleted campaigns, suspended tenants, foreign signatures, policies."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from little_bell.actions.campaigns import hide_campaign
from little_bell.actions.tenants import resume_tenant, suspend_tenant
from little_bell.db import writing
from little_bell.journal.records import CampaignDeletion, Hit
from little_bell.models.tables import (
    bounce_stats,
    bounces,
    campaign_stats,
    campaigns,
    cohort_quarters,
    event_quarters,
    link_clicks,
    link_stats,
    links,
    message_events,
    message_quarters,
    messages,
    tenants,
    tombstones,
)
from little_bell.projector import purge
from tests.fixtures.people import Person
from tests.projector.conftest import START, Post, click_of, open_of

URL = "https://example.com/a"
OF_CAMPAIGNS = (
    bounce_stats, bounces, campaign_stats, cohort_quarters, event_quarters, link_clicks, link_stats, links, message_events,
    message_quarters, messages,
)  # fmt: skip


def delete_campaign(post: Post, campaign_id: int) -> None:
    with writing(post.engine) as connection:
        hide_campaign(connection, post.tenant_id, campaign_id, "tests")
    post.write(CampaignDeletion(post.tenant_id, campaign_id, START))


def rows_of(post: Post, campaign_id: int) -> dict[str, list[Any]]:
    return {table.name: sorted(post.rows(select(table).where(table.c.campaign_id == campaign_id)), key=str) for table in OF_CAMPAIGNS}


def busy_campaign(post: Post, prefix: str) -> int:
    campaign_id = post.new_campaign()
    ids = post.register(*(f"{prefix}-token-{number}" for number in range(5)), campaign_id=campaign_id)
    bounce: dict[str, str | None] = {"bounce_type": "permanent", "category": "unknown", "reason": "550 no such user"}
    post.write(open_of(f"{prefix}-token-0"), click_of(f"{prefix}-token-1", URL, 61), post.mark(ids[2], "bounced", 31, bounce=bounce))
    return campaign_id


def test_a_deleted_campaign_goes_in_small_steps_and_touches_no_other(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "STEP", 2)
    doomed, other = busy_campaign(post, "doomed"), busy_campaign(post, "other")
    post.project()
    before = rows_of(post, other)
    assert all(rows for rows in rows_of(post, doomed).values()), "it has rows everywhere"
    delete_campaign(post, doomed)
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert not any(rows_of(post, doomed).values())
    assert post.rows(select(campaigns.c.id).where(campaigns.c.id == doomed)) == []
    assert rows_of(post, other) == before
    kept = post.rows(select(tombstones.c.token, tombstones.c.tenant_id, tombstones.c.recipient_email).order_by(tombstones.c.token))
    assert kept == [(f"doomed-token-{n}", post.tenant_id, f"doomed-token-{n}@example.com") for n in range(5)]
    assert post.recount().differences == []


def test_hits_and_marks_of_a_deleted_campaign_count_as_deleted_only_before_and_after_the_purge(post: Post) -> None:
    doomed = post.new_campaign()
    [message_id] = post.register("doomed-token", campaign_id=doomed)
    delete_campaign(post, doomed)
    post.write(open_of("doomed-token"), click_of("doomed-token", URL), post.mark(message_id, "sent"))
    with post.projecting() as running:
        running.fold()
        assert post.counts() == {"deleted": 3}
        running.keep_house()
        post.write(open_of("doomed-token"), post.mark(message_id, "sent"))
        running.fold()
    assert post.counts() == {"deleted": 5}
    assert post.events() == [] and running.projection.parked == 0


def test_a_deletion_of_another_tenants_campaign_changes_nothing(post: Post, charlie: Person) -> None:
    post.write(CampaignDeletion(charlie.tenant_id, post.campaign_id, START))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert post.rows(select(campaigns.c.id, campaigns.c.deleted_at)) == [(post.campaign_id, None)]


def test_a_signature_of_another_tenant_makes_no_event(post: Post, charlie: Person) -> None:
    post.register("alices-token")
    post.write(click_of("alices-token", URL, tenant_id=charlie.tenant_id), click_of("alices-token", URL, tenant_id=post.tenant_id))
    post.project()
    assert post.counts() == {"foreign_signature": 1} and post.stats("clicks") == (1,)


def test_a_mark_of_another_tenants_message_makes_no_event(post: Post, charlie: Person) -> None:
    [message_id] = post.register("alices-token")
    mark = post.mark(message_id, "opened")
    post.write(type(mark)(charlie.tenant_id, message_id, "opened", START, "api"))
    post.project()
    assert post.events() == [] and post.message("alices-token").opens == 0


def test_an_unsigned_click_is_stored_but_counts_nowhere_and_makes_no_link(post: Post) -> None:
    post.register("some-token")
    post.write(click_of("some-token", URL, is_signed=False))
    post.project()
    stored = post.rows(select(message_events.c.verdict, message_events.c.is_counted, message_events.c.url, message_events.c.link_id))
    assert stored == [("unsigned", False, URL, None)]
    assert post.stats("clicks", "opened") == (0, 0)
    assert post.rows(select(func.count()).select_from(links)) == [(0,)]
    assert post.message("some-token").clicked_at is None


def test_readers_of_a_suspended_tenant_are_counted_by_reason_until_it_is_resumed(post: Post) -> None:
    post.register("some-token")
    with writing(post.engine) as connection:
        suspend_tenant(connection, post.tenant_id, "tests")
    post.write(open_of("some-token"), click_of("some-token", URL))
    post.project()
    assert post.events() == [] and post.counts() == {"suspended": 2}
    with writing(post.engine) as connection:
        resume_tenant(connection, post.tenant_id, "tests")
    post.write(open_of("some-token", 70))
    post.project()
    assert post.stats("opens") == (1,)


def test_an_unsubscribe_is_kept_even_where_the_tenant_is_suspended(post: Post) -> None:
    post.register("some-token")
    with writing(post.engine) as connection:
        suspend_tenant(connection, post.tenant_id, "tests")
    post.write(Hit("unsubscribed", "some-token", START, post.tenant_id, True))
    post.project()
    assert post.stats("unsubscribed") == (1,)


@pytest.mark.parametrize(
    ("tenants_policy", "installations_policy", "kept"),
    [
        ("full", "full", ["203.0.113.77", "2001:db8:1:2::3", None]),
        ("truncate", "full", ["203.0.113.0/24", "2001:db8:1::/48", None]),
        ("none", "full", [None, None, None]),
        ("full", "truncate", ["203.0.113.0/24", "2001:db8:1::/48", None]),
        ("full", "none", [None, None, None]),
    ],
)
def test_no_more_is_kept_of_an_address_than_tenant_and_installation_allow(
    post: Post, tenants_policy: str, installations_policy: str, kept: list[str | None]
) -> None:
    with writing(post.engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == post.tenant_id).values(ip_policy=tenants_policy))
    post.register("some-token")
    addresses = ("203.0.113.77", "2001:db8:1:2::3", "not an address" if tenants_policy != "full" or installations_policy != "full" else "")
    post.write(*(Hit("opened", "some-token", START + n, 0, True, address=address) for n, address in enumerate(addresses)))
    with post.projecting(ip_policy=installations_policy) as running:
        running.fold()
    assert [row[0] for row in post.rows(select(message_events.c.address).order_by(message_events.c.id))] == kept


def test_whatever_is_kept_of_addresses_readers_are_told_apart(post: Post) -> None:
    with writing(post.engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == post.tenant_id).values(ip_policy="none"))
    post.register("some-token")
    post.write(open_of("some-token", reader=1), open_of("some-token", reader=2), open_of("some-token", reader=1))
    post.project()
    assert post.stats("opens", "opened") == (2, 1)
