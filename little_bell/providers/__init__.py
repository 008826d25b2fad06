"""The e-mail providers whose webhooks we understand: one file each, and its line here."""

from collections.abc import Mapping

from little_bell.providers import brevo, generic, mailgun, mailjet, mandrill, postal, postmark, resend, sendgrid, ses, sparkpost
from little_bell.providers.base import Accepted, Provider, Refused, Request, Told, accept, read

_FILES = (sendgrid, ses, mailgun, postmark, sparkpost, brevo, mailjet, resend, mandrill, postal, generic)

#: By the name that stands in the URL.
PROVIDERS: Mapping[str, Provider] = {file.PROVIDER.name: file.PROVIDER for file in _FILES}

__all__ = ["PROVIDERS", "Accepted", "Provider", "Refused", "Request", "Told", "accept", "read"]
