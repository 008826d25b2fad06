"""The mailbox to look into, as settings name it: `imaps://user@imap.example.com/INBOX`."""

import ipaddress
import subprocess
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from little_bell.domain.errors import Invalid

COMMAND_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Account:
    """Where and how to sign in. `token_command` prints an access token for XOAUTH2; without one the password is used."""

    host: str
    port: int
    is_tls: bool
    user: str
    folder: str
    password: str = field(default="", repr=False)
    token_command: str = field(default="", repr=False)

    @property
    def may_be_plain(self) -> bool:
        """Whether nobody can listen on the way: the server is on this machine."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"{self.user} at {self.host}, {self.folder}"


def account_of(url: str, password: str = "", token_command: str = "") -> Account:
    """The account in a URL. imaps is TLS from the start, imap is STARTTLS (or nothing, on this machine). Raises Invalid."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username or port == -1:
        raise Invalid(
            "LITTLE_BELL_MAILBOX has the form imaps://user@imap.example.com/INBOX, with %40 for an @ in the user's name", "mailbox"
        )
    secret = password or unquote(parts.password or "")
    if not secret and not token_command:
        raise Invalid("the mailbox needs LITTLE_BELL_MAILBOX_PASSWORD or LITTLE_BELL_MAILBOX_TOKEN_COMMAND", "mailbox")
    is_tls = parts.scheme == "imaps"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return Account(parts.hostname, port or (993 if is_tls else 143), is_tls, unquote(parts.username), folder, secret, token_command)


def access_token(account: Account) -> str:
    """What the token command prints now. Raises OSError where it fails; what it says of that stays with it, it may be secret."""
    try:
        done = subprocess.run(account.token_command, shell=True, capture_output=True, text=True, timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        raise OSError("the token command takes too long") from None
    if done.returncode or not done.stdout.strip():
        raise OSError(f"the token command ended with {done.returncode}")
    return done.stdout.strip()
