"""Commands with --url and --key: what they print over HTTP is what they print on the database itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from little_bell.projector.projector import Projector
from tests.cli.conftest import Answer, CommandLine
from tests.client.conftest import URL
from tests.projector.test_reports import bounce_to

READS = [
    ("campaign", "list"),
    ("campaign", "show", "1"),
    ("campaign", "messages", "1"),
    ("campaign", "messages", "1", "--limit", "1"),
    ("message", "show", "1"),
    ("report", "summary"),
    ("report", "bounces"),
    ("report", "bounces", "--campaign-id", "1", "--limit", "1"),
    ("suppression", "list"),
    ("suppression", "list", "--reason", "complaint", "--search", "GONE"),
    ("suppression", "check", "gone@example.com", "fine@example.com"),
    ("suppression", "check", "nobody"),
    ("suppression", "remove", "fine@example.com"),
    ("suppression", "rules"),
    ("bounce", "unmatched"),
    ("bounce", "unmatched", "--limit", "1"),
    ("bounce", "review", "99"),
    ("webhook", "deliveries"),
    ("campaign", "show", "99"),
    ("message", "show", "99"),
    ("report", "bounces", "--campaign-id", "99"),
    ("message", "mark-sent", "99"),
    ("message", "create", "--campaign-id", "1", "--email", "not an address"),
    ("message", "create", "--campaign-id", "99", "--email", "a@example.com"),
    ("campaign", "export", "99", "--output", "x.csv"),
    ("campaign", "delete", "99", "--yes"),
]


@pytest.fixture
def story(bell: CommandLine, tmp_path: Path) -> None:
    """A campaign of two messages, what became of them, and a bounce of nobody's."""
    bell("campaign", "create", "--name", "Newsletter", "--subject", "Hello")
    for email in ("a@example.com", "b@example.com"):
        bell("message", "create", "--campaign-id", "1", "--email", email)
    bell("message", "mark-clicked", "1", "--link", "https://example.com/a")
    bell("message", "mark-bounced", "2", "--reason", "550 5.1.1 User unknown")
    bell("suppression", "add", "Gone@example.com", "--reason", "complaint", "--note", "by phone")
    (tmp_path / "one.eml").write_bytes(bounce_to("stranger@example.net"))
    bell("bounce", "import", str(tmp_path / "one.eml"))


@pytest.mark.usefixtures("story")
def test_what_is_printed_is_the_same(bell: CommandLine, over_http: Callable[..., Answer]) -> None:
    for words in READS:
        for more in ((), ("--json",)):
            here, there = bell(*words, *more), over_http(*words, *more)
            assert there == here, words


def test_a_whole_story_can_be_told_over_http(bell: CommandLine, over_http: Callable[..., Answer], tmp_path: Path) -> None:
    assert over_http("campaign", "create", "--name", "Newsletter").out == "Campaign created with ID: 1\n"
    made = over_http("message", "create", "--campaign-id", "1", "--email", "a@example.com", "--token", "my-own-token")
    assert made.out.startswith("Message created with ID: 1\nTracking token: my-own-token\n")
    assert over_http("message", "mark-opened", "1").out == "Message 1 marked as opened\n"
    assert bell("campaign", "show", "1", "--json").json["metrics"]["total"] == 1
    file = tmp_path / "data.csv"
    assert over_http("campaign", "export", "1", "--output", str(file)).code == 0
    assert file.read_text().splitlines()[1].startswith("1,a@example.com,")
    assert over_http("campaign", "delete", "1", "--yes").out == "Campaign deleted successfully\n"
    assert bell("campaign", "list", "--json").json == []


@pytest.mark.usefixtures("story")
def test_a_report_is_reviewed_over_http(bell: CommandLine, over_http: Callable[..., Answer], engine: Engine) -> None:
    assert over_http("bounce", "review", "1", "--message-id", "1", "--dismiss").code == 1
    assert over_http("bounce", "review", "1", "--dismiss").code == 0
    Projector(engine, bell.settings).run_once()
    assert over_http("bounce", "unmatched", "--json").json == []


def test_suppressions_are_kept_over_http_as_here(
    bell: CommandLine, over_http: Callable[..., Answer], engine: Engine, tmp_path: Path
) -> None:
    lists, exported = tmp_path / "old.csv", tmp_path / "new.csv"
    lists.write_text("address,reason\na@example.com,bounce\nnobody,bounce\n")
    bell("campaign", "create", "--name", "Newsletter")
    fold = Projector(engine, bell.settings).run_once
    for command in (bell, over_http):
        assert command("suppression", "add", "ann@example.com", "--expires-at", "2100-01-01").out == "ann@example.com is suppressed\n"
        fold()
        answer = command("suppression", "check", "Ann@Example.com")
        assert (answer.code, answer.out) == (1, "Ann@Example.com: manual\n")
        words = ("message", "create", "--campaign-id", "1", "--email", "ann@example.com")
        assert command(*words).out.endswith("Suppressed: manual; don't send it\n")
        assert (command(*words, "--strict").code, command(*words, "--strict").out) == (1, "")
        answer = command("suppression", "import", str(lists))
        assert (answer.code, answer.out, answer.err) == (1, "Added: 1\nRefused: 1\n", "line 3 holds no e-mail address: nobody,bounce\n")
        fold()
        assert command("suppression", "export", "--output", str(exported)).code == 0
        assert sorted(line.split(",")[0] for line in exported.read_text().splitlines()[1:]) == ["a@example.com", "ann@example.com"]
        assert command("suppression", "remove", "ann@example.com", "--json").json == {"removed": "ann@example.com"}
        fold()
        answer = command("suppression", "check", "ann@example.com")
        assert (answer.code, answer.out) == (0, "ann@example.com: not suppressed\n")
        rules = command("suppression", "rules", "--no-complaint", "--soft-days", "30", "--json").json
        assert (rules["on_complaint"], rules["on_hard_bounce"], rules["soft_days"]) == (False, True, 30)


def test_events_are_overruled_and_rules_made_over_http_as_here(
    bell: CommandLine, over_http: Callable[..., Answer], story: None, engine: Engine
) -> None:
    fold = Projector(engine, bell.settings).run_once
    bell("message", "mark-opened", "1")
    fold()
    event = next(str(one["id"]) for one in bell("message", "show", "1", "--json").json["events"] if one["type"] == "opened")
    for command in (bell, over_http):
        assert command("event", "overrule", event, "machine", "--note", "a monitor").out == f"Event {event} was a machine\n"
        fold()
        [told] = [one for one in command("message", "show", "1", "--json").json["events"] if str(one["id"]) == event]
        assert (told["verdict"], told["overruled"]["note"]) == ("machine", "a monitor")
        assert command("event", "take-back", event, "--json").json == {"event_id": int(event), "verdict": None}
        fold()
        assert (command("event", "take-back", event).code, command("event", "overrule", event, "robot").code) == (1, 2)
        made = command("rule", "add", "network", "203.0.113.0/24", "machine", "--json").json
        assert command("rule", "list").out.count("203.0.113.0/24") == 1
        assert command("rule", "add", "network", "203.0.113.0/24", "unfiltered").code == 1
        assert command("rule", "remove", str(made["id"])).out == f"Rule {made['id']} is gone\n"
    assert "until" not in bell("rule", "add", "asn", "AS64500", "unfiltered").out


def test_a_campaign_is_exported_and_deleted_here_too(
    bell: CommandLine, story: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data.csv"
    assert bell("campaign", "export", "1", "--output", str(file)).out == f"Campaign 1 exported to {file}\n"
    assert len(file.read_text().splitlines()) == 3
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert bell("campaign", "delete", "1").code == 1
    assert bell("campaign", "show", "1").code == 0
    assert bell("campaign", "delete", "1", "--yes", "--json").json == {"deleted": 1}
    assert bell("campaign", "show", "1").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--url", URL), "--url and --key go together"),
        (("--key", "lb_x"), "--url and --key go together"),
        (("--url", URL, "--key", "lb_x", "--tenant", "alice"), "leave out --db and --tenant"),
        (("--url", URL, "--key", "lb_x", "--db", "other.db"), "leave out --db and --tenant"),
        (("--url", "bell.example", "--key", "lb_x"), "no address such as"),
    ],
)
def test_options_that_dont_go_together_are_refused(fresh_bell: CommandLine, words: tuple[str, ...], said: str) -> None:
    answer = fresh_bell("campaign", "list", *words)
    assert (answer.code, answer.out) == (1, "") and said in answer.err
    assert not fresh_bell.data_dir.exists()


def test_what_needs_the_database_itself_says_so(fresh_bell: CommandLine) -> None:
    for words in (
        ("key", "list"),
        ("webhook", "set", "postmark"),
        ("webhook", "list"),
        ("tenant", "list"),
        ("db", "prune", "--before", "1"),
    ):
        answer: Any = fresh_bell(*words, "--url", URL, "--key", "lb_x")
        assert answer.code == 1 and "the database itself" in answer.err and "no matter of API keys" in answer.err


def test_mail_that_came_back_is_handed_in_over_http(
    bell: CommandLine, over_http: Callable[..., Answer], engine: Engine, tmp_path: Path
) -> None:
    bell("campaign", "create", "--name", "Newsletter")
    bell("message", "create", "--campaign-id", "1", "--email", "ann@example.com", "--token", "token-of-ann")
    (tmp_path / "one.eml").write_bytes(bounce_to("ann@example.com", returned="X-Little-Bell-Token: token-of-ann"))
    (tmp_path / "two.eml").write_bytes(bounce_to("stranger@example.net"))
    words = ("bounce", "import", str(tmp_path / "one.eml"), str(tmp_path / "two.eml"))
    assert over_http(*words, "--json").json == {"mails": 2} and over_http(*words).out == "Mails: 2\n"
    Projector(engine, bell.settings).run_once()
    assert bell("--json", "bounce", "import", *words[2:]).json["repeated"] == 2  # it is the same as here
    assert [row["recipient_email"] for row in bell("--json", "report", "bounces").json] == ["ann@example.com"]
