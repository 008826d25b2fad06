"""`db import-seed`, and the start that points to it."""

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.takeover.test_take import CAMPAIGNS, TENANTS, old_database


@pytest.mark.parametrize(
    ("script", "said"), [(CAMPAIGNS, "2 campaigns, 3 messages and 9 events"), (TENANTS, "2 campaigns, 3 messages and 3 events")]
)
def test_an_old_database_is_taken_over_and_says_what_it_left(bell: CommandLine, tmp_path: Path, script: str, said: str) -> None:
    file = old_database(tmp_path, script)
    before = file.read_bytes()
    answer = bell("db", "import-seed", str(file))
    assert answer.code == 0 and said in answer.out and "left out" in answer.out
    assert file.read_bytes() == before
    assert bell("stats", "rebuild", "--check").code == 0


def test_the_old_file_itself_is_refused_with_the_line_to_run(bell: CommandLine, tmp_path: Path) -> None:
    file = old_database(tmp_path, CAMPAIGNS)
    answer = bell("campaign", "list", "--db", str(file))
    assert answer.code == 1 and f"little-bell db import-seed {file}" in answer.err
