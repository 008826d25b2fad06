"""The examples of docs/instrumenting.md run."""

import contextlib
import re
from typing import Any

from little_bell.config import ROOT
from tests.fixtures.app import RunningApp
from tests.instrument.conftest import seen_by_a_browser


def test_the_examples_of_the_page_run_one_after_the_other(app_server: RunningApp) -> None:
    page = (ROOT / "docs/instrumenting.md").read_text().replace("http://localhost:3000", app_server.url).replace("lb_…", app_server.api_key)
    names: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(example, "docs/instrumenting.md", "exec"), names)
    with contextlib.closing(names["bell"]), app_server.client() as client:
        (link,) = seen_by_a_browser(names["mail"]["html"]).links
        assert client.get(link).headers["location"] == "https://shop.example/tea?a=1&b=2&utm_source=spring"
        assert client.get(seen_by_a_browser(names["mail"]["html"]).images[0]).headers["content-type"] == "image/gif"
    assert names["outgoing"]["Message-ID"] and names["message"]["tracking_token"] in names["outgoing"]["Message-ID"]
    assert names["tagged"]["links"][0]["original_url"] == "https://shop.example/tea?a=1&b=2&utm_source=shop&utm_campaign=autumn"
    assert len(names["made"].links) == 1
