"""`user set-password`: the way back in."""

import io
import sys

import pytest

from little_bell.actions.sessions import sign_in, signed_in
from little_bell.actions.users import find_account, is_right_password
from little_bell.db import make_engine, reading, writing
from little_bell.first_run import first_run
from tests.cli.conftest import CommandLine

NEW = "quite another password"


def test_a_new_password_opens_and_ends_all_sessions(bell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    bell("db", "upgrade")
    first_run(bell.settings)
    engine = make_engine(bell.settings.database_url)
    with writing(engine) as connection:
        account = find_account(connection, bell.settings.admin_email)
        assert account is not None
        session = sign_in(connection, account.user_id)
    monkeypatch.setattr(sys, "stdin", io.StringIO(NEW + "\n"))
    assert bell("user", "set-password", bell.settings.admin_email, "--password-stdin").code == 0
    with reading(engine) as connection:
        assert is_right_password(find_account(connection, bell.settings.admin_email), NEW)
        assert signed_in(connection, session) is None
    engine.dispose()


def test_a_poor_password_changes_nothing(bell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    bell("db", "upgrade")
    first_run(bell.settings)
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    answer = bell("user", "set-password", bell.settings.admin_email, "--password-stdin")
    assert (answer.code, answer.err) == (1, "Error: a password has 10 to 1024 characters\n")
