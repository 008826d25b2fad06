"""What scripts cut out of the lines, and what people read in them."""

import re
import time

import pytest

from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.db import make_engine, writing
from little_bell.domain.verdicts import RULES
from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.journal.records import Hit
from little_bell.projector.projector import lease_of
from tests.cli.conftest import CommandLine


@pytest.fixture
def mail(bell: CommandLine) -> CommandLine:
    """One campaign with one message, both of id 1."""
    bell("campaign", "create", "--name", "Newsletter")
    bell("message", "create", "--campaign-id", "1", "--email", "user@example.com")
    return bell


def test_an_empty_folder_becomes_a_database_without_a_word(fresh_bell: CommandLine) -> None:
    answer = fresh_bell("campaign", "list", "--json")
    assert (answer.code, answer.json, answer.err) == (0, [], "")
    assert (fresh_bell.data_dir / "little_bell.db").exists()
    assert fresh_bell.data_dir.stat().st_mode & 0o777 == 0o700


def test_a_file_named_by_db_is_the_database(fresh_bell: CommandLine) -> None:
    other = fresh_bell.data_dir.parent / "other.db"
    fresh_bell("campaign", "create", "--name", "Elsewhere", "--db", str(other))
    assert other.exists()
    assert fresh_bell("campaign", "list", "--json").code == 0


def test_creating_prints_the_lines_that_scripts_cut(bell: CommandLine) -> None:
    assert bell("campaign", "create", "--name", "Newsletter").out == "Campaign created with ID: 1\n"
    answer = bell("message", "create", "--campaign-id", "1", "--email", "user@example.com")
    assert re.match(r"Message created with ID: 1\nTracking token: [\w-]{22}\n", answer.out)


def test_a_token_of_the_senders_own_is_kept(mail: CommandLine) -> None:
    answer = mail("message", "create", "--campaign-id", "1", "--email", "b@example.com", "--token", "my-own-token", "--json")
    assert answer.json["tracking_token"] == "my-own-token"
    assert answer.json["pixel_url"].endswith("/track/pixel/my-own-token.gif")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["mark-sent", "1"], "sent"),
        (["mark-opened", "1"], "opened"),
        (["mark-clicked", "1", "--link", "https://example.com/a"], "clicked"),
        (["mark-bounced", "1", "--reason", "550 5.1.1 User unknown"], "bounced"),
    ],
)
def test_a_mark_is_counted_when_the_command_ends(mail: CommandLine, words: list[str], status: str) -> None:
    assert mail("message", *words).out == f"Message 1 marked as {status}\n"
    shown = mail("message", "show", "1", "--json").json
    assert shown["status"] == status
    assert [(event["type"], event["verdict"], event["source"]) for event in shown["events"]] == [(status, "manual", "cli")]


def test_a_bounce_says_why_and_for_how_long(mail: CommandLine) -> None:
    mail("message", "mark-bounced", "1", "--reason", "mailbox full", "--type", "temporary")
    (bounce,) = mail("report", "bounces", "--json").json
    assert (bounce["bounce_reason"], bounce["bounce_type"]) == ("mailbox full", "temporary")


def test_the_summary_has_its_known_lines(mail: CommandLine) -> None:
    mail("message", "create", "--campaign-id", "1", "--email", "b@example.com")
    for word in ("mark-sent", "mark-opened"):
        mail("message", word, "1")
    mail("message", "mark-sent", "2")
    lines = mail("report", "summary").out.splitlines()
    assert lines[:3] == ["=== Email Tracking Summary ===", "Total Campaigns: 1", "Total Messages: 2"]
    assert "Open Rate: 50.0%" in lines
    assert "Click To Open Rate: 0.0%" in lines


def test_a_rate_of_nothing_is_a_dash(bell: CommandLine) -> None:
    assert "Open Rate: –" in bell("report", "summary").out.splitlines()


def test_a_campaigns_name_is_printed_as_it_is(bell: CommandLine) -> None:
    bell("campaign", "create", "--name", "[bold]Sale[/bold] 50 %")
    assert "[bold]Sale[/bold] 50 %" in bell("campaign", "list").out


def test_links_of_a_campaign_are_shown_with_their_clicks(mail: CommandLine) -> None:
    mail("message", "mark-clicked", "1", "--link", "https://example.com/a")
    (link,) = mail("campaign", "show", "1", "--json").json["links"]
    assert (link["url"], link["clicks"]) == ("https://example.com/a", 1)
    assert "https://example.com/a" in mail("campaign", "show", "1").out


@pytest.mark.parametrize(
    "words",
    [
        ("campaign", "show", "99"),
        ("message", "show", "99"),
        ("message", "mark-sent", "99"),
        ("message", "create", "--campaign-id", "99", "--email", "a@example.com"),
        ("message", "create", "--campaign-id", "1", "--email", "not an address"),
        ("key", "revoke", "99"),
        ("user", "set-password", "nobody@example.com", "--password-stdin"),
        ("campaign", "list", "--tenant", "strangers"),
        ("campaign", "list", "--url", "http://localhost"),
        ("campaign", "list", "--db", "/proc/nowhere/bell.db"),
    ],
)
def test_what_cant_be_done_ends_in_one_line_and_exit_code_1(bell: CommandLine, words: tuple[str, ...]) -> None:
    answer = bell(*words)
    assert (answer.code, answer.out) == (1, "")
    assert re.fullmatch(r"Error: .+\n", answer.err)


def test_another_tenants_things_are_not_there(mail: CommandLine) -> None:
    engine = make_engine(mail.settings.database_url)
    with writing(engine) as connection:
        create_tenant(connection, NewTenant(slug="charlie"), "test")
    engine.dispose()
    assert mail("--tenant", "charlie", "campaign", "list", "--json").json == []
    for words in (("campaign", "show", "1"), ("message", "show", "1"), ("message", "mark-opened", "1")):
        assert mail(*words, "--tenant", "charlie").code == 1
    assert mail("message", "show", "1", "--json").json["events"] == []


def test_a_key_is_shown_once_and_can_be_revoked(bell: CommandLine) -> None:
    made = bell("key", "create", "--name", "Shop", "--json").json
    assert made["key"].startswith("lb_")
    listed = bell("key", "list", "--json")
    assert [row["name"] for row in listed.json] == ["Shop"]
    assert made["key"] not in listed.out
    assert bell("key", "revoke", str(made["id"])).code == 0
    assert bell("key", "list", "--json").json == []


def test_counters_that_are_wrong_are_found_and_put_right(mail: CommandLine) -> None:
    mail("message", "mark-opened", "1")
    assert mail("stats", "rebuild", "--check").code == 0
    engine = make_engine(mail.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE campaign_stats SET opens = 17")
    engine.dispose()
    found = mail("stats", "rebuild", "--check")
    assert found.code == 1
    assert "opens is 17, not 1" in found.out
    assert mail("stats", "rebuild").code == 0
    assert mail("campaign", "show", "1", "--json").json["metrics"]["opens"] == 1
    assert mail("stats", "rebuild", "--check").code == 0


def test_history_is_judged_again_by_lists_of_ones_own(mail: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    token = mail("message", "show", "1", "--json").json["tracking_token"]
    engine = make_engine(mail.settings.database_url)
    journal = LocalJournal(journals_of(engine, mail.settings.data_dir))
    journal.append([Hit("opened", token, time.time_ns() // 1_000, 0, True, address="90.1.2.3", agent="Thunderbird")])
    journal.close()
    engine.dispose()
    mail("message", "mark-sent", "1")
    assert mail("campaign", "show", "1", "--json").json["metrics"]["human_opened"] == 1
    (mail.data_dir / "agents.txt").write_text("robot_agent thunderbird\n")
    monkeypatch.setenv("LITTLE_BELL_LISTS_DIR", str(mail.data_dir))

    said = mail("stats", "rejudge", "--dry-run").out
    assert said.startswith("1 from human to machine\n1 events of 1 messages looked at; 1 would be judged otherwise\n")
    assert "100.0% → 0.0%" in said.splitlines()[-1]
    assert mail("campaign", "show", "1", "--json").json["metrics"]["human_opened"] == 1
    changed = [{"from": "human", "to": "machine", "events": 1}]
    told = {"rules": RULES, "messages": 1, "events": 1, "without_whole_address": 0, "changed": changed, "written": True, "kept_as": None}
    answer = mail("stats", "rejudge", "--json").json
    [campaign] = answer.pop("campaigns")
    assert answer == told
    assert (campaign["name"], campaign["before"]["human_opened"], campaign["after"]["human_opened"]) == ("Newsletter", 1, 0)
    assert mail("campaign", "show", "1", "--json").json["metrics"]["human_opened"] == 0
    assert mail("message", "show", "1", "--json").json["events"][0]["confidence"] == 0.98
    assert mail("stats", "rebuild", "--check").code == 0


def test_numbers_are_kept_under_a_name_and_reports_are_pinned_to_them(mail: CommandLine) -> None:
    mail("message", "mark-opened", "1")
    assert mail("stats", "keep", "before").out == "The numbers of 1 campaigns are kept as before\n"
    event = mail("message", "show", "1", "--json").json["events"][0]["id"]
    mail("event", "overrule", str(event), "machine")
    assert mail("report", "summary", "--json").json["human_open_rate"] == 0.0
    assert mail("report", "summary", "--set", "before", "--json").json["human_open_rate"] == 100.0
    assert mail("campaign", "show", "1", "--set", "before", "--json").json["metrics"]["human_opened"] == 1
    assert mail("campaign", "show", "1", "--json").json["metrics"]["human_opened"] == 0
    assert mail("stats", "rejudge", "--rules", "1", "--keep-as", "by-request").out.endswith("--set by-request, or ?set=by-request\n")
    assert [row["rules"] for row in mail("stats", "sets", "--json").json] == [1, RULES]
    assert mail("stats", "drop", "before").out == "before is gone\n"
    for words in (("report", "summary", "--set", "before"), ("stats", "drop", "before"), ("stats", "keep", "by-request")):
        assert mail(*words).code == 1
    answer = mail("stats", "rejudge", "--rules", "9")
    assert (answer.code, "There are 1: each request by itself" in answer.err) == (1, True)
    assert mail("stats", "rejudge", "--dry-run", "--keep-as", "x").code == 1


def test_counters_are_left_alone_while_somebody_folds(mail: CommandLine) -> None:
    engine = make_engine(mail.settings.database_url)
    lease = lease_of(engine, mail.settings)
    lease.take(engine)
    try:
        answer = mail("stats", "rebuild")
        assert mail("stats", "rejudge").code == 1
    finally:
        lease.release(engine)
        engine.dispose()
    assert answer.code == 1
    assert "stop it first" in answer.err


def test_analytics_are_told_in_tables(mail: CommandLine) -> None:
    mail("message", "mark-sent", "1")
    mail("message", "mark-opened", "1")
    told = mail("report", "analytics", "--campaign-id", "1", "--time-zone", "Europe/Berlin").out
    lines = told.splitlines()
    assert {"Open Rate Lower: 100.0%", "Time Zone: Europe/Berlin"} <= set(lines)
    assert any(line.startswith("Median Time To First Human Open (All): ") for line in lines)
    assert "Human opens (all)" in told and "unknown" in told
    assert "Formula of Open rate: opened ÷ delivered" in mail("campaign", "show", "1").out
