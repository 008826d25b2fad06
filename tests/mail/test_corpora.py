"""Scores on collections of real mail, where LITTLE_BELL_CORPORA names a folder that has them.

It holds `bounces/dev.csv` (the truth: corpus, file, recipient, kind, …) and `bounces/eml/<corpus>/<file>`.
"""

import csv
import os
from collections import defaultdict
from pathlib import Path

import pytest

from little_bell.mail import read

FOLDER = Path(os.environ.get("LITTLE_BELL_CORPORA", "")) / "bounces"
pytestmark = pytest.mark.skipif("LITTLE_BELL_CORPORA" not in os.environ, reason="LITTLE_BELL_CORPORA names no collection of mail")


def _truth() -> dict[Path, set[str]]:
    wanted: dict[Path, set[str]] = defaultdict(set)
    with (FOLDER / "dev.csv").open() as file:
        for row in csv.DictReader(file):
            if row["kind"] in {"bounce", "delayed"} and row["recipient"] and row["reason"] != "delivered":
                wanted[FOLDER / "eml" / row["corpus"] / row["file"]].add(row["recipient"].lower())
    return wanted


def test_nearly_every_recipient_of_real_bounces_is_found() -> None:
    truth = _truth()
    exact = 0
    for path, wanted in truth.items():
        names = [
            {report.recipient.lower(), (report.original_recipient or report.recipient).lower()}
            for report in read(path.read_bytes()).reports
        ]
        exact += all(wanted & each for each in names) and wanted <= set().union(*names)
    assert exact / len(truth) >= 0.97
