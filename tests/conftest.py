"""Fixtures for all tests; browser tests come last, because Playwright leaves an event loop running in this thread."""

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
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
