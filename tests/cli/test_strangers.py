"""Charlie's command line (--tenant charlie) is tried on every command; a command that isn't in the table fails the test.

Commands work on the database itself, so whoever runs them may read it all: what is proven is that `--tenant` means one tenant alone.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from typer.main import get_command

from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.cli.app import app
from little_bell.config import ROOT
from little_bell.db import reading, writing
from little_bell.models.tables import alert_destinations, api_keys, campaigns, memberships, message_events, messages
from tests.cli.conftest import CommandLine

ABSENT = ("there is no ", "isn't suppressed")
SECRETS = ("secret plan", "secret reason", "only-alice", "Alice")
NOT_FOUND, NOTHING, OWN = "not found", "nothing of Alice's", "his own"
#: Not of one tenant: of the machine, of the installation as a whole, or of the files that are named.
OPERATORS, SERVER, FILES = "the operator's", "runs the server", "reads files alone"

#: Each command with the words behind it, aimed at what is Alice's.
TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "alert add": (OWN, ("charlies-own@example.com",)),
    "alert deliveries": (NOTHING, ()),
    "alert destinations": (NOTHING, ()),
    "alert list": (NOTHING, ()),
    "alert remove": (NOT_FOUND, ("1",)),
    "alert rules": (OWN, ()),
    "alert set-rule": (OWN, ("bounce_rate", "--limit", "5")),
    "alert test": (NOT_FOUND, ("1",)),
    "bounce import": (OWN, (str(ROOT / "tests/mail/samples/postfix.eml"),)),
    "bounce parse": (FILES, ()),
    "bounce review": (NOT_FOUND, ("1",)),
    "bounce unmatched": (NOTHING, ()),
    "campaign archive": (NOT_FOUND, ("1",)),
    "campaign create": (OWN, ("--name", "Charlie's")),
    "campaign delete": (NOT_FOUND, ("1", "--yes")),
    "campaign export": (NOT_FOUND, ("1", "--output", "stolen.csv")),
    "campaign list": (NOTHING, ()),
    "campaign messages": (NOT_FOUND, ("1",)),
    "campaign show": (NOT_FOUND, ("1",)),
    "campaign unarchive": (NOT_FOUND, ("1",)),
    "campaign variants": (NOT_FOUND, ("1",)),
    "db adopt-stream": (OPERATORS, ()),
    "db backup": (OPERATORS, ()),
    "db dead list": (OPERATORS, ()),
    "db dead replay": (OPERATORS, ()),
    "db dead show": (OPERATORS, ()),
    "db import-seed": (OPERATORS, ()),
    "db prune": (OPERATORS, ()),
    "db restore": (OPERATORS, ()),
    "db upgrade": (OPERATORS, ()),
    "db verify": (OPERATORS, ()),
    "demo": (OPERATORS, ()),
    "doctor": (OPERATORS, ()),
    "event overrule": (NOT_FOUND, ("1", "human")),
    "event take-back": (NOT_FOUND, ("1",)),
    "key create": (OWN, ("--name", "Charlie's")),
    "key list": (NOTHING, ()),
    "key revoke": (NOT_FOUND, ("1",)),
    "member add": (OWN, ("new@example.com",)),
    "member invite": (OWN, ("someone@example.com",)),
    "member list": (NOTHING, ()),
    "member remove": (NOT_FOUND, ("alice@example.com",)),
    "member set-role": (NOT_FOUND, ("alice@example.com", "viewer")),
    "message create": (NOT_FOUND, ("--campaign-id", "1", "--email", "a@example.com")),
    "message import": (NOT_FOUND, (str(ROOT / "README.md"), "--campaign-id", "1")),
    "message mark-bounced": (NOT_FOUND, ("1", "--reason", "no")),
    "message mark-clicked": (NOT_FOUND, ("1",)),
    "message mark-opened": (NOT_FOUND, ("1",)),
    "message mark-sent": (NOT_FOUND, ("1",)),
    "message show": (NOT_FOUND, ("1",)),
    "recipient erase": (NOT_FOUND, ("only-alice-knows@example.com", "--yes")),
    "recipient export": (NOT_FOUND, ("only-alice-knows@example.com",)),
    "report analytics": (NOT_FOUND, ("--campaign-id", "1")),
    "report bounces": (NOTHING, ()),
    "report trend": (NOTHING, ()),
    "report summary": (NOTHING, ()),
    "rule add": (OWN, ("agent", "monitor", "machine")),
    "rule list": (NOTHING, ()),
    "rule remove": (NOT_FOUND, ("1",)),
    "segment count": (NOTHING, ()),
    "segment export": (OWN, ("--output", "recipients.csv")),
    "segment list": (NOTHING, ()),
    "segment show": (NOTHING, ()),
    "serve": (SERVER, ()),
    "stats drop": (OPERATORS, ()),
    "stats keep": (OPERATORS, ()),
    "stats rebuild": (OPERATORS, ()),
    "stats rejudge": (OPERATORS, ()),
    "stats sets": (OPERATORS, ()),
    "suppression add": (OWN, ("charlies-own@example.com",)),
    "suppression check": (NOTHING, ("only-alice-knows@example.com",)),
    "suppression export": (OWN, ("--output", "suppressed.csv")),
    "suppression import": (OWN, ("suppressed.csv",)),
    "suppression list": (NOTHING, ()),
    "suppression remove": (NOT_FOUND, ("only-alice-knows@example.com",)),
    "suppression rules": (OWN, ()),
    **dict.fromkeys(
        ("tenant create", "tenant delete", "tenant list", "tenant rename", "tenant resume", "tenant set", "tenant show", "tenant suspend"),
        (OPERATORS, ()),
    ),
    "webhook deliveries": (NOTHING, ()),
    "webhook list": (NOTHING, ()),
    "webhook remove": (NOT_FOUND, ("mailgun",)),
    "webhook set": (OWN, ("postmark",)),
    **dict.fromkeys(("user create", "user list", "user operator", "user set-password"), (OPERATORS, ())),
}


def all_commands(command: Any, *words: str) -> Iterator[str]:
    """The words of each command in the tree."""
    if not hasattr(command, "commands"):
        yield " ".join(words)
        return
    for name, child in command.commands.items():
        yield from all_commands(child, *words, name)


def everything_of_alice(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        tables = (campaigns, messages, message_events, api_keys, alert_destinations)
        found = [connection.execute(select(table).where(table.c.tenant_id == 1).order_by(table.c.id)).all() for table in tables]
        return [*found, connection.execute(select(memberships).where(memberships.c.tenant_id == 1)).all()]


@pytest.fixture
def alices(bell: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Alice has a campaign, a message, a bounce, a report, a key and a member; Charlie has a tenant and nobody."""
    bell("campaign", "list")  # makes the tenant default, of id 1: Alice's
    bell("campaign", "create", "--name", "Alice’s secret plan")
    bell("message", "create", "--campaign-id", "1", "--email", "only-alice-knows@example.com")
    bell("message", "mark-bounced", "1", "--reason", "550 secret reason")
    bell("suppression", "add", "only-alice-knows@example.com")
    bell("rule", "add", "agent", "only-alice", "machine")
    bell("alert", "add", "only-alice-knows@example.com")
    bell("bounce", "import", str(ROOT / "tests/mail/samples/exim.eml"))
    bell("key", "create", "--name", "Alice’s key")
    for name in ("alice", "new"):
        bell("user", "create", f"{name}@example.com")
    bell("member", "add", "alice@example.com", "--role", "owner")
    with writing(engine) as connection:
        create_tenant(connection, NewTenant(slug="charlie"), "test")
    return bell


def test_every_command_is_in_the_table() -> None:
    assert sorted(all_commands(get_command(app))) == sorted(TABLE)


def test_charlies_command_line_finds_and_changes_nothing_of_alices(alices: CommandLine, engine: Engine) -> None:
    before = everything_of_alice(engine)
    assert all(before)
    for command, (expected, words) in TABLE.items():
        if expected in (OPERATORS, SERVER, FILES):
            continue
        for more in ((), ("--json",)):
            answer = alices(*command.split(), *words, *more, "--tenant", "charlie")
            given_away = [word for word in SECRETS if word in answer.out + answer.err and word not in " ".join(words)]
            assert not given_away, command
            if expected == NOT_FOUND:
                assert (answer.code, answer.out) == (1, "") and any(said in answer.err for said in ABSENT), (command, answer)
            else:
                assert answer.code == 0, (command, answer)
    assert everything_of_alice(engine) == before


def test_a_tenant_that_isnt_there_is_said_by_every_command_of_tenants(bell: CommandLine) -> None:
    for command, (expected, words) in TABLE.items():
        if expected in (OWN, NOTHING, NOT_FOUND):
            answer = bell(*command.split(), *words, "--tenant", "nobody")
            assert answer.code == 1 and "there is no tenant 'nobody'" in answer.err, command
