"""Who keeps a recipient's mailbox: known by the domain, or by the mail servers (MX) that the operator found for it."""

from collections.abc import Mapping

#: All that no list names.
OTHER = "other"
#: Domains remembered; then the memory is emptied.
MAX_REMEMBERED = 30_000
LONGEST = 32


class Mailboxes:
    """Provider names by domain, and by the end of a mail server's name; `servers` has the mail server of domains that no list names."""

    def __init__(self, domains: Mapping[str, str], ends: Mapping[str, str], servers: Mapping[str, str]) -> None:
        self._domains, self._ends, self._servers = domains, ends, servers
        self._known: dict[str, str] = {}

    def of(self, address: str) -> str:
        """The provider of an address, or OTHER."""
        domain = address.rpartition("@")[2].lower()
        known = self._known.get(domain)
        if known is None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            known = self._known[domain] = self._domains.get(domain) or self._by_server(self._servers.get(domain, ""))
        return known

    def _by_server(self, server: str) -> str:
        labels = server.split(".")
        ends = (".".join(labels[place:]) for place in range(len(labels)))
        return next((self._ends[end] for end in ends if end in self._ends), OTHER)


def parse_mailboxes(providers: str, servers: str = "") -> Mailboxes:
    """From a list of `Name: domain … mx:end-of-a-mail-server …`, and one of `domain mail-server`; `#` begins a comment.

    Raises ValueError.
    """
    domains: dict[str, str] = {}
    ends: dict[str, str] = {}
    for number, line in _lines(providers):
        name, colon, words = (part.strip() for part in line.partition(":"))
        if not colon or not name or not words or len(name) > LONGEST:
            raise ValueError(f"line {number}: a provider is a name of at most {LONGEST} characters, a colon, and its domains")
        for word in words.lower().split():
            if word.startswith("mx:"):
                ends[word.removeprefix("mx:")] = name
            else:
                domains[word] = name
    found: dict[str, str] = {}
    for number, line in _lines(servers):
        words_of_line = line.lower().split()
        if len(words_of_line) != 2:
            raise ValueError(f"line {number}: a line is a domain and its mail server")
        found[words_of_line[0]] = words_of_line[1].rstrip(".")
    return Mailboxes(domains, ends, found)


def _lines(text: str) -> list[tuple[int, str]]:
    lines = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in lines if line]
