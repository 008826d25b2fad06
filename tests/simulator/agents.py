"""User agents as they are seen in 2026; the wild ones have made-up versions."""

import random

APPLE_PROXY = "Mozilla/5.0"
GMAIL_VIEW = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
_CHROME = "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
_SYSTEMS = ("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64")
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {major}_{minor} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


def chrome(rng: random.Random, newest: int = 142) -> str:
    """A desktop Chrome of the last year."""
    return _CHROME.format(system=rng.choices(_SYSTEMS, (7, 3, 1))[0], version=rng.randrange(newest - 6, newest + 1))


def edge(rng: random.Random) -> str:
    """Microsoft Edge."""
    version = rng.randrange(136, 143)
    return f"{_CHROME.format(system=_SYSTEMS[0], version=version)} Edg/{version}.0.0.0"


def firefox(rng: random.Random) -> str:
    """Firefox on Windows or Linux."""
    version = rng.randrange(128, 146)
    return f"Mozilla/5.0 ({rng.choice(_SYSTEMS[::2])}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"


def iphone(rng: random.Random) -> str:
    """Safari on a telephone."""
    major = rng.randrange(17, 27)
    return _IPHONE.format(major=major, minor=rng.randrange(7)) + f" Version/{major}.0 Mobile/15E148 Safari/604.1"


def android(rng: random.Random) -> str:
    """Chrome on a telephone: the reduced agent."""
    version = rng.randrange(136, 143)
    return f"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Mobile Safari/537.36"


def browser(rng: random.Random) -> str:
    """A person's browser."""
    return rng.choices((chrome, edge, firefox, iphone, android), (30, 12, 6, 28, 24))[0](rng)


def office_browser(rng: random.Random) -> str:
    """A browser at work."""
    return rng.choices((chrome, edge, firefox), (45, 50, 5))[0](rng)


def scanner_chrome(rng: random.Random) -> str:
    """What gateways hide behind: Chrome, often some years old, sometimes the present one."""
    return chrome(rng, rng.choice((79, 92, 103, 117, 127, 142)))


def outlook(rng: random.Random) -> str:
    """Outlook on the desktop."""
    return (
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
        if rng.random() < 0.5
        else f"Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.{rng.randrange(5000, 18000)}; Pro)"
    )


def apple_mail(rng: random.Random) -> str:
    """Mail on an iPhone whose owner keeps privacy protection off."""
    return _IPHONE.format(major=rng.randrange(17, 27), minor=rng.randrange(7)) + " Mobile/15E148"


def thunderbird(rng: random.Random) -> str:
    """Thunderbird."""
    version = rng.randrange(115, 146)
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Thunderbird/{version}.0"


def android_mail(rng: random.Random) -> str:
    """The telephone's own mail program."""
    return f"Dalvik/2.1.0 (Linux; U; Android {rng.randrange(11, 17)}; SM-S92{rng.randrange(1, 9)}B Build/UP1A.231005.007)"


def robot(rng: random.Random) -> str:
    """Programs that say what they are: previews of chats, monitors, scripts."""
    return rng.choice(
        (
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
            "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))",
            "python-requests/2.32.3",
            "Go-http-client/2.0",
            "curl/8.9.1",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
            "WhatsApp/2.24.20 W",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        )
    )
