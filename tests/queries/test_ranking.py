"""Campaigns of a period, best first: by what was sent in it, and only where enough was."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, insert

from little_bell.actions.campaigns import create_campaign, hide_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.db import reading, writing
from little_bell.domain.metrics import COUNTS
from little_bell.models.tables import campaign_stats, cohort_quarters
from little_bell.queries.ranking import ENOUGH, ranked_campaigns
from tests.fixtures.people import Person

OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def campaign(connection: Connection, whose: Person, name: str, at: datetime, delivered: int, **counts: int) -> int:
    campaign_id = create_campaign(connection, whose.tenant_id, NewCampaign(name=name), "test")
    sums = dict.fromkeys(COUNTS, 0) | {"sent": delivered, "delivered": delivered, **counts}
    ours = {"tenant_id": whose.tenant_id, "campaign_id": campaign_id, **sums}
    connection.execute(insert(campaign_stats).values(**ours))
    connection.execute(insert(cohort_quarters).values(quarter=at, **ours))
    return campaign_id


def test_the_best_come_first_by_the_rate_asked_for_of_what_was_sent_in_the_period(engine: Engine, alice: Person, charlie: Person) -> None:
    with writing(engine) as connection:
        campaign(connection, alice, "Opened", NOVEMBER, 100, human_opened=50, opened=60)
        campaign(connection, alice, "Prefetched", NOVEMBER, 100, human_opened=10, opened=90)
        campaign(connection, alice, "Too few", NOVEMBER, ENOUGH - 1, human_opened=ENOUGH - 1)
        campaign(connection, alice, "Last month", OCTOBER, 100, human_opened=99)
        campaign(connection, charlie, "Not hers", NOVEMBER, 100, human_opened=100)
        gone = campaign(connection, alice, "Deleted", NOVEMBER, 100, human_opened=100)
        hide_campaign(connection, alice.tenant_id, gone, "test")
    with reading(engine) as connection:
        ranked = ranked_campaigns(connection, alice.tenant_id, NOVEMBER)
        assert [(one.name, one.sent, one.rates["human_open_rate"]) for one in ranked] == [("Opened", 100, 50.0), ("Prefetched", 100, 10.0)]
        by_all = ranked_campaigns(connection, alice.tenant_id, NOVEMBER, by="open_rate")
        assert [one.name for one in by_all] == ["Prefetched", "Opened"]
        assert [one.name for one in ranked_campaigns(connection, alice.tenant_id, OCTOBER, NOVEMBER)] == ["Last month"]
        assert [one.name for one in ranked_campaigns(connection, alice.tenant_id)] == ["Last month", "Opened", "Prefetched"]
