"""Database from Python: what the system that Little Bell grew from had, as its users call it."""

import csv
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from little_bell import Database
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.migrations import ForeignDatabase

CAMPAIGN_KEYS = ["id", "name", "template_id", "created_at", "updated_at", "metrics"]
MESSAGE_KEYS = [
    *("id", "campaign_id", "template_id", "recipient_email", "tracking_token", "status", "queued_at", "sent_at", "opened_at", "clicked_at"),
    *("bounced_at", "bounce_reason", "bounce_type", "error_message", "created_at", "updated_at"),
]


@pytest.fixture
def campaign(db: Database) -> int:
    return db.create_campaign("Newsletter")


@pytest.fixture
def message(db: Database, campaign: int) -> int:
    return db.create_message(campaign_id=campaign, recipient_email="user@example.com", tracking_token="my-own-token")


def test_the_four_calls_of_old_work_as_they_were_written(db: Database) -> None:
    token = str(uuid.uuid4())
    campaign_id = db.create_campaign("Newsletter")
    message_id = db.create_message(campaign_id=campaign_id, recipient_email="user@example.com", tracking_token=token)
    db.update_message_sent(message_id)
    metrics = db.get_campaign_metrics(campaign_id)
    assert (metrics["total"], metrics["sent"], metrics["open_rate"], metrics["click_rate"]) == (1, 1, 0.0, 0.0)
    found = db.get_message_by_token(token)
    assert found is not None and (found["id"], found["status"]) == (message_id, "sent")


def test_an_empty_folder_becomes_a_database_without_a_word(environment: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Database() as db:
        assert db.get_all_campaigns() == []
    assert (environment / "data" / "little_bell.db").exists()
    assert tuple(capfd.readouterr()) == ("", "")


def test_a_path_names_another_database(environment: Path) -> None:
    with Database("tracking.db") as db:
        db.create_campaign("Elsewhere")
    with Database(environment / "tracking.db") as db:
        assert [row["name"] for row in db.get_all_campaigns()] == ["Elsewhere"]
    assert not (environment / "data" / "little_bell.db").exists()


def test_rows_begin_with_the_keys_of_old(db: Database, campaign: int, message: int) -> None:
    whole = db.get_campaign(campaign)
    assert whole is not None and whole.keys() >= set(CAMPAIGN_KEYS)
    for row in (db.get_message(message), db.get_message_by_token("my-own-token"), *db.get_campaign_messages(campaign)):
        assert row is not None and list(row)[: len(MESSAGE_KEYS)] == MESSAGE_KEYS


@pytest.mark.parametrize(
    ("mark", "status"),
    [
        (lambda db, id_: db.update_message_sent(id_), "sent"),
        (lambda db, id_: db.update_message_opened(id_), "opened"),
        (lambda db, id_: db.update_message_clicked(id_), "clicked"),
        (lambda db, id_: db.track_link_click(id_, "https://example.com/a"), "clicked"),
        (lambda db, id_: db.update_message_bounced(id_, "User unknown", "permanent"), "bounced"),
        (lambda db, id_: db.add_bounce(id_, "permanent", diagnostic_code="550 5.1.1"), "bounced"),
        (lambda db, id_: db.add_message_event(id_, "opened"), "opened"),
        (lambda db, id_: db.add_message_event(id_, "click", {"url": "https://example.com/a"}), "clicked"),
        (lambda db, id_: db.add_message_event(id_, "bounced", "User unknown"), "bounced"),
        (lambda db, id_: db.add_message_event(id_, "queued"), "queued"),
        (lambda db, id_: db.mark_messages([{"tracking_token": "my-own-token", "mark": "sent"}]), "sent"),
    ],
)
def test_a_mark_is_counted_when_the_call_returns(db: Database, message: int, mark, status: str) -> None:
    mark(db, message)
    row = db.get_message(message)
    assert row is not None and row["status"] == status
    expected = [] if status == "queued" else [(status, "manual", "python")]
    assert [(event["type"], event["verdict"], event["source"]) for event in row["events"]] == expected


def test_a_bounce_says_why_and_for_how_long(db: Database, campaign: int, message: int) -> None:
    db.update_message_bounced(message, "mailbox full", "temporary")
    row = db.get_message(message)
    assert row is not None and (row["bounce_reason"], row["bounce_type"]) == ("mailbox full", "temporary")
    assert db.get_campaign_metrics(campaign)["bounce_reasons"] == {"mailbox full": 1}
    assert [bounce["bounce_reason"] for bounce in db.get_bounces(campaign)] == ["mailbox full"]
    assert db.get_bounce_reasons()[0]["bounced"] == 1


def test_a_stated_time_is_kept_and_a_naive_one_is_utc(db: Database, message: int) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    db.update_message_sent(message, sent_at=moment.replace(tzinfo=None))
    row = db.get_message(message)
    assert row is not None and row["sent_at"] == moment


def test_a_mark_waits_for_a_server_that_is_at_it(running_projector: None, db: Database, message: int) -> None:
    for mark in (db.update_message_sent, db.update_message_opened, db.update_message_clicked):
        mark(message)
    row = db.get_message(message)
    assert row is not None and row["status"] == "clicked"


def test_threads_share_one_and_lose_nothing(db: Database, campaign: int) -> None:
    def send(number: int) -> None:
        db.update_message_sent(db.create_message(campaign, f"reader-{number}@example.com"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, range(24)))
    numbers = db.get_campaign_metrics(campaign)
    assert (numbers["total"], numbers["sent"]) == (24, 24)


def test_what_is_not_there_is_none_and_cant_be_changed(db: Database) -> None:
    for absent in (0, -1, 99, 2**70):
        assert db.get_campaign(absent) is None and db.get_message(absent) is None
        for call in (db.get_campaign_metrics, db.get_campaign_messages, db.delete_campaign, db.update_message_sent):
            with pytest.raises(NotFound):
                call(absent)
    assert db.get_message_by_token("nobody-has-this") is None


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"recipient_email": "not an address"}, Invalid, "recipient_email"),
        ({"tracking_token": "short"}, Invalid, "tracking_token"),
        ({"campaign_id": 99}, NotFound, "campaign_id"),
        ({"tracking_token": "my-own-token"}, Conflict, "tracking_token"),
        ({"subjekt": "a typo"}, Invalid, "subjekt"),
    ],
)
def test_a_message_that_cant_be_is_refused_by_name(
    db: Database, campaign: int, message: int, values: dict[str, object], error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as refused:
        db.create_message(**{"campaign_id": campaign, "recipient_email": "a@example.com", **values})
    assert refused.value.field == field
    assert db.get_campaign_metrics(campaign)["total"] == 1


def test_an_event_of_an_unknown_name_is_refused(db: Database, message: int) -> None:
    for name, data in (("exploded", None), ("sent", "a text"), ("opened", {"colour": "red"})):
        with pytest.raises(Invalid):
            db.add_message_event(message, name, data)
    row = db.get_message(message)
    assert row is not None and row["events"] == []


def test_many_messages_are_registered_all_or_none(db: Database, campaign: int) -> None:
    new = [{"campaign_id": campaign, "recipient_email": f"reader-{n}@example.com"} for n in range(1_200)]
    made = db.register_messages(new)
    assert len({one["tracking_token"] for one in made}) == 1_200 and made[0]["pixel_url"].endswith(".gif")
    with pytest.raises(Invalid) as refused:
        db.register_messages([*new, {"campaign_id": campaign, "recipient_email": "x"}])
    assert refused.value.field == "messages[1200].recipient_email"
    assert [row["id"] for row in db.get_campaign_messages(campaign)] == [one["id"] for one in made]
    assert [row["id"] for row in db.get_campaign_messages(campaign, limit=2, offset=1_100)] == [one["id"] for one in made[1_100:1_102]]


def test_a_signed_link_becomes_one_of_the_campaign(db: Database, campaign: int, message: int) -> None:
    link = db.sign_link(message, "https://example.com/offer?a=1&b=2")
    assert "/track/redirect/my-own-token?url=https%3A%2F%2Fexample.com%2Foffer%3Fa%3D1%26b%3D2&s=" in link
    whole = db.get_campaign(campaign)
    assert whole is not None and [row["url"] for row in whole["links"]] == ["https://example.com/offer?a=1&b=2"]
    assert link.split("?")[0] in db.instrument(message, '<a href="https://example.com/offer">A</a>')["html"]
    with pytest.raises(Invalid):
        db.sign_link(message, "javascript:alert(1)")


def test_a_campaign_is_changed_and_deleted(db: Database, campaign: int, message: int) -> None:
    assert db.update_campaign(campaign, name="Autumn", tags=["shop"])["name"] == "Autumn"
    assert [row["id"] for row in db.get_all_campaigns(tags=["shop"])] == [campaign]
    db.delete_campaign(campaign)
    assert db.get_campaign(campaign) is None and db.get_message(message) is None and db.get_all_campaigns() == []


def test_a_suppression_holds_until_it_is_taken_back(db: Database, campaign: int) -> None:
    db.add_suppression("Ann@Example.com", note="by phone")
    assert db.check_suppressions(["ann@example.com"]) == [{"address": "ann@example.com", "suppressed": True, "reason": "manual"}]
    assert db.register_message(campaign, "ann@example.com")["suppressed"] is True
    with pytest.raises(Conflict) as refused:
        db.create_message(campaign, "ann@example.com", strict=True)
    assert (refused.value.code, refused.value.field) == ("suppressed", "recipient_email")
    db.remove_suppression("ann@example.com")
    assert db.get_suppressions() == []
    with pytest.raises(NotFound):
        db.remove_suppression("ann@example.com")
    with pytest.raises(Invalid):
        db.get_suppressions(reason="dislike")


def test_an_export_stands_there_whole_or_not_at_all(db: Database, campaign: int, message: int, tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("what was there")
    with pytest.raises(NotFound):
        db.export_campaign_to_csv(99, file)
    assert file.read_text() == "what was there"
    db.export_campaign_to_csv(campaign, file)
    (row,) = csv.DictReader(file.read_text().splitlines())
    assert (row["recipient_email"], row["status"], row["tracking_token"]) == ("user@example.com", "queued", "my-own-token")
    assert [path.name for path in tmp_path.glob("*.csv*")] == ["data.csv"]


def test_numbers_over_all_campaigns_and_the_stream_of_events(db: Database, campaign: int, message: int) -> None:
    db.update_message_opened(message)
    found = db.get_summary()
    assert (found["total_campaigns"], found["total_messages"], found["total_opened"], found["open_rate"]) == (1, 1, 1, 100.0)
    (event,) = db.get_events()
    assert (event["message_id"], event["type"]) == (message, "opened") and db.get_events(after=event["id"]) == []


def test_another_tenants_things_are_not_there(db: Database, charlie, campaign: int, message: int, tmp_path: Path) -> None:
    db.update_message_bounced(message)
    with Database(tenant="charlie") as strange:
        assert strange.get_all_campaigns() == [] and strange.get_bounces() == [] and strange.get_events() == []
        assert strange.get_campaign(campaign) is None and strange.get_message(message) is None
        assert strange.get_message_by_token("my-own-token") is None and strange.get_bounce_reasons() == []
        assert list(strange.iterate_messages(recipient="user@example.com")) == [] and strange.get_summary()["total_messages"] == 0
        for refused in (
            lambda: strange.update_message_sent(message),
            lambda: strange.sign_link(message, "https://example.com"),
            lambda: strange.create_message(campaign, "a@example.com"),
            lambda: strange.update_campaign(campaign, name="Mine"),
            lambda: strange.delete_campaign(campaign),
            lambda: strange.get_campaign_messages(campaign),
            lambda: strange.get_bounces(campaign),
            lambda: strange.get_bounce_reasons(campaign),
            lambda: strange.export_campaign_to_csv(campaign, tmp_path / "stolen.csv"),
            lambda: strange.export_bounces_to_csv(tmp_path / "stolen.csv", campaign),
            lambda: strange.mark_messages([{"id": message, "mark": "sent"}]),
        ):
            with pytest.raises(NotFound):
                refused()
    row = db.get_message(message)
    assert row is not None and len(row["events"]) == 1 and not (tmp_path / "stolen.csv").exists()


def test_a_tenant_that_isnt_there_is_refused(configured: str) -> None:
    with pytest.raises(NotFound):
        Database(tenant="nobody")


def test_a_database_of_another_program_is_left_alone(environment: Path) -> None:
    import sqlite3

    with sqlite3.connect("tracking.db") as other:
        other.execute("CREATE TABLE campaigns (id INTEGER PRIMARY KEY)")
    other.close()
    before = Path("tracking.db").read_bytes()
    with pytest.raises(ForeignDatabase):
        Database("tracking.db")
    assert Path("tracking.db").read_bytes() == before


def test_many_that_begin_at_once_open_one_installation(configured: str) -> None:
    def begin(number: int) -> int:
        with Database() as db:
            db.update_message_sent(db.create_message(db.create_campaign(f"Campaign {number}"), "a@example.com"))
            return len({row["name"] for row in db.get_all_campaigns()})

    with ThreadPoolExecutor(4) as threads:
        assert max(threads.map(begin, range(4))) == 4
