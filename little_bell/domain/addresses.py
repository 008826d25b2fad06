"""E-mail addresses as they are compared: two that reach the same mailbox have one key."""

import unicodedata

from little_bell.domain.links import ascii_host

LONGEST = 320


def address_key(email: str) -> str:
    """What an address is looked up by: lower case, Unicode in NFC, the domain in its ASCII (punycode) form.

    RFC 5321 section 2.4 lets a server tell `Ann@` from `ann@`; none of the large ones does, and mail that somebody asked not
    to get must not pass by a capital letter. Dots and +tags stay: they mean the same mailbox with some providers only. It is never longer
    than LONGEST: a domain of foreign letters that would be so in ASCII stays as it is.
    """
    if email.isascii():
        return email.strip().rstrip(".").lower()
    local, _, domain = email.strip().lower().rpartition("@")
    local = unicodedata.normalize("NFC", local)
    key = f"{local}@{ascii_host(domain) or domain}"
    return key if len(key) <= LONGEST else f"{local}@{domain}"[:LONGEST].rstrip(".")


def domain_of(email: str) -> str:
    """The domain, as it is compared."""
    return address_key(email).rpartition("@")[2]
