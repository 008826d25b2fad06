"""A page of a web node in a browser, which nobody reloads."""

from playwright.sync_api import Browser, Page

from tests.cluster.cluster import EMAIL, PASSWORD
from tests.cluster.parts import Part, wait_until


class LivePage:
    """The campaign's page in a browser, which nobody reloads."""

    def __init__(self, browser: Browser, node: Part, campaign_id: int) -> None:
        self._context = browser.new_context(base_url=f"http://localhost:{node.port}")
        self._page: Page = self._context.new_page()
        self._page.set_default_timeout(60_000)
        self._page.goto("/login")
        self._page.get_by_label("E-mail").fill(EMAIL)
        self._page.get_by_label("Password").fill(PASSWORD)
        self._page.get_by_role("button", name="Sign in").click()
        self._page.get_by_role("heading", name="Overview").wait_for()
        self._page.goto(f"/campaigns/{campaign_id}")
        self._figures = self._page.get_by_role("region", name="Key figures")
        self._figures.wait_for()

    def numbers(self) -> str:
        """What it shows now."""
        return self._figures.inner_text()

    def moves(self, after: str, shown: str = "") -> None:
        """Its numbers change by themselves, from what they are now or from `shown`."""
        shown = shown or self.numbers()

        def have_changed() -> bool:
            self._page.wait_for_timeout(20)  # the browser's messages are heard of in here alone
            return self.numbers() != shown

        wait_until(have_changed, f"the page's numbers move after {after}: {shown!r}")

    def shows(self, words: str) -> None:
        """In the end, by itself."""
        self._figures.get_by_text(words).first.wait_for()

    def close(self) -> None:
        self._context.close()
