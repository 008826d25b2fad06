"""Fixtures for all tests, and which of them stay together when several processes share the work."""

import gc
from collections import Counter

import pytest
from hypothesis import settings

from tests.fixtures.in_memory import keep_files_in_memory

keep_files_in_memory()
gc.disable()  # until everything is imported and collected
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
    """A file's tests share a process. Browser tests come last, because Playwright leaves an event loop running in its thread; of them
    the longest files first, so that no process is left alone with one.
    """
    tests_of = Counter(item.path for item in items)
    items.sort(key=lambda item: (1, -tests_of[item.path], str(item.path)) if _is_browsing(item) else (0, 0, ""))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(f"{item.path} in a browser" if _is_browsing(item) else str(item.path)))


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: looking through it for garbage again and again took a fifth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def _is_browsing(item: pytest.Item) -> bool:
    return "browser" in getattr(item, "fixturenames", ())
