"""Alerts and what is compared, in a real browser; each journey ends in a stored fact."""

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, delete, insert, select

from little_bell.db import reading, writing
from little_bell.models import now
from little_bell.models.tables import alert_deliveries, alert_destinations, alert_rules, alerts, variant_stats
from tests.fixtures.app import RunningApp
from tests.ui.conftest import Things
from tests.ui.test_journeys import as_somebody


def test_an_owner_sees_what_is_wrong_sets_a_threshold_and_says_whom_to_tell(
    page: Page, app_server: RunningApp, app_engine: Engine, things: Things, alice_secret: str
) -> None:
    facts = {"over": 34, "under": 1_000, "value": 3.4, "limit": 2.0}
    of = {"tenant_id": things.tenant_id, "kind": "bounce_rate", "subject": "999999", "campaign_id": None}
    owner = as_somebody(page, app_server, alice_secret)
    owner.goto("/")
    expect(owner.get_by_role("heading", name="Overview")).to_be_visible()
    with writing(app_engine) as connection:
        connection.execute(insert(alerts).values(**of, facts=facts, raised_at=now(), why=""))
    open_alerts = owner.get_by_role("region", name="Alerts")
    expect(open_alerts).to_contain_text("34 of 1,000 messages bounced: 3.4 %", timeout=20_000)  # it comes by itself
    owner.goto("/alerts")
    expect(owner.get_by_role("table", name="Alerts")).to_contain_text("open")

    owner.get_by_role("button", name="Change Silent webhooks").click()
    dialog = owner.get_by_role("dialog")
    dialog.get_by_label("Limit").fill("12.5")
    dialog.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("table", name="Thresholds")).to_contain_text("after 12.5 h without a webhook")

    owner.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_label("E-mail address or URL").fill("http://127.0.0.1:9/journey")
    dialog.get_by_role("button", name="Add destination").click()
    expect(dialog.get_by_text("whsec_")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    owner.get_by_role("button", name="Test http://127.0.0.1:9/journey").click()
    expect(owner.get_by_text("A test is on its way.")).to_be_visible()
    told = owner.get_by_role("table", name="What was told")
    for _ in range(60):  # the server tells within seconds
        owner.get_by_role("button", name="Refresh").click()
        if "private network" in told.inner_text():
            break
        owner.wait_for_timeout(250)
    expect(told).to_contain_text("private network")
    owner.get_by_role("button", name="Remove http://127.0.0.1:9/journey").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(owner.get_by_text("Nothing more is told there.")).to_be_visible()

    with writing(app_engine) as connection:
        rule = connection.execute(select(alert_rules.c.threshold).where(alert_rules.c.tenant_id == things.tenant_id)).scalars().all()
        assert rule == [12.5]
        connection.execute(delete(alert_rules).where(alert_rules.c.tenant_id == things.tenant_id))
        connection.execute(delete(alerts).where(alerts.c.subject == "999999"))
    with reading(app_engine) as connection:
        mine = alert_destinations.c.tenant_id == things.tenant_id
        assert "http://127.0.0.1:9/journey" not in connection.execute(select(alert_destinations.c.target).where(mine)).scalars().all()
        last = select(alert_deliveries.c.error).order_by(alert_deliveries.c.id.desc()).limit(1)
        assert "private network" in connection.execute(last).scalar_one()


def test_somebody_compares_two_variants_by_clicks_and_by_opens(
    page: Page, app_server: RunningApp, app_engine: Engine, bob_secret: str
) -> None:
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Two subjects"}).json()["id"]
        names = ["<b>A</b>", "B"] * 30
        new = [{"campaign_id": campaign_id, "recipient_email": f"v{n}@example.org", "variant": name} for n, name in enumerate(names)]
        ids = [one["id"] for one in api.post("/api/messages/batch", json={"messages": new}).json()["messages"]]
        marks = [{"id": one, "mark": "clicked"} for one in ids[1:40:2]] + [{"id": one, "mark": "opened"} for one in ids]
        api.post("/api/messages/marks", json={"marks": marks}).raise_for_status()
    bob = as_somebody(page, app_server, bob_secret)
    bob.goto(f"/campaigns/{campaign_id}")
    card = bob.get_by_role("region", name="Variants")
    expect(card).to_contain_text("B is better: 66.7 % against 0.0 %")
    expect(card).to_contain_text("<b>A</b>")
    card.get_by_role("button", name="Opens").click()
    expect(card).to_contain_text("No difference: 100.0 % against 100.0 %.")
    with reading(app_engine) as connection:
        mine = variant_stats.c.campaign_id == campaign_id
        rows = connection.execute(select(variant_stats.c.variant, variant_stats.c.human_clicked).where(mine)).all()
    assert sorted(map(tuple, rows)) == [("<b>A</b>", 0), ("B", 20)]
