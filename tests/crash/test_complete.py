"""The complete app, pages and all: killed as a whole under load, started again, and nothing that it answered is missing."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.fixtures.app import RunningApp, serving
from tests.test_setup import _children, _eventually

CLIENTS, EACH = 4, 80


def register(app: RunningApp, count: int) -> tuple[int, list[str]]:
    """A campaign, and the pixels of its messages."""
    with app.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Killed"}).raise_for_status().json()["id"]
        new = [{"campaign_id": campaign_id, "recipient_email": f"reader-{n}@example.org"} for n in range(count)]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
    return campaign_id, [message["pixel_url"] for message in made]


def read(pixels: list[str]) -> list[str]:
    """Fetches one pixel after the other until the server is gone; those that were answered."""
    answered = []
    with httpx.Client(timeout=5) as client:
        for pixel in pixels:
            try:
                client.get(pixel).raise_for_status()
            except httpx.TransportError:
                break
            answered.append(pixel)
    return answered


def test_every_process_killed_at_once_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as app, ThreadPoolExecutor(CLIENTS) as pool:
        campaign_id, pixels = register(app, CLIENTS * EACH)
        reading = [pool.submit(read, pixels[start::CLIENTS]) for start in range(CLIENTS)]
        _eventually(lambda: opens(app, campaign_id) > CLIENTS * EACH // 4)
        for pid in [app.process.pid, *_children(app.process.pid)]:
            os.kill(pid, signal.SIGKILL)
        answered = [pixel for each in reading for pixel in each.result(30)]
    with serving(tmp_path / "data") as again:
        _eventually(lambda: opens(again, campaign_id) >= len(answered))
        with again.client() as api:
            messages = api.get(f"/api/campaigns/{campaign_id}/messages").raise_for_status().json()
        opened = {message["tracking_token"] for message in messages if message["opened_at"]}
        assert {pixel.rpartition("/")[2].removesuffix(".gif") for pixel in answered} <= opened
        assert opens(again, campaign_id) == len(opened), "each of them once"


def opens(app: RunningApp, campaign_id: int) -> int:
    """The campaign's opens, as the API counts them now."""
    with app.client() as api:
        return int(api.get(f"/api/campaigns/{campaign_id}").raise_for_status().json()["metrics"]["opens"])
