"""The tenant's numbers."""

from collections.abc import Callable

from tests.api.conftest import Http, error_of


def test_the_summary_counts_cumulatively_and_shows_both_forms(api: Http, campaign: int, fold: Callable[[], None]) -> None:
    rows = [{"campaign_id": campaign, "recipient_email": f"r{n}@example.com", "test": n == 4} for n in range(5)]
    api.post("/api/messages/batch", json={"messages": rows})
    marks = [{"id": n, "mark": "sent"} for n in range(1, 6)] + [
        {"id": 1, "mark": "clicked"},
        {"id": 2, "mark": "bounce"},
        {"id": 5, "mark": "opened"},
    ]
    api.post("/api/messages/marks", json={"marks": marks})
    fold()
    told = api.get("/api/dashboard/summary").json()
    expected = {
        "total_campaigns": 1,
        "total_messages": 4,
        "total_sent": 4,
        "total_delivered": 3,
        "total_opened": 1,
        "total_clicked": 1,
        "total_bounced": 1,
        "total_human_opened": 1,
        "opens": 0,
        "clicks": 1,
        "open_rate": 33.33,
        "human_open_rate": 33.33,
        "click_rate": 33.33,
        "click_to_open_rate": 100.0,
        "bounce_rate": 25.0,
    }
    assert told.items() >= expected.items()


def test_a_period_selects_messages_by_when_they_were_sent(api: Http, campaign: int, fold: Callable[[], None]) -> None:
    api.post("/api/messages/batch", json={"messages": [{"campaign_id": campaign, "recipient_email": "a@b.c"}] * 3})
    made = api.get("/api/messages/1").json()["created_at"]
    api.post("/api/messages/1/sent", json={"sent_at": "2000-01-01"})  # clamped to 30 days before it was registered
    api.post("/api/messages/1/opened")
    fold()
    sent_at = api.get("/api/messages/1").json()["sent_at"]
    assert sent_at < made
    before = api.get(f"/api/dashboard/summary?end={sent_at[:10]}T23:59:59Z").json()
    after = api.get(f"/api/dashboard/summary?start={made}").json()
    assert (before["total_messages"], before["total_sent"], before["total_opened"], before["open_rate"]) == (1, 1, 1, 100.0)
    assert (after["total_messages"], after["total_sent"], after["open_rate"]) == (2, 0, None)
    assert error_of(api.get("/api/dashboard/summary?start=2026-02-01&end=2026-01-01")) == (422, "invalid", "end")
