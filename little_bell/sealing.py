"""Secrets of others that have to be kept: encrypted with a key of the installation's, bound to whom they are for."""

import secrets
from collections.abc import Callable

from little_bell.domain.tokens import KeyRing

PURPOSE = "sealing"
_NONCE_BYTES = 12

#: Seals a text for somebody, named by the second argument.
Seal = Callable[[str, str], bytes]


class Sealing:
    """AES-256-GCM. The newest key of the ring seals, all open; what was sealed for one opens for nobody else."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def seal(self, text: str, whose: str) -> bytes:
        """The text, encrypted; different each time."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._ring.derive(PURPOSE)).encrypt(nonce, text.encode(), whose.encode())

    def unseal(self, sealed: bytes, whose: str) -> str | None:
        """The text, or None where no key of the ring opens it for them."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        for key in self._ring.derive_all(PURPOSE):
            try:
                return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], whose.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        return None
