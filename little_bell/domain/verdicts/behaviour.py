"""What a message's events show together. A pure function of them all: neither order nor batches change what comes out.

A message is judged whole each time something is added, from the reasons of its requests; so a burst that shows itself late
takes the events before it along.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from little_bell.domain.verdicts.reader import SURE, Reader, is_beside
from little_bell.domain.verdicts.reasons import RULES, VERSIONS, VOUCHED, Version
from little_bell.domain.verdicts.seen import SECOND, TRAP, HandOver, Seen

#: So many different links in so short a time nobody reads.
BURST_LINKS, BURST = 3, 10 * SECOND
#: … but people may open three in tabs. Where one looked at the mail, or filters are long done, it takes a program's pace, or a fourth.
BURST_IN_TABS = 4 * SECOND
PAIR = 2 * SECOND
#: Nobody gets from one link to another in this time.
AT_ONCE = SECOND // 2
#: HEAD and GET of one network belong together that long; what a scanner's network does around a hidden link too.
TOGETHER = 60 * SECOND
#: Around a scanner's burst, for opens from anywhere, and for everything from its own networks.
AROUND, AROUND_NETWORK = 2 * SECOND, 10 * SECOND
#: Hand-over to open, and to click; clocks of providers tell whole seconds.
OPEN_TOO_SOON, CLICK_TOO_SOON, CLOCK = 10 * SECOND, 5 * SECOND, 2 * SECOND
#: A hand-over that is told later than this after something happened was told late: it says nothing of what was before.
TOLD_LATE = 60 * SECOND
#: … and less of it is too soon for a person: senders mark in batches, filters hold a connection up for seconds.
JUST_BEFORE = 30 * SECOND
#: How long after the hand-over filters look.
FILTERS_LOOK = 600 * SECOND
LOOKED_AHEAD = 10 * SECOND
#: So many recipients of one network within ten minutes; and so many that even those count who can't be seen looking.
CROWD, DENSE_CROWD = 5, 20
#: A network, and ten minutes counted from 1970.
Crowd = tuple[int, int]

_SCANNING = frozenset({"burst", "pair", "hidden_link", "head_and_get", "scanner_network", "scanner_agent"})
_PRESENT = VERSIONS[RULES]


def judge_behaviour(events: Sequence[Seen], handed: HandOver, version: Version = _PRESENT) -> None:
    """Put into `found` of each event what shows beside the others of its message, by a version of the rules."""
    ordered = sorted(
        (event for event in events if not event.is_apart), key=lambda event: (event.at, event.type, event.link, event.network, event.agent)
    )
    clicks = [event for event in ordered if event.type == "clicked"]
    scene = Scene(ordered, clicks, _opens(ordered), handed, version)
    _find_hidden_links(clicks)
    _find_bursts(scene)
    _find_head_and_get(scene)
    _find_company(scene)
    _find_too_soon(scene)
    _find_looks_ahead(clicks)


class Scene:
    """What happened to a message, in order; `reader` is where somebody looked from, as far as the version of the rules asks."""

    def __init__(self, ordered: Sequence[Seen], clicks: Sequence[Seen], opens: Sequence[Seen], handed: HandOver, version: Version) -> None:
        self.ordered, self.clicks, self.opens, self.handed = ordered, clicks, opens, handed
        self.spares_readers = version.spares_readers
        self.late = JUST_BEFORE if version.spares_readers else TOLD_LATE
        self.reader = Reader([look for look in opens if self._is_no_filter(look)] if version.spares_readers else ())
        self.is_private = any("apple_mpp" in event.names for event in opens)  # who reads with Apple Mail isn't seen looking

    def _is_no_filter(self, look: Seen) -> bool:
        """Filters come as browsers, and soon."""
        is_late = self.handed.at is not None and look.at - self.handed.at > FILTERS_LOOK
        return is_late or not SURE.isdisjoint(look.names)

    def says_of(self, look: Seen) -> str:
        """What the time since the hand-over says of an open."""
        return "" if self.handed.at is None else of_open(look.reasons, look.at, self.handed.at, self.late)


def _opens(events: Iterable[Seen]) -> list[Seen]:
    return [event for event in events if event.type == "opened" and not event.is_apart and "head" not in event.names]


def _find_hidden_links(clicks: Sequence[Seen]) -> None:
    for click in clicks:
        if click.link.endswith(TRAP):
            click.blame("hidden_link")


def _find_bursts(scene: Scene) -> None:
    readers = [click for click in scene.clicks if scene.reader.is_there(click)] if scene.reader.is_somewhere else []
    others = [click for click in scene.clicks if not scene.reader.is_there(click)] if readers else scene.clicks
    again = _again(scene.clicks) if scene.spares_readers else set()
    for clicks, are_readers in ((others, False), (readers, True)):
        for place, first in enumerate(clicks):
            may_be_reader = are_readers or _may_be_reader(first, scene)
            together = _burst_of(clicks[place:], first.at, are_readers, may_be_reader)
            if len({click.link for click in together}) >= BURST_LINKS:
                _blame_burst(together, clicks, are_readers, scene.spares_readers)
            if not may_be_reader:
                _blame_pairs(first, _within(together, first.at, PAIR), again)
            elif scene.spares_readers and not are_readers:
                _blame_pairs(first, [click for click in _within(together, first.at, AT_ONCE) if click.agent == first.agent], again)


def _may_be_reader(first: Seen, scene: Scene) -> bool:
    has_looked = scene.is_private or not is_blind(first, scene.opens, BURST_IN_TABS)
    return has_looked or (scene.handed.at is not None and not _is_early(first, scene.handed))


def _burst_of(clicks: Sequence[Seen], start: int, are_readers: bool, may_be_reader: bool) -> list[Seen]:
    """The clicks that would be one burst: whom we saw looking from there has to be as fast as only a program is."""
    if are_readers:
        return _within(clicks, start, PAIR)
    together = _within(clicks, start, BURST)
    if may_be_reader and len({click.link for click in together}) <= BURST_LINKS:
        return _within(together, start, BURST_IN_TABS)
    return together


def _blame_burst(together: Sequence[Seen], clicks: Sequence[Seen], are_readers: bool, spares_readers: bool) -> None:
    is_one = not spares_readers or len({click.agent for click in together}) == 1
    for click in together:
        if "burst" in click.found:
            continue
        around = [] if is_one else [other for other in clicks if abs(other.at - click.at) <= BURST]
        if not is_beside(click, around, are_readers, BURST_LINKS):
            click.blame("burst")


def _blame_pairs(first: Seen, others: Iterable[Seen], again: Collection[int]) -> None:
    """A link that the same program follows once more, since its page didn't come, makes no pair with the next."""
    for click in others:
        if click.link != first.link and click.network == first.network and not (first.id in again or click.id in again):
            first.blame("pair")
            click.blame("pair")


def _again(clicks: Iterable[Seen]) -> set[int]:
    """The ids of clicks by which the same program of the same network followed a link once more."""
    found, last = set(), dict[tuple[str, int, int], int]()
    for click in clicks:
        key = click.link, click.agent, click.network
        if 0 < click.at - last.get(key, click.at) <= BURST:
            found.add(click.id)
        last[key] = click.at
    return found


def _within(clicks: Sequence[Seen], start: int, span: int) -> list[Seen]:
    found = []
    for click in clicks:
        if click.at - start > span:
            break
        found.append(click)
    return found


def _find_head_and_get(scene: Scene) -> None:
    """A filter in a company's own house asks with HEAD from where its people are; their agent is another."""
    heads = [click for click in scene.clicks if "head" in click.names]
    for head in heads:
        for click in scene.clicks:
            is_near = click.network == head.network and abs(click.at - head.at) <= TOGETHER and "head" not in click.names
            if is_near and _asks_twice(click, head, scene):
                click.blame("head_and_get")


def _asks_twice(click: Seen, head: Seen, scene: Scene) -> bool:
    if scene.spares_readers:
        return click.agent == head.agent and not scene.reader.is_there(click)
    return click.agent == head.agent or (is_blind(click, scene.opens) and _is_early(click, scene.handed))


def _find_company(scene: Scene) -> None:
    """What comes together with a scanner is the scanner.

    Only where something was followed for good: so a message that was never clicked can be judged without its other events.
    """
    if all("head" in click.names for click in scene.clicks):
        return
    scans = [click for click in scene.clicks if click.is_machine and not _SCANNING.isdisjoint([*click.names, *click.found])]
    for event in scene.ordered:
        if not event.is_machine and any(_is_company(event, scan, scene) for scan in scans):
            event.blame("with_scanner")


def _is_company(event: Seen, scan: Seen, scene: Scene) -> bool:
    if scene.spares_readers and event.agent != scan.agent and _is_readers(event, scene):
        return False
    apart = abs(event.at - scan.at)
    is_near = apart <= AROUND_NETWORK or (apart <= TOGETHER and "hidden_link" in scan.found)
    return (is_near and event.network == scan.network) or (event.type == "opened" and apart <= AROUND and "burst" in scan.found)


def _is_readers(event: Seen, scene: Scene) -> bool:
    return scene.reader.is_there(event) if event.type == "clicked" else not SURE.isdisjoint(event.names)


def _find_too_soon(scene: Scene) -> None:
    handed_at = scene.handed.at
    if handed_at is None:
        return
    for event in scene.opens:
        if reason := scene.says_of(event):
            event.blame(reason)
    for click in scene.clicks:  # the mail with a code to type in is clicked within seconds, but somebody has opened it
        if not is_blind(click, scene.opens):
            continue
        is_soon = -scene.late <= click.at - handed_at <= CLICK_TOO_SOON + CLOCK
        if is_soon and not (scene.spares_readers and _is_private(click, scene.opens)):
            click.blame("too_soon")
        elif "gateway_network" in click.names and _is_early(click, scene.handed):
            click.blame("early_gateway")


def of_open(reasons: str, at: int, handed_at: int, late: int = JUST_BEFORE) -> str:
    """What the time since the hand-over says of an open, whatever else happened to its message: a reason, or ""."""
    since = at - handed_at
    if not -late <= since <= FILTERS_LOOK:
        return ""
    names = reasons.split(",")
    if not VOUCHED.isdisjoint(names):
        return ""
    if since <= OPEN_TOO_SOON and SURE.isdisjoint(names):
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
