"""What speaks for a person in the middle of machines: where they have looked at the mail from, and with what."""

from collections.abc import Sequence

from little_bell.domain.verdicts.seen import SECOND, Seen

#: Programs on a reader's own device; the proxies of mailbox providers say nothing of where somebody is.
_OWN_PROGRAMS = frozenset({"outlook_desktop", "mail_program", "browser", "unremarkable"})
#: Nobody but a person's own program or proxy names itself so, however soon.
SURE = frozenset({"manual", "gmail_view", "yahoo_view", "outlook_desktop", "mail_program"})
#: Filters fetch the image with the links; who looked before that has read.
LOOKED_BEFORE = 10 * SECOND


class Reader:
    """From which networks somebody looked at a message, and since when; nothing is known of them where none are given."""

    def __init__(self, looks: Sequence[Seen] = ()) -> None:
        self._since: dict[int, int] = {}
        for look in looks:
            if look.network and not look.is_machine and not _OWN_PROGRAMS.isdisjoint(look.names):
                self._since[look.network] = min(look.at, self._since.get(look.network, look.at))

    @property
    def is_somewhere(self) -> bool:
        """Whether any network is known."""
        return bool(self._since)

    def is_there(self, click: Seen) -> bool:
        """Whether a click comes from where the message had been looked at before."""
        since = self._since.get(click.network)
        return since is not None and since <= click.at - LOOKED_BEFORE


def is_beside(click: Seen, around: Sequence[Seen], is_reader: bool, burst: int) -> bool:
    """Whether a click only fell into the time of one scanner's burst of so many links; `around`: what was followed then, or shortly.

    The burst is there without it, has one agent, one network, or is known for a scanner's by each request; and the click comes with
    another agent, from another network or from where its reader is.
    """
    mine, links, agents, networks = set(), set(), set(), set()
    are_machines = True
    for other in around:
        if other.agent == click.agent or not (is_reader or other.network != click.network):
            mine.add(other.link)
        else:
            links.add(other.link)
            agents.add(other.agent)
            networks.add(other.network)
            are_machines = are_machines and other.shows_machine
        is_one = len(agents) < 2 or (len(networks) < 2 and not is_reader) or are_machines
        if len(mine) >= burst or not is_one:
            return False
    return len(links) >= burst
