"""With what a mail was read: the program, its operating system, the kind of device, as far as they show."""

from typing import NamedTuple

UNKNOWN = "unknown"
#: A mailbox provider's proxy fetches the image: what the person holds in their hand can't be seen.
HIDDEN = "hidden by proxy"
PHONE, TABLET, COMPUTER = "phone", "tablet", "computer"
#: Names longer than this are cut.
LONGEST = 64


class Client(NamedTuple):
    """Names for people, each at most LONGEST characters; UNKNOWN or HIDDEN where there is none."""

    client: str
    system: str
    device: str


#: Of events without a user agent: marks by hand, and what providers told without one.
NO_CLIENT = Client(UNKNOWN, UNKNOWN, UNKNOWN)
#: The kinds of agents.txt that are proxies, and whose.
PROXIES = {
    "apple_mpp": Client("Apple Mail (privacy protection)", HIDDEN, HIDDEN),
    "gmail_view": Client("Gmail", HIDDEN, HIDDEN),
    "gmail_prefetch": Client("Gmail", HIDDEN, HIDDEN),
    "yahoo_view": Client("Yahoo Mail", HIDDEN, HIDDEN),
}
ROBOT = Client("robot or mail filter", UNKNOWN, UNKNOWN)
