"""Answered means journaled: the system calls between a request's arrival and its answer."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.crash.conftest import House, end

CALLS = "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"


def can_trace() -> bool:
    """Whether strace is here and may trace."""
    strace = shutil.which("strace")
    return bool(strace) and subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_trace(), reason="strace is not here, or may not trace")
@pytest.mark.parametrize("kind", ["opened", "clicked"])
def test_the_journal_is_synced_between_a_requests_arrival_and_its_answer(house: House, tmp_path: Path, kind: str) -> None:
    trace = tmp_path / "trace"
    server = house.serve(under=("strace", "-f", "-y", "-s", "400", "-e", CALLS, "-o", str(trace)))
    token = house.tokens[0]
    target = (
        house.addresses.pixel_url(token) if kind == "opened" else house.addresses.click_url(house.tenant_id, token, "https://example.com/")
    )
    answer = house.get(target.removeprefix("http://bell.example"), follow_redirects=False)
    assert answer.status_code == (200 if kind == "opened" else 302)
    end(server)
    lines = trace.read_text().splitlines()
    path = "/track/pixel/" if kind == "opened" else "/track/redirect/"
    arrived = first(lines, 0, rf"(read|recv)\w*\(.*{path}{re.escape(token)}|resumed>.*{path}{re.escape(token)}")
    answered = first(lines, arrived, rf"(write|send)\w*\(.*HTTP/1\.1 {answer.status_code}")
    between = lines[arrived:answered]
    begun = [place for place, line in enumerate(between) if re.search(r"f(data)?sync\(\d+<[^>]*/journal/[^>]*-wal>", line)]
    assert begun, "no sync of the journal between them"
    call = between[begun[-1]]
    thread = call.split()[0]
    ended = call.endswith("= 0") or any(
        line.split()[0] == thread and re.search(r"f(data)?sync resumed>.*= 0", line) for line in between[begun[-1] :]
    )
    assert ended, "the sync had not returned before the answer went out"


def first(lines: list[str], start: int, pattern: str) -> int:
    """The place of the first line behind `start` that holds the pattern."""
    return next(place for place in range(start, len(lines)) if re.search(pattern, lines[place]))
