"""The body of a request to instrument a mail, and the shape of its answer."""

from collections.abc import Mapping
from typing import Any

from little_bell.actions.forms import Form, Utm
from little_bell.domain.errors import TooLarge
from little_bell.domain.links import Addresses
from little_bell.mail.destinations import UTM
from little_bell.mail.instrument import MOST_LINKS, Draft, Instrumented


class NewMail(Form):
    """A mail's parts as they would be sent."""

    html: str
    text: str | None = None
    utm: Utm = Utm()


def draft_of(new: NewMail, addresses: Addresses) -> Draft:
    """The mail read, before its links are signed. Raises TooLarge."""
    draft = Draft(new.html, new.text, addresses.own)
    if len(draft.destinations) > MOST_LINKS:
        raise TooLarge(f"html: {len(draft.destinations):,} different links; at most {MOST_LINKS:,} in one mail", "html")
    return draft


def tagged_draft(draft: Draft, new: NewMail, campaign_utm: Mapping[str, str]) -> Draft:
    """The mail with the campaign's UTM parameters; the call's go before them name by name, and null there leaves one out."""
    utm = {**campaign_utm, **new.utm.model_dump(exclude_unset=True)}
    return draft.tagged({name: utm[name] for name in UTM if utm.get(name) is not None})


def mail_shape(mail: Instrumented) -> dict[str, Any]:
    """The same mail, and what became of its links."""
    return {
        "html": mail.html,
        "text": mail.text,
        "headers": mail.headers,
        "links": [{"click_url": link, "original_url": url} for url, link in mail.links.items()],
        "left_alone": [{"url": url, "reason": reason} for url, reason in mail.left_alone.items()],
    }
