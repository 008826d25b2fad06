"""The e-mail providers whose webhooks we understand: one file each, and its line here."""

import secrets
from collections.abc import Mapping

from little_bell.domain.errors import Invalid, NotFound
from little_bell.providers import brevo, generic, gmail, mailgun, mailjet, mandrill, postal, postmark, resend, sendgrid, ses, sparkpost
from little_bell.providers.base import Accepted, Provider, Refused, Request, Told, accept, read

_FILES = (sendgrid, ses, mailgun, postmark, sparkpost, brevo, mailjet, resend, mandrill, gmail, postal, generic)

#: By the name that stands in the URL.
PROVIDERS: Mapping[str, Provider] = {file.PROVIDER.name: file.PROVIDER for file in _FILES}


def find_provider(name: str) -> Provider:
    """The provider of that name. Raises NotFound."""
    if name not in PROVIDERS:
        raise NotFound(f"there is no provider {name!r}: one of {', '.join(PROVIDERS)}", "provider")
    return PROVIDERS[name]


def fit_secret(provider: Provider, secret: str) -> str:
    """The secret as it is kept; one of our own making where none is given and that is ours to make. Raises Invalid for what is none."""
    given = secret.strip()
    if not given and provider.makes_secret:
        return f"bell:{secrets.token_urlsafe(24)}"
    if not provider.is_secret(given):
        raise Invalid(f"secret: {provider.title} needs {provider.secret}", "secret")
    return given


__all__ = ["PROVIDERS", "Accepted", "Provider", "Refused", "Request", "Told", "accept", "find_provider", "fit_secret", "read"]
