"""The body of a request to instrument a mail, and the shape of its answer."""

from typing import Any

from little_bell.actions.forms import Form, Name
from little_bell.domain.errors import TooLarge
from little_bell.domain.links import Addresses
from little_bell.mail.instrument import Draft, Instrumented

MOST_LINKS = 1_000


class Utm(Form):
    """What to add to every destination as utm_source, utm_medium and so on, unless it has its own."""

    source: Name | None = None
    medium: Name | None = None
    campaign: Name | None = None
    term: Name | None = None
    content: Name | None = None


class NewMail(Form):
    """A mail's parts as they would be sent."""

    html: str
    text: str | None = None
    utm: Utm = Utm()


def draft_of(new: NewMail, addresses: Addresses) -> Draft:
    """The mail read, before its links are signed. Raises TooLarge."""
    draft = Draft(new.html, new.text, addresses.own, new.utm.model_dump(exclude_none=True))
    if len(draft.destinations) > MOST_LINKS:
        raise TooLarge(f"html: {len(draft.destinations):,} different links; at most {MOST_LINKS:,} in one mail", "html")
    return draft


def mail_shape(mail: Instrumented) -> dict[str, Any]:
    """The same mail, and what became of its links."""
    return {
        "html": mail.html,
        "text": mail.text,
        "headers": mail.headers,
        "links": [{"click_url": link, "original_url": url} for url, link in mail.links.items()],
        "left_alone": [{"url": url, "reason": reason} for url, reason in mail.left_alone.items()],
    }
