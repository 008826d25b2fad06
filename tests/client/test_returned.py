"""Mail that came back and what providers told, through a client: refusals, and what another tenant may not see."""

from pathlib import Path

import pytest

from little_bell import Client
from little_bell.client import report_calls
from little_bell.domain.errors import Conflict, Invalid, NotFound
from tests.projector.test_reports import bounce_to


@pytest.fixture
def campaign(client: Client) -> int:
    campaign = client.create_campaign("Newsletter")
    client.create_message(campaign, "user@example.com", "my-own-token")
    return campaign


@pytest.mark.usefixtures("delivery")
def test_another_tenants_reports_and_deliveries_are_not_there(client: Client, stranger: Client, campaign: int, tmp_path: Path) -> None:
    client.hand_in_report(bounce_to("nobody@example.net"))
    (report,), (delivery,) = client.get_reports(), client.get_webhook_deliveries()
    assert stranger.get_reports() == stranger.get_webhooks() == stranger.get_webhook_deliveries() == []
    for refused in (
        lambda: stranger.get_report(report["id"]),
        lambda: stranger.export_report_to_eml(report["id"], tmp_path / "stolen.eml"),
        lambda: stranger.review_report(report["id"], dismiss=True),
        lambda: stranger.rerun_webhook_delivery(delivery["id"]),
        lambda: stranger.get_campaign_providers(campaign),
    ):
        with pytest.raises(NotFound):
            refused()
    assert client.get_report(report["id"])["state"] == "unmatched" and not (tmp_path / "stolen.eml").exists()


def test_a_bounce_of_another_tenants_message_finds_none(client: Client, stranger: Client, campaign: int) -> None:
    stranger.hand_in_report(bounce_to("user@example.com", returned="X-Little-Bell-Token: my-own-token"))
    (report,) = stranger.get_reports()
    assert report["state"] == "unmatched" and client.get_reports() == client.get_bounces() == []
    (message,) = client.get_campaign_messages(campaign)
    with pytest.raises(NotFound):
        stranger.review_report(report["id"], message["id"])


def test_a_report_is_placed_by_hand_once(client: Client, campaign: int) -> None:
    client.hand_in_report(bounce_to("forwarded@example.net"))
    (message,), (report,) = client.get_campaign_messages(campaign), client.get_reports("unmatched")
    client.review_report(report["id"], message["id"])
    assert client.get_campaign_messages(campaign)[0]["status"] == "bounced"
    with pytest.raises(Conflict):
        client.review_report(report["id"])


def test_what_makes_no_sense_is_refused_by_name(client: Client) -> None:
    with pytest.raises(Invalid, match="there is no mail"):
        client.hand_in_report(b" ")
    with pytest.raises(Invalid) as refused:
        client.get_reports("lost")
    assert refused.value.field == "state"
    with pytest.raises(NotFound):
        client.rerun_webhook_delivery(99)


def test_more_reports_than_a_page_holds_come_as_one_list(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_calls, "MOST", 2)
    for number in range(3):
        client.hand_in_report(bounce_to(f"reader-{number}@example.net"))
    ids = [row["id"] for row in client.get_reports()]
    assert ids == sorted(ids, reverse=True) and len(ids) == 3
    assert [row["id"] for row in client.get_reports(limit=3)] == ids and len(client.get_reports(limit=1)) == 1
