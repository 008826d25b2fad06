"""What a look finds: raised once, resolved once, by one of several processes, across restarts, for each tenant by its own rules."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, insert, update

from little_bell.actions.alerts import set_alert_rule
from little_bell.db import reading, writing
from little_bell.domain.alerts import Kind, Rule
from little_bell.models.tables import tenants, webhook_endpoints, webhook_receipts
from little_bell.queries.alerts import changed_alerts, list_alerts
from tests.alerts.conftest import START, Clock, Mail, WatchMaker
from tests.fixtures.people import Person

Raised = Callable[[], list[tuple[str, str, bool]]]
Look = Callable[..., None]


def test_a_bounce_rate_is_raised_once_and_resolved_once(mail: Mail, alice: Person, charlie: Person, look: Look, raised: Raised) -> None:
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=979, bounced=21)
    look()
    mail.add(alice, spring, bounced=1, delivered=-1)
    look()
    look()
    assert raised() == [("bounce_rate", str(spring), True)]
    mail.add(alice, spring, sent=500, delivered=500)  # 1.47 %: below 80 % of the limit
    look()
    look()
    assert raised() == [("bounce_rate", str(spring), False)]


def test_complaints_are_counted_of_what_was_delivered(mail: Mail, alice: Person, look: Look, raised: Raised) -> None:
    spring, autumn = mail.campaign(alice, "Spring"), mail.campaign(alice, "Autumn")
    mail.add(alice, spring, sent=2_000, delivered=2_000, complained=2, opened=9)  # 0.1 %: not above it
    mail.add(alice, autumn, sent=2_000, delivered=1_900, complained=2, opened=9)
    look()
    assert raised() == [("complaint_rate", str(autumn), True)]


def test_a_campaign_that_sent_nothing_for_a_week_is_over(mail: Mail, alice: Person, look: Look, raised: Raised) -> None:
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=200, delivered=100, bounced=100, opened=3)
    look()
    look(days=6)
    assert raised() == [("bounce_rate", str(spring), True)]
    look(days=1, hours=1)
    assert raised() == [("bounce_rate", str(spring), False)]


def test_a_large_send_without_any_open_is_told_an_hour_later_by_time_alone(
    mail: Mail, alice: Person, clock: Clock, look: Look, raised: Raised
) -> None:
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=1_000)
    look()
    look(minutes=45)
    assert raised() == []
    look(minutes=45)
    assert raised() == [("no_opens", str(spring), True)]
    mail.add(alice, spring, at=START, opened=1)
    look()
    assert raised() == [("no_opens", str(spring), False)]


def test_a_provider_that_fell_silent_while_mail_goes_out_is_told(
    mail: Mail, alice: Person, clock: Clock, engine: Engine, look: Look, raised: Raised
) -> None:
    webhook(engine, alice, "postmark", clock)
    spring = mail.campaign(alice, "Spring")
    look(hours=5)
    mail.add(alice, spring, sent=49, delivered=49, opened=3)
    look(hours=2)
    assert raised() == []  # too little mail
    mail.add(alice, spring, sent=1, delivered=1, opened=3)
    look()
    look()
    assert raised() == [("silent_webhooks", "postmark", True)]
    webhook(engine, alice, "postmark", clock, number=2)
    look()
    assert raised() == [("silent_webhooks", "postmark", False)]


def test_a_provider_whose_secret_stands_in_the_settings_is_waited_for_too(
    mail: Mail, alice: Person, clock: Clock, engine: Engine, watch: WatchMaker, raised: Raised
) -> None:
    with writing(engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == alice.tenant_id).values(slug="default"))
    webhook(engine, alice, "sendgrid", clock, number=2)  # no endpoint of the tenant's own
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=100, delivered=100, opened=3)
    clock.forward(hours=7)
    mail.add(alice, spring, sent=100, delivered=100, opened=3)
    assert watch().look() and raised() == []
    clock.forward(minutes=2)
    believing = watch(webhook_secrets="sendgrid=a public key;postmark=never reported")
    assert believing.look() and raised() == [("silent_webhooks", "sendgrid", True)]
    webhook(engine, alice, "sendgrid", clock)  # and an endpoint beside it: one provider all the same
    clock.forward(minutes=2)
    assert believing.look() and raised() == [("silent_webhooks", "sendgrid", False)]


def test_a_fall_is_against_the_same_age_of_the_campaigns_before(
    mail: Mail, alice: Person, clock: Clock, look: Look, raised: Raised
) -> None:
    for number in range(6):
        before = mail.campaign(alice, f"Before {number}")
        mail.add(alice, before, sent=1_000, delivered=1_000, opened=300)
        clock.forward(hours=1)
        mail.add(alice, before, opens=300)
        clock.forward(hours=30)
        mail.add(alice, before, opens=400)  # what comes after the first day isn't compared
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=1_000, opened=100)
    mail.add(alice, spring, opens=100)
    look(hours=5)
    assert raised() == []
    look(hours=2)
    assert raised() == [("open_rate_fall", str(spring), True)]
    mail.add(alice, spring, opens=150)
    look()
    assert raised() == [("open_rate_fall", str(spring), True)]  # they came later than the age that is compared,
    look(hours=18)
    assert raised() == [("open_rate_fall", str(spring), False)]  # and count at the next


def test_each_tenant_has_its_own_rules_and_sees_its_own_alerts(
    mail: Mail, alice: Person, charlie: Person, engine: Engine, look: Look, raised: Raised
) -> None:
    spring, mine = mail.campaign(alice, "Spring"), mail.campaign(charlie, "Charlie's")
    for person, campaign in ((alice, spring), (charlie, mine)):
        mail.add(person, campaign, sent=1_000, delivered=970, bounced=30, opened=9)
    with writing(engine) as connection:
        set_alert_rule(connection, charlie.tenant_id, Kind.BOUNCES, Rule(True, 5.0, 100), "charlie")
    look()
    assert raised() == [("bounce_rate", str(spring), True)]
    with reading(engine) as connection:
        assert list_alerts(connection, charlie.tenant_id).rows == []
        found = list_alerts(connection, alice.tenant_id, "open").rows
    assert [(row.campaign, row.facts) for row in found] == [("Spring", {"over": 30, "under": 1_000, "value": 3.0, "limit": 2.0})]


def test_a_kind_that_is_switched_off_is_resolved_and_not_raised(
    mail: Mail, alice: Person, engine: Engine, look: Look, raised: Raised
) -> None:
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=900, bounced=100, opened=9)
    look()
    with writing(engine) as connection:
        set_alert_rule(connection, alice.tenant_id, Kind.BOUNCES, Rule(False, 2.0, 100), "alice")
    look()
    mail.add(alice, spring, bounced=1, delivered=-1)
    look()
    assert raised() == [("bounce_rate", str(spring), False)]


def test_of_several_processes_one_looks_and_none_raises_it_twice(
    mail: Mail, alice: Person, clock: Clock, watch: WatchMaker, raised: Raised
) -> None:
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=900, bounced=100, opened=9)
    watches = [watch() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda one: one.look(), watches)) == [False, False, False, True]
    clock.forward(minutes=2)
    with ThreadPoolExecutor(4) as pool:  # and a new process, a restart, knows what was raised
        list(pool.map(lambda one: one.look(), [watch() for _ in range(4)]))
    assert raised() == [("bounce_rate", str(spring), True)]


def test_a_deleted_campaign_has_no_alerts_any_more(mail: Mail, alice: Person, engine: Engine, look: Look, raised: Raised) -> None:
    from little_bell.models.tables import campaigns
    from little_bell.projector.purge import purge_step

    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=900, bounced=100, opened=9)
    look()
    with writing(engine) as connection:
        connection.execute(campaigns.update().where(campaigns.c.id == spring).values(deleted_at=START))
    look()
    assert raised() == [("bounce_rate", str(spring), False)]
    with writing(engine) as connection:
        while purge_step(connection):
            pass
    assert raised() == []


def webhook(engine: Engine, person: Person, provider: str, clock: Clock, number: int = 1) -> None:
    """A webhook of a provider that is believed."""
    values: dict[str, Any] = {"tenant_id": person.tenant_id, "provider": provider}
    with writing(engine) as connection:
        if number == 1:
            connection.execute(insert(webhook_endpoints).values(**values, sealed=b"", created_at=START, updated_at=START))
        receipt = {"external_id": str(number), "body": b"", "headers": {}, "digest": "d", "received_at": clock.now}
        connection.execute(insert(webhook_receipts).values(**values, **receipt))


def test_who_watches_is_told_whose_alerts_were_raised_or_resolved_since(
    mail: Mail, alice: Person, charlie: Person, look: Look, engine: Engine
) -> None:
    def changed(after: int = 0) -> tuple[int, list[int]]:
        with reading(engine) as connection:
            return changed_alerts(connection, after)

    assert changed() == (0, [])
    spring = mail.campaign(alice, "Spring")
    mail.add(alice, spring, sent=1_000, delivered=900, bounced=100)
    look()
    raised, whose = changed()
    assert (whose, changed(raised)) == ([alice.tenant_id], (raised, []))
    mail.add(alice, spring, bounced=-100, delivered=100)
    look(minutes=1)
    resolved, whose = changed(raised)
    assert (resolved > raised, whose, charlie.tenant_id in whose) == (True, [alice.tenant_id], False)
