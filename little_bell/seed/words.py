"""What the demo is made of: mailings, people, mailbox providers with the agents that come from them, bounce replies.

Addresses are from the ranges set aside for documentation and benchmarks (RFC 5737, RFC 2544), so that they are nobody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Mailing:
    """A campaign of the demo. `links` have weights; `interest` is the share of readers who open."""

    name: str
    subject: str
    template_id: str
    tags: tuple[str, ...]
    days_ago: float
    hour: int
    messages: int
    interest: float
    curiosity: float  # the share of openers who follow a link
    links: dict[str, int]
    variants: Mapping[str, float] = field(default_factory=dict)  # of the mail, each to every so manieth reader: times curiosity
    refused: float = 0.019  # the share that bounces

    def of(self, variant: str | None) -> "Mailing":
        """The mailing as readers of one of its variants take it."""
        return self if variant is None else replace(self, curiosity=self.curiosity * self.variants[variant])


@dataclass(frozen=True, slots=True)
class Provider:
    """Where mailboxes are; `clients` are agents with weights; `network` is the start of the addresses they come from."""

    share: int
    clients: dict[str, int]
    network: str = ""  # empty: from the reader's own
    prefetches: float = 0.0  # the share of mailboxes whose images are fetched by a machine on arrival
    prefetcher: str = ""  # … by which agent
    gateway: str = ""  # what stands before the mailboxes, as seed/gateways.py has it


MAILINGS = (
    Mailing(
        "Autumn collection",
        "The new season is here: warm colours, honest wool",
        "autumn-2",
        ("shop", "season"),
        29,
        9,
        9_000,
        0.36,
        0.17,
        {
            "https://shop.example.com/autumn?ref=mail": 48,
            "https://shop.example.com/autumn/knitwear?ref=mail": 24,
            "https://shop.example.com/autumn/coats?ref=mail#size-guide": 15,
            "https://shop.example.com/stores": 8,
            "https://blog.example.com/how-we-dye": 5,
        },
    ),
    Mailing(
        "Weekly digest 46",
        "Five things worth your time this week",
        "digest",
        ("digest",),
        13,
        7,
        7_000,
        0.45,
        0.24,
        {
            "https://news.example.com/2026/46/one-pot-dinners": 34,
            "https://news.example.com/2026/46/night-trains": 27,
            "https://news.example.com/2026/46/small-gardens": 18,
            "https://news.example.com/2026/46/reader-letters": 12,
            "https://news.example.com/archive": 9,
        },
    ),
    Mailing(
        "Friends’ preview",
        "Before everybody else: the winter preview",
        "preview-b",
        ("shop", "members"),
        3,
        16,
        4_000,
        0.52,
        0.31,
        {
            "https://shop.example.com/preview?ref=mail": 62,
            "https://shop.example.com/preview/gloves?ref=mail": 21,
            "https://shop.example.com/wishlist": 11,
            "https://shop.example.com/terms": 6,
        },
        {"preview-a": 0.82, "preview-b": 1.24},
        refused=0.031,
    ),
)

FIRST_NAMES = (
    "Ada Alma Amir Anna Anton Ben Bruno Carla Chiara Clara Daniel David Elena Elif Emil Emma Eva Felix Finn Frida Greta Hannah Hugo Ida "
    "Ines Isak Jana Jonas Julia Karl Katja Lea Lena Leo Lina Louis Luca Maja Marek Maria Marta Max Mia Milan Mina Nils Nina Noah Nora Olga "
    "Oscar Otto Paula Pavel Petra Rosa Ruth Samir Sara Selma Simon Sofia Stella Sven Tara Theo Tilda Tom Vera Viktor Wanda Yara Zoe"
)
LAST_NAMES = (
    "Adler Almeida Andersson Bauer Becker Berg Bianchi Blom Brandt Costa Dahl Dubois Eriksen Ferrari Fischer Fuchs Garcia Haas "
    "Hansen Hoffmann Horvat Huber Jansen Jensen Kaya Keller Klein Koch Kowalski Kraus Krueger Lang Larsen Lehmann Lindgren Lopez "
    "Marino Martin Mayer Meyer Moreau Nagy Neumann Nilsson Novak Olsen Petersen Pires Popescu Richter Rossi Roux Ruiz Sauer "
    "Schmidt Schulz Silva Simon Smit Sousa Svensson Szabo Thomsen Toth Vogel Wagner Walter Weber Weiss Werner Winkler Wolf Wright "
    "Yilmaz Zeller"
)

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0"
OUTLOOK = (
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.19328; ms-office)"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
APPLE_PREFETCH = "Mozilla/5.0"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
#: What a mail filter calls itself: an old browser, or by its name.
HIDDEN_FILTER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.0.0 Safari/537.36"
NAMED_FILTER = "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"
CHAT_PREVIEW = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
LINK_CHECKER = "Mozilla/5.0 (compatible; LinkCheck/2.1)"
BROWSERS = {CHROME: 46, ANDROID: 30, IPHONE: 24}

PROVIDERS = {
    "gmail.com": Provider(38, {GMAIL: 1}, network="192.0.2.", prefetches=0.02, prefetcher=GMAIL_PREFETCH),
    "outlook.com": Provider(15, {CHROME: 5, OUTLOOK: 4, ANDROID: 1}, gateway="looks ahead"),
    "icloud.com": Provider(10, {IPHONE: 7, MAC: 3}, prefetches=0.6, prefetcher=APPLE_PREFETCH),
    "yahoo.com": Provider(8, {YAHOO: 1}, network="203.0.113."),
    "gmx.de": Provider(7, {CHROME: 4, ANDROID: 3, THUNDERBIRD: 1}),
    "web.de": Provider(5, {CHROME: 4, ANDROID: 4}),
    "orange.fr": Provider(4, {CHROME: 3, THUNDERBIRD: 1, IPHONE: 2}),
    "posteo.net": Provider(2, {THUNDERBIRD: 4, IPHONE: 1}),
    "proton.me": Provider(2, {CHROME: 2, ANDROID: 1}),
    "acme.example": Provider(5, {OUTLOOK: 6, IPHONE: 2}, gateway="follows all"),
    "uni.example": Provider(4, {THUNDERBIRD: 3, OUTLOOK: 3, MAC: 2}, gateway="names itself"),
    "freight.example": Provider(3, {OUTLOOK: 5, CHROME: 3}, network="198.51.100.", gateway="picks one"),
}

#: What mail servers say, with weights.
REFUSALS = {
    "550 5.1.1 The email account that you tried to reach does not exist": 46,
    "550 5.1.1 Recipient address rejected: User unknown": 17,
    "550 5.4.1 Recipient address rejected: Access denied": 8,
    "554 5.7.1 Message rejected due to content restrictions": 4,
    "452 4.2.2 The recipient's inbox is out of storage space": 15,
    "421 4.7.0 Try again later, closing connection": 6,
    "451 4.3.0 Temporary server error, please try again later": 4,
}

#: Addresses that somebody put on the list: days ago, address, reason, note.
BY_HAND = (
    (26, "press@uni.example", "manual", "Asked on the phone to be left out"),
    (19, "anna.lind@old-shop.example", "hard_bounce", "Taken over from the old system"),
    (19, "piotr.wolf@old-shop.example", "unsubscribe", "Taken over from the old system"),
    (4, "info@acme.example", "manual", "A role address, nobody reads it"),
)
#: The tenant's own rules: what is looked at, its value, how it is treated, why.
RULES: tuple[tuple[Literal["network", "asn", "agent"], str, Literal["machine", "unfiltered"], str], ...] = (
    ("agent", "linkcheck", "machine", "Our own check for dead links"),
    ("network", "198.51.100.0/24", "unfiltered", "Freight’s people browse through their filter"),
)
#: What somebody says of two readers, once: of clicks that were judged so, for this reason, that they were the other; and why.
SAID = (
    ("machine", "burst", "human", "She told us that she opens all of them in tabs"),
    ("human", "browser", "machine", "Our agency, who tested the links"),
)
#: The numbers as they were before anybody said anything.
KEPT_AS = "before-corrections"
#: Mail that came back and belongs to no message here: days ago, whom it is about, what was said.
STRAYS = (
    (12, "marta@closed-shop.example", "550 5.1.2 Host unknown: no such domain"),
    (5, "team.lunch@acme.example", "550 5.1.1 Recipient address rejected: User unknown"),
    (2, "jo@uni.example", "452 4.2.2 The recipient's inbox is out of storage space"),
)

#: How awake people are, by hour of the day (UTC) and by day of the week (Monday first).
HOURS = (6, 3, 2, 2, 4, 12, 34, 62, 88, 96, 92, 86, 80, 74, 70, 68, 70, 78, 86, 90, 80, 58, 34, 15)
DAYS = (1.0, 1.0, 0.96, 0.95, 0.85, 0.55, 0.62)
