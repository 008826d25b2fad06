"""Names that were chosen to do harm: shown as they are, in charts, their tooltips and legends too, and inert in files."""

import io
import re
import zipfile
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, select

from little_bell.db import reading
from little_bell.models.tables import campaigns
from tests.fixtures.app import RunningApp
from tests.ui.test_journeys_campaigns import campaign_of, marketer

__all__ = ["marketer"]  # a fixture
HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "=cmd|' /C calc'!A0",
    "__proto__",
    "constructor",
    "invoice\u202efdp.exe",
    "👩‍👩‍👧‍👦 Ünï 中文",
    "n" * 200,
]
FORMULA = HOSTILE[1]


def told_over(chart: Locator, page: Page) -> str:
    """All that the tooltip says while the pointer goes from one end of a chart to the other."""
    box = chart.bounding_box()
    assert box is not None
    said = []
    for step in range(60):
        page.mouse.move(box["x"] + 46 + step * (box["width"] - 54) / 60, box["y"] + box["height"] / 2)
        said.append(chart.locator(".recharts-tooltip-wrapper").text_content() or "")
    return "\n".join(said)


def no_harm(page: Page) -> None:
    assert page.evaluate("document.querySelectorAll('img[src=\"x\"], main script').length") == 0
    assert page.evaluate("({}).polluted === undefined && Object.prototype.toString.call({})") == "[object Object]"


def test_hostile_names_are_shown_as_they_are_and_do_nothing(marketer: Page, app_server: RunningApp, app_engine: Engine) -> None:
    marketer.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    ids = [campaign_of(app_server, name, f"a{place}@hostile.example", f"b{place}@hostile.example")[0] for place, name in enumerate(HOSTILE)]
    marketer.goto("/")
    card = marketer.get_by_role("region", name="Your last campaigns")
    expect(card).to_be_visible()
    card.scroll_into_view_if_needed()
    told = told_over(card.locator(".chart"), marketer)
    assert all(name[:40] in told for name in HOSTILE), told
    no_harm(marketer)

    marketer.goto(f"/campaigns/compare?ids={','.join(map(str, ids[:5]))}")
    curves = marketer.get_by_role("group", name=re.compile("^Percent of those delivered"))
    expect(curves).to_be_visible()
    curves.scroll_into_view_if_needed()
    assert "E: 100 %" in told_over(curves, marketer)
    for name in HOSTILE[:5]:
        expect(marketer.get_by_role("main")).to_contain_text(name)
    no_harm(marketer)

    with app_server.client() as api:
        new = [
            {"campaign_id": ids[1], "recipient_email": f"v{place}@hostile.example", "variant": name[:64], "metadata": {name[:40]: FORMULA}}
            for place, name in enumerate(HOSTILE)
        ]
        made = api.post("/api/messages/batch", json={"messages": new}).raise_for_status().json()["messages"]
        marks: list[dict[str, Any]] = [{"id": one["id"], "mark": "clicked", "url": "https://example.org/?q=<script>=cmd"} for one in made]
        answer = api.post("/api/messages/marks", json={"marks": marks}).raise_for_status()
        api.get(f"/api/campaigns/{ids[1]}", headers={"X-Read-After": answer.headers["X-Journal-Position"]}).raise_for_status()
    marketer.goto(f"/campaigns/{ids[1]}")
    expect(marketer.get_by_role("heading", level=1)).to_have_text(FORMULA)
    variants = marketer.get_by_role("list", name="Variants")
    for name in HOSTILE:
        expect(variants).to_contain_text(name[:64])
    no_harm(marketer)

    table = marketer.request.get(f"/api/campaigns/{ids[1]}/export?format=csv").text()
    assert f"'{FORMULA}" in table and not re.search(r'(^|,)"?[=+@-]', table, re.MULTILINE)
    sheet = marketer.request.get(f"/api/campaigns/{ids[1]}/export?format=xlsx").body()
    with zipfile.ZipFile(io.BytesIO(sheet)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert "cmd|" in text and "<f>" not in text
    mine = select(campaigns.c.name).where(campaigns.c.id.in_(ids)).order_by(campaigns.c.id)
    with reading(app_engine) as connection:
        assert list(connection.execute(mine).scalars()) == HOSTILE
