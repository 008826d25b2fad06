"""Requests as providers' documentation has them, where LITTLE_BELL_CORPORA names a folder with `webhooks/dev.jsonl`.

Each line holds a request and the events that a well-kept library reads in it: type, time, recipient.
"""

import json
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from little_bell.providers import PROVIDERS, Refused, Request, Told, read
from little_bell.providers.fetching import fetch

FILE = Path(os.environ.get("LITTLE_BELL_CORPORA", "")) / "webhooks" / "dev.jsonl"
pytestmark = pytest.mark.skipif("LITTLE_BELL_CORPORA" not in os.environ, reason="LITTLE_BELL_CORPORA names no collection of webhooks")
NAMES = {"amazon_ses": "ses", "testserver": "mandrill", "example.com": "mandrill"}
WORDS = {"queued": "sent", "failed": "rejected", "autoresponded": None, "unknown": None, "other": None, "subscribed": None}


def _told(row: dict[str, Any]) -> list[Told] | None:
    body = row["body"].replace("\r\n", "\n").replace("\n", "\r\n") if "multipart" in row["content_type"] else row["body"]
    request = Request({"content-type": row["content_type"], **row["headers"]}, body.encode(), "", fetch)
    try:
        return read(PROVIDERS[NAMES.get(row["provider"], row["provider"])], request)
    except Refused:
        return None


def _fits(told: Told, wanted: dict[str, Any]) -> bool:
    kind = WORDS.get(wanted["event_type"], wanted["event_type"])
    when = wanted["timestamp"] and datetime.fromisoformat(wanted["timestamp"]).timestamp() * 1e6
    is_in_time = not when or (told.at is not None and abs(told.at - when) < 1_000)
    return told.type == kind and is_in_time and told.recipient.lower() == (wanted["recipient"] or "").lower()


def test_nearly_every_documented_event_is_read_as_others_read_it() -> None:
    outcomes: Counter[bool] = Counter()
    for row in map(json.loads, FILE.read_text().splitlines()):
        wanted = [event for event in row["events"] or () if "event_type" in event]
        told = _told(row)
        if wanted:
            assert told is not None and len(told) == len(wanted), row["test"]
            outcomes.update(_fits(one, event) for one, event in zip(told, wanted, strict=True))
    assert outcomes[True] / outcomes.total() >= 0.9
