"""E-mail addresses as they are compared: two that reach the same mailbox have one key."""

import re
import unicodedata

from little_bell.domain.links import ascii_host

#: Characters of an address.
LONGEST = 320
_NEVER = '"(),:;<>@[\\]'
_ASCII = re.compile(rf"[^\x00-\x20\x7f{re.escape(_NEVER)}]{{1,64}}@[\w-]+(?:\.[\w-]+)*", re.ASCII)


def is_address(text: str) -> bool:
    """Whether this may be an address: loose on purpose (RFC 6531 allows any letter), but nothing in it ends a header or begins another."""
    if text.isascii():
        return _ASCII.fullmatch(text) is not None
    local, _, domain = text.rpartition("@")
    if not 1 <= len(local) <= 64 or any(char in _NEVER or unicodedata.category(char)[0] in "CZ" for char in local):
        return False
    return all(label and all(char in "_-" or unicodedata.category(char)[0] in "LMN" for char in label) for label in domain.split("."))


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
