"""Ways to send mail, each with the code that makes it trackable; the page “Set up sending” shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from little_bell.providers import PROVIDERS
from little_bell.ui.sending import own, through


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody sends. `provider` names whose webhook reports back; "" where nobody's does."""

    name: str
    title: str
    file: str
    code: str
    hint: str
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What the code needs to know of this installation: its address, a key's prefix, a campaign."""

    base_url: str
    key: str
    campaign_id: int


_OWN = (
    Way("python", "Python", "send.py", own.PYTHON, "Your own code and mail server; needs httpx."),
    Way("http", "HTTP", "send.sh", own.CURL, "Any language that can call: three calls around your own sending. Here with curl and jq."),
    Way("node", "Node.js", "send.mjs", own.NODE, "Your own code and mail server; needs nodemailer."),
    Way("php", "PHP", "send.php", own.PHP, "Your own code and mail server; needs PHPMailer."),
)

#: By name: own code first, then the providers in the order of their page.
WAYS: Mapping[str, Way] = {way.name: way for way in _OWN} | {
    name: Way(name, provider.title, "send.py", through.code(name), through.HINTS[name], name) for name, provider in PROVIDERS.items()
}


def code_for(way: Way, place: Place) -> str:
    """The way's code for this installation; the key itself stays out of it."""
    known = {"BASE_URL": place.base_url, "KEY_PREFIX": place.key, "CAMPAIGN_ID": str(place.campaign_id)}
    code = way.code
    for name, value in known.items():
        code = code.replace(f"<{name}>", value)
    return code
