"""What a message's events show together. A pure function of them all: neither order nor batches change what comes out.

A message is judged whole each time something is added, from the reasons of its requests; so a burst that shows itself late
takes the events before it along.
"""

from collections.abc import Iterable, Mapping, Sequence

from little_bell.domain.verdicts.reasons import VOUCHED
from little_bell.domain.verdicts.seen import SECOND, TRAP, HandOver, Seen

#: So many different links in so short a time nobody reads.
BURST_LINKS, BURST = 3, 10 * SECOND
#: … but people may open three in tabs. Where one looked at the mail, or filters are long done, it takes a program's pace, or a fourth.
BURST_IN_TABS = 4 * SECOND
PAIR = 2 * SECOND
#: HEAD and GET of one network belong together that long; what a scanner's network does around a hidden link too.
TOGETHER = 60 * SECOND
#: Around a scanner's burst, for opens from anywhere, and for everything from its own networks.
AROUND, AROUND_NETWORK = 2 * SECOND, 10 * SECOND
#: Hand-over to open, and to click; clocks of providers tell whole seconds.
OPEN_TOO_SOON, CLICK_TOO_SOON, CLOCK = 10 * SECOND, 5 * SECOND, 2 * SECOND
#: A hand-over that is told later than this after something happened was told late: it says nothing of what was before.
TOLD_LATE = 60 * SECOND
#: How long after the hand-over filters look.
FILTERS_LOOK = 600 * SECOND
LOOKED_AHEAD = 10 * SECOND
#: So many recipients of one network within ten minutes; and so many that even those count who can't be seen looking.
CROWD, DENSE_CROWD = 5, 20
#: A network, and ten minutes counted from 1970.
Crowd = tuple[int, int]

_SCANNING = frozenset({"burst", "pair", "hidden_link", "head_and_get", "scanner_network", "scanner_agent"})
#: Nobody but a person's own program or proxy names itself so, however soon.
_SURE = frozenset({"manual", "gmail_view", "yahoo_view", "outlook_desktop", "mail_program"})


def judge_behaviour(events: Sequence[Seen], handed: HandOver) -> None:
    """Put into `found` of each event what shows beside the others of its message."""
    ordered = sorted(
        (event for event in events if not event.is_apart), key=lambda event: (event.at, event.type, event.link, event.network, event.agent)
    )
    clicks = [event for event in ordered if event.type == "clicked"]
    opens = _opens(ordered)
    _find_hidden_links(clicks)
    _find_bursts(clicks, opens, handed)
    _find_head_and_get(clicks, opens, handed)
    _find_company(ordered, clicks)
    _find_too_soon(opens, clicks, handed)
    _find_looks_ahead(clicks)


def _opens(events: Iterable[Seen]) -> list[Seen]:
    return [event for event in events if event.type == "opened" and not event.is_apart and "head" not in event.names]


def _find_hidden_links(clicks: Sequence[Seen]) -> None:
    for click in clicks:
        if click.link.endswith(TRAP):
            click.blame("hidden_link")


def _find_bursts(clicks: Sequence[Seen], opens: Sequence[Seen], handed: HandOver) -> None:
    is_private = any("apple_mpp" in event.names for event in opens)  # who reads with Apple Mail isn't seen looking
    for place, first in enumerate(clicks):
        has_looked = is_private or not is_blind(first, opens, BURST_IN_TABS)
        may_be_reader = has_looked or (handed.at is not None and not _is_early(first, handed))
        together = _within(clicks[place:], first.at, BURST)
        if may_be_reader and len({click.link for click in together}) <= BURST_LINKS:
            together = _within(together, first.at, BURST_IN_TABS)
        if len({click.link for click in together}) >= BURST_LINKS:
            for click in together:
                click.blame("burst")
        for click in () if may_be_reader else _within(together, first.at, PAIR):
            if click.link != first.link and click.network == first.network:
                first.blame("pair")
                click.blame("pair")


def _within(clicks: Sequence[Seen], start: int, span: int) -> list[Seen]:
    found = []
    for click in clicks:
        if click.at - start > span:
            break
        found.append(click)
    return found


def _find_head_and_get(clicks: Sequence[Seen], opens: Sequence[Seen], handed: HandOver) -> None:
    """A filter in a company's own house asks with HEAD from where its people are: their agent is another, and they have looked."""
    heads = [click for click in clicks if "head" in click.names]
    for head in heads:
        for click in clicks:
            is_near = click.network == head.network and abs(click.at - head.at) <= TOGETHER and "head" not in click.names
            if is_near and (click.agent == head.agent or (is_blind(click, opens) and _is_early(click, handed))):
                click.blame("head_and_get")


def _find_company(ordered: Sequence[Seen], clicks: Sequence[Seen]) -> None:
    """What comes together with a scanner is the scanner.

    Only where something was followed for good: so a message that was never clicked can be judged without its other events.
    """
    if all("head" in click.names for click in clicks):
        return
    scans = [click for click in clicks if click.is_machine and not _SCANNING.isdisjoint([*click.names, *click.found])]
    for event in ordered:
        if event.is_machine:
            continue
        for scan in scans:
            apart = abs(event.at - scan.at)
            is_near = apart <= AROUND_NETWORK or (apart <= TOGETHER and "hidden_link" in scan.found)
            if (is_near and event.network == scan.network) or (event.type == "opened" and apart <= AROUND and "burst" in scan.found):
                event.blame("with_scanner")
                break


def _find_too_soon(opens: Sequence[Seen], clicks: Sequence[Seen], handed: HandOver) -> None:
    if handed.at is None:
        return
    for event in opens:
        reason = of_open(event.reasons, event.at, handed.at)
        if reason:
            event.blame(reason)
    for click in clicks:  # the mail with a code to type in is clicked within seconds, but somebody has opened it
        if is_blind(click, opens):
            if -TOLD_LATE <= click.at - handed.at <= CLICK_TOO_SOON + CLOCK:
                click.blame("too_soon")
            elif "gateway_network" in click.names and _is_early(click, handed):
                click.blame("early_gateway")


def of_open(reasons: str, at: int, handed_at: int) -> str:
    """What the time since the hand-over says of an open, whatever else happened to its message: a reason, or ""."""
    since = at - handed_at
    if not -TOLD_LATE <= since <= FILTERS_LOOK:
        return ""
    names = reasons.split(",")
    if not VOUCHED.isdisjoint(names):
        return ""
    if since <= OPEN_TOO_SOON and _SURE.isdisjoint(names):
        return "too_soon"
    return "early_gateway" if "gateway_network" in names else ""


def is_blind(click: Seen, opens: Sequence[Seen], since: int = 0) -> bool:
    """Whether nobody had looked at the message before this click, as far as its images tell; `since`: so long before it."""
    return not any(event.at <= click.at - since and not event.is_machine for event in opens)


def _is_early(event: Seen, handed: HandOver) -> bool:
    return handed.at is not None and -TOLD_LATE <= event.at - handed.at <= FILTERS_LOOK


def _find_looks_ahead(clicks: Sequence[Seen]) -> None:
    for place, first in enumerate(clicks):
        for click in _within(clicks[place + 1 :], first.at, LOOKED_AHEAD):
            if click.link == first.link and not click.is_machine and click.network != first.network and click.agent != first.agent:
                first.blame("looked_ahead")
                break


def crowd_of(click: Seen) -> Crowd:
    """The network of a click, and the ten minutes it falls into."""
    return click.network, click.at // FILTERS_LOOK


def is_suspicious(click: Seen, opens: Sequence[Seen], handed: HandOver) -> bool:
    """Whether a click may be one of a filter that picks single links: blind, and not long after the hand-over, if that is known."""
    if click.is_machine or click.is_vouched or not is_blind(click, opens):
        return False
    return handed.at is None or _is_early(click, handed)


def _is_private(click: Seen, opens: Sequence[Seen]) -> bool:
    """Who reads with Apple Mail isn't seen looking, and thousands of people share the exits of Apple's relay."""
    return "private_relay" in click.names or any("apple_mpp" in event.names for event in opens)


def suspicious_crowds(events: Sequence[Seen], handed: HandOver) -> dict[Crowd, bool]:
    """The crowds a message that is judged belongs to; True where nobody could have seen its recipient looking, so that it doesn't count."""
    opens = _opens(events)
    found: dict[Crowd, bool] = {}
    for click in events:
        if click.type == "clicked" and click.network and not click.is_apart and is_suspicious(click, opens, handed):
            crowd = crowd_of(click)
            found[crowd] = found.get(crowd, True) and _is_private(click, opens)
    return found


def judge_crowds(events: Sequence[Seen], handed: HandOver, sizes: Mapping[Crowd, int]) -> None:
    """The last step: `sizes` tells of how many messages suspicious_crowds() names a crowd, private ones not counted."""
    opens = _opens(events)
    for click in events:
        if click.type == "clicked" and not click.is_apart and is_suspicious(click, opens, handed):
            enough = DENSE_CROWD if _is_private(click, opens) else CROWD
            if sizes.get(crowd_of(click), 0) >= enough:
                click.blame("many_recipients")
