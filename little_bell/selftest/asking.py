"""A request to the base URL: as a mail program makes it, without following a redirect."""

import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

SECONDS = 5.0
MOST_BYTES = 100_000
AGENT = "Mozilla/5.0 (Little Bell self-test)"


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_open = urllib.request.build_opener(_Stay).open


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case. `status` is None where nothing did, and `why` says the reason."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""


class Asking:
    """Asks one installation."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @property
    def parts(self) -> SplitResult:
        """The base URL in parts."""
        return urlsplit(self.base_url)

    @property
    def host(self) -> str:
        """Its host; "" if it has none."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """Its port, said or by its scheme."""
        return self.parts.port or (443 if self.parts.scheme == "https" else 80)

    def ask(self, url: str, method: str = "GET", body: bytes | None = None) -> Answer:
        """The answer to an address of ours. Raises ValueError for another's."""
        if not url.startswith(f"{self.base_url}/"):
            raise ValueError(f"{url} isn't an address of {self.base_url}")
        request = urllib.request.Request(url, method=method, data=body, headers={"User-Agent": AGENT})
        try:
            with _open(request, timeout=SECONDS) as answer:
                return Answer(answer.status, _lower(answer.headers.items()), answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers.items()))
        except (OSError, ValueError) as error:
            return Answer(None, why=str(getattr(error, "reason", error)))


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
