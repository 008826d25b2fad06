"""Variants and the trend as the API tells of them, from real events; and the sums behind them after everything that may happen."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text

from little_bell.config import ROOT
from little_bell.db import reading, writing
from little_bell.models.tables import variant_stats
from little_bell.projector.recount import recount
from tests.api.conftest import Http


@pytest.fixture
def experiment(api: Http, campaign: int, fold: Callable[[], None]) -> int:
    """A campaign with two variants of 40 messages: of A 4 were clicked, of B 20; some more bounced, were opened, or are tests."""
    new = [
        {"campaign_id": campaign, "recipient_email": f"{name}{n}@example.com", "variant": name} for name in ("A", "B") for n in range(40)
    ] + [
        {"campaign_id": campaign, "recipient_email": "plain@example.com"},
        {"campaign_id": campaign, "recipient_email": "test@example.com", "variant": "A", "test": True},
    ]
    ids = [one["id"] for one in api.post("/api/messages/batch", json={"messages": new}).json()["messages"]]
    a, b, plain, test = ids[:40], ids[40:80], ids[80], ids[81]
    marks: list[dict[str, Any]] = [{"id": one, "mark": "sent"} for one in ids]
    marks += [{"id": one, "mark": "clicked"} for one in (*a[:4], *b[:20], plain, test)]
    marks += [{"id": one, "mark": "opened"} for one in a[:10]]
    marks += [{"id": one, "mark": "bounced", "bounce_reason": "550 no such user"} for one in b[38:]]
    assert api.post("/api/messages/marks", json={"marks": marks}).status_code == 200
    fold()
    return campaign


def test_variants_are_compared_by_the_clicks_of_people(api: Http, experiment: int) -> None:
    found = api.get(f"/api/campaigns/{experiment}/variants").json()
    assert [(row["variant"], row["sent"], row["delivered"], row["human_clicked"]) for row in found["variants"]] == [
        ("A", 40, 40, 4),
        ("B", 40, 38, 20),
    ]
    assert found["variants"][0]["judged_by"] == {"value": 10.0, "low": 3.96, "high": 23.05}
    (one,) = found["comparisons"]
    assert (one["variant"], one["against"], one["is_clear"], one["needs"]) == ("B", "A", True, 0)
    assert one["probability"] > 0.999 and found["verdict"].startswith("B is better: 52.6 % against 10.0 %")
    by_open = api.get(f"/api/campaigns/{experiment}/variants?by=open&include=all").json()
    assert [row["opened"] for row in by_open["variants"]] == [10, 20]
    assert api.get(f"/api/campaigns/{experiment}/variants?by=luck").status_code == 422


def test_the_sums_of_variants_equal_a_rebuild_also_after_an_erasure(
    api: Http,
    experiment: int,
    fold: Callable[[], None],
    engine: Engine,
) -> None:
    before = api.get(f"/api/campaigns/{experiment}/variants").json()
    api.post("/api/recipients/erase", json={"recipient": "B1@example.com"})
    fold()
    assert api.get(f"/api/campaigns/{experiment}/variants").json() == before
    with writing(engine) as connection:
        assert recount(connection).differences == []
        connection.execute(delete(variant_stats))
        assert recount(connection, mend=True).differences != []
        assert recount(connection).differences == []
    assert api.get(f"/api/campaigns/{experiment}/variants").json() == before


def test_an_older_database_is_filled_with_the_same_sums(experiment: int, engine: Engine) -> None:
    spec = importlib.util.spec_from_file_location("variants", ROOT / "alembic/versions/0018_variants.py")
    assert spec is not None and spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    ordered = select(variant_stats).order_by(variant_stats.c.variant)
    with writing(engine) as connection:
        before = connection.execute(ordered).all()
        connection.execute(delete(variant_stats))
        connection.execute(text(migration.filled()))
        assert len(before) == 2 and connection.execute(ordered).all() == before


def test_a_deleted_campaign_takes_its_variants_along(api: Http, experiment: int, fold: Callable[[], None], engine: Engine) -> None:
    from little_bell.projector.purge import purge_step

    api.delete(f"/api/campaigns/{experiment}")
    fold()
    with writing(engine) as connection:
        while purge_step(connection):
            pass
    with reading(engine) as connection:
        assert connection.execute(select(variant_stats)).all() == []


def test_the_trend_is_in_order_with_the_median_around_each(
    api: Http,
    stranger: Http,
    fold: Callable[[], None],
) -> None:
    for clicked in (1, 3, 2, 0):
        campaign_id = api.post("/api/campaigns", json={"name": f"With {clicked}"}).json()["id"]
        new = [{"campaign_id": campaign_id, "recipient_email": f"r{n}@example.com"} for n in range(4)]
        ids = [one["id"] for one in api.post("/api/messages/batch", json={"messages": new}).json()["messages"]]
        marks = [{"id": one, "mark": "sent"} for one in ids] + [{"id": one, "mark": "clicked"} for one in ids[:clicked]]
        api.post("/api/messages/marks", json={"marks": marks})
    api.post("/api/campaigns", json={"name": "Never sent"})
    fold()
    found = api.get("/api/dashboard/trend?limit=3").json()
    assert [row["name"] for row in found] == ["With 3", "With 2", "With 0"]
    assert [row["rates"]["human_click_rate"] for row in found] == [75.0, 50.0, 0.0]
    assert [row["medians"]["human_click_rate"] for row in found] == [50.0, 50.0, 37.5]
    assert stranger.get("/api/dashboard/trend").json() == []
