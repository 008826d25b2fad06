"""The templates come from outside: what is said when they can't."""

from pathlib import Path

import pytest

from tests.instrument import fetch


def test_without_a_registry_the_tests_say_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "CACHE", tmp_path)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9")
    monkeypatch.setenv("NPM_CONFIG_FETCH_RETRIES", "0")
    monkeypatch.setenv("NPM_CONFIG_CACHE", str(tmp_path / "npm"))
    with pytest.raises(fetch.Unreachable, match=r"the mail templates for the tests can't be had: npm install said"):
        fetch.mail_templates()
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock" and path.name not in ("lock", "npm")] == []
