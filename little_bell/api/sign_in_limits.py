"""How often somebody may try to sign in: by where they are and by whose account it is."""

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from little_bell.domain.errors import TooMany

BY_ADDRESS = parse("30 per 5 minutes")
BY_ACCOUNT = parse("10 per 5 minutes")


class SignInLimits:
    """Counts attempts, in the memory of this process."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def count(self, address: str, email: str) -> None:
        """One more attempt. Raises TooMany, with the seconds to wait."""
        for limit, name in ((BY_ADDRESS, f"address {address}"), (BY_ACCOUNT, _account(email))):
            if not self._window.hit(limit, name):
                reset_at = self._window.get_window_stats(limit, name).reset_time
                raise TooMany("too many attempts to sign in; wait a little", max(1, math.ceil(reset_at - time.time())))

    def forgive(self, email: str) -> None:
        """It was the right password."""
        self._window.clear(BY_ACCOUNT, _account(email))


def _account(email: str) -> str:
    return f"account {email.strip().lower()}"
