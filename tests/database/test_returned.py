"""Mail that came back, through a Database: counted when the call returns, and placed by hand."""

from pathlib import Path

import pytest

from little_bell import Database
from little_bell.domain.errors import Conflict, Invalid, NotFound
from tests.projector.test_reports import bounce_to


@pytest.fixture
def message(db: Database) -> int:
    return db.create_message(db.create_campaign("Newsletter"), "user@example.com", "my-own-token")


def test_a_mail_that_came_back_is_counted_when_the_call_returns(db: Database, message: int, tmp_path: Path) -> None:
    mail = bounce_to("user@example.com", returned="X-Little-Bell-Token: my-own-token")
    for _ in range(2):
        db.hand_in_report(mail)
    row = db.get_message(message)
    assert row is not None and (row["status"], len(row["events"])) == ("bounced", 1)
    (report,) = db.get_reports("matched")
    assert (report["outcome"], report["source"]) == ("1 bounced", "python")
    db.export_report_to_eml(report["id"], tmp_path / "returned.eml")
    assert (tmp_path / "returned.eml").read_bytes() == mail
    with pytest.raises(Conflict):
        db.review_report(report["id"], dismiss=True)


def test_what_found_no_message_is_placed_by_hand(db: Database, message: int) -> None:
    db.hand_in_report(bounce_to("forwarded@example.net"))
    (report,) = db.get_reports("unmatched")
    db.review_report(report["id"], message)
    assert db.get_report(report["id"])["state"] == "matched" and db.get_reports("unmatched") == []
    row = db.get_message(message)
    assert row is not None and row["status"] == "bounced"


def test_what_makes_no_sense_is_refused(db: Database, message: int) -> None:
    for call, error in (
        (lambda: db.hand_in_report(b"\n"), Invalid),
        (lambda: db.get_reports("lost"), Invalid),
        (lambda: db.review_report(1, message, dismiss=True), Invalid),
        (lambda: db.review_report(99), NotFound),
        (lambda: db.get_report(2**70), NotFound),
        (lambda: db.rerun_webhook_delivery(99), NotFound),
        (lambda: db.get_campaign_providers(99), NotFound),
    ):
        with pytest.raises(error):
            call()


def test_another_tenants_reports_are_not_there(db: Database, charlie, message: int, tmp_path: Path) -> None:
    db.hand_in_report(bounce_to("nobody@example.net"))
    (report,) = db.get_reports()
    with Database(tenant="charlie") as strange:
        assert strange.get_reports() == strange.get_webhooks() == strange.get_webhook_deliveries() == []
        for refused in (
            lambda: strange.get_report(report["id"]),
            lambda: strange.export_report_to_eml(report["id"], tmp_path / "stolen.eml"),
            lambda: strange.review_report(report["id"], dismiss=True),
            lambda: strange.get_campaign_providers(1),
        ):
            with pytest.raises(NotFound):
                refused()
    assert db.get_report(report["id"])["state"] == "unmatched" and not (tmp_path / "stolen.eml").exists()
