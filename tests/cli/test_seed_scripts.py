"""What scripts of old do with the commands: run as they stand, by a shell, with the system's own grep, awk and cut."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.app import LITTLE_BELL, bare_environment

Shell = Callable[[str], str]
CREATE_BOTH = """
set -e
ID=$(email-tracking-cli campaign create --name "My Campaign" | grep -o 'ID: [0-9]*' | awk '{print $2}')
echo "campaign=$ID"
OUT=$(email-tracking-cli message create --campaign-id "$ID" --email user@example.com)
echo "message=$(echo "$OUT" | grep 'Message created with ID:' | awk '{print $NF}')"
echo "token=$(echo "$OUT" | grep '^Tracking token:' | cut -d' ' -f3)"
"""
LIFE = """
set -e
email-tracking-cli campaign create --name "Newsletter" >/dev/null
for address in a@example.com b@example.com; do email-tracking-cli message create --campaign-id 1 --email $address >/dev/null; done
email-tracking-cli message mark-sent 1
email-tracking-cli message mark-sent 2
email-tracking-cli message mark-opened 1
email-tracking-cli message mark-bounced 2 --reason "User unknown"
email-tracking-cli report summary >summary.txt
grep '^Total Campaigns:' summary.txt | awk '{print $3}'
grep '^Open Rate:' summary.txt | awk -F': ' '{print $2}'
head -1 summary.txt
email-tracking-cli report bounces --limit 50 | grep -c 'b@example.com'
email-tracking-cli campaign list | grep Newsletter | awk '{print $1}'
email-tracking-cli campaign export 1 --output data.csv >/dev/null && head -1 data.csv | cut -d, -f1-4
email-tracking-cli message show 1 | grep '^Status:' | cut -d' ' -f2
email-tracking-cli campaign delete 1 --yes
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a script in a folder of its own, with the program on the PATH and the seed's own value for the database."""

    def run(script: str) -> str:
        path = f"{LITTLE_BELL.parent}{os.pathsep}{os.environ['PATH']}"
        settings = {"PATH": path, "TRACKING_DB_PATH": "tracking.db", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, env=bare_environment() | settings, capture_output=True, text=True, timeout=300, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_ids_and_token_are_cut_out_of_the_lines(shell: Shell, tmp_path: Path) -> None:
    campaign, message, token = shell(CREATE_BOTH).splitlines()
    assert (campaign, message) == ("campaign=1", "message=1")
    assert token.startswith("token=") and len(token) == len("token=") + 22
    assert (tmp_path / "tracking.db").exists()


def test_a_campaigns_life_is_told_in_the_known_lines(shell: Shell) -> None:
    assert shell(LIFE).splitlines() == [
        "Message 1 marked as sent",
        "Message 2 marked as sent",
        "Message 1 marked as opened",
        "Message 2 marked as bounced",
        "1",
        "100.0%",
        "=== Email Tracking Summary ===",
        "1",
        "1",
        "id,recipient_email,status,tracking_token",
        "opened",
        "Campaign deleted successfully",
    ]
