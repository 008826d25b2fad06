"""Addresses: homes, telephones, offices, clouds, and the networks of those who fetch for others."""

import random

_HOMES = ("24.{}.{}.{}", "73.{}.{}.{}", "81.{}.{}.{}", "90.{}.{}.{}", "188.{}.{}.{}")
_CLOUDS = ("3.{}.{}.{}", "18.{}.{}.{}", "34.{}.{}.{}", "35.{}.{}.{}", "44.{}.{}.{}", "54.{}.{}.{}", "129.{}.{}.{}", "159.{}.{}.{}")


def _fill(pattern: str, rng: random.Random) -> str:
    return pattern.format(rng.randrange(1, 255), rng.randrange(256), rng.randrange(1, 255))


def home(rng: random.Random) -> str:
    """A household, on IPv4 or IPv6."""
    if rng.random() < 0.3:
        return f"2a02:{rng.randrange(0x1000, 0x9FFF):x}:{rng.randrange(0xFFFF):x}:{rng.randrange(0xFFFF):x}::{rng.randrange(1, 0xFFFF):x}"
    return _fill(rng.choice(_HOMES), rng)


def telephone(rng: random.Random) -> str:
    """A mobile network: thousands of people share a few hundred addresses."""
    return f"107.77.{rng.randrange(192, 200)}.{rng.randrange(1, 255)}"


def office(rng: random.Random) -> str:
    """The one address of a company."""
    return _fill(rng.choice(("62.{}.{}.{}", "193.{}.{}.{}", "212.{}.{}.{}")), rng)


def cloud(rng: random.Random) -> str:
    """A rented machine that says nothing of who rents it."""
    return _fill(rng.choice(_CLOUDS), rng)


def near(address: str, rng: random.Random) -> str:
    """Another machine of the same /24."""
    return f"{address.rpartition('.')[0]}.{rng.randrange(1, 255)}"


def google(rng: random.Random) -> str:
    """Google's image proxy."""
    pattern, low, high = rng.choice((("66.249.{}.{}", 80, 96), ("66.102.{}.{}", 6, 10), ("74.125.{}.{}", 208, 220)))
    return pattern.format(rng.randrange(low, high), rng.randrange(1, 255))


def apple(rng: random.Random) -> str:
    """An exit of iCloud Private Relay."""
    return rng.choice(("172.{}.{}.{}", "104.28.{1}.{2}", "146.75.{3}.{2}")).format(
        rng.randrange(224, 228), rng.randrange(256), rng.randrange(1, 255), rng.randrange(128, 256)
    )


def yahoo(rng: random.Random) -> str:
    """Yahoo's image proxy."""
    return f"98.{rng.randrange(136, 140)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def microsoft(rng: random.Random) -> str:
    """Outlook.com and Outlook on the web: Exchange Online fetches the images."""
    pattern, low, high = rng.choice((("40.{}.{}.{}", 96, 104), ("52.{}.{}.{}", 96, 100)))
    return pattern.format(rng.randrange(low, high), rng.randrange(256), rng.randrange(1, 255))


def azure(rng: random.Random) -> str:
    """Anything at Microsoft: scanners, browsers in a cloud, customers' machines."""
    return f"20.{rng.randrange(36, 191)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def defender(rng: random.Random) -> str:
    """Microsoft's mail filter, which opens links before a mail is delivered."""
    return rng.choice(("40.94.{}.{}", "40.107.{}.{}", "104.47.{}.{}")).format(rng.randrange(1, 120), rng.randrange(1, 255))


def barracuda(rng: random.Random) -> str:
    """Barracuda's published ranges."""
    return rng.choice(("209.222.82.{}", "35.157.190.{}", "3.24.133.{}")).format(rng.randrange(225, 254))


def proofpoint(rng: random.Random) -> str:
    """Proofpoint's own network."""
    return f"148.163.{rng.randrange(128, 160)}.{rng.randrange(1, 255)}"


def mimecast(rng: random.Random) -> str:
    """Mimecast's own network."""
    return rng.choice(("207.211.30.{}", "205.139.110.{}", "170.10.129.{}")).format(rng.randrange(1, 127))
