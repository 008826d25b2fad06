"""Fixtures for all tests, and which of them stay together when several processes share the work."""

import pytest
from hypothesis import settings

settings.register_profile("bell", deadline=None, print_blob=True)  # how long an example takes says more about the machine
settings.load_profile("bell")

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.databases",
    "tests.fixtures.people",
    "tests.fixtures.app",
    "tests.fixtures.browser",
    "tests.fixtures.redis",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last, because Playwright leaves an event loop running in its thread; else a file's tests share a process."""
    items.sort(key=_is_browsing)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(f"{item.path} in a browser" if _is_browsing(item) else str(item.path)))


def _is_browsing(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())
