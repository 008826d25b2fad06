"""Every reason a verdict can have: what it says, how sure it makes us, and what was seen. docs/verdicts.md has a row for each."""

from typing import NamedTuple

from little_bell.domain.events import Verdict


class Version(NamedTuple):
    """What verdicts of a version of the rules are made from."""

    says: str
    by_neighbours: bool
    by_own_rules: bool
    spares_readers: bool


#: Every version there was. History can be judged by each of them again.
VERSIONS = {
    1: Version("each request by itself: its agent, headers, method and network", False, False, False),
    2: Version("and what shows beside the other events of its message, and those of other messages", True, False, False),
    3: Version("and the rules that tenants make themselves, and networks known by their number", True, True, False),
    4: Version("and what speaks for the reader: where they had looked from, and who only came by while a filter looked", True, True, True),
}
#: The present one, kept with each event: a new version whenever a rule changes.
RULES = max(VERSIONS)


class Reason(NamedTuple):
    """`verdict` is empty where the reason says nothing by itself, only together with another."""

    verdict: str
    confidence: float
    meaning: str


class Judgement(NamedTuple):
    """A verdict, the names of its reasons (comma between them), whether the event counts at all, and how sure we are (0 to 1)."""

    verdict: str
    reasons: str
    is_counted: bool
    confidence: float


_HUMAN, _PROXY, _MACHINE = Verdict.HUMAN.value, Verdict.PROXY_HUMAN.value, Verdict.MACHINE.value

#: What one request shows by itself.
REQUEST_REASONS = {
    "said_human": Reason(_HUMAN, 1.0, "Somebody looked at it and said that it was a person."),
    "said_machine": Reason(_MACHINE, 1.0, "Somebody looked at it and said that it was a machine."),
    "rule_machine": Reason(_MACHINE, 0.99, "A rule of yours says that this agent or network is a machine."),
    "rule_unfiltered": Reason(_HUMAN, 0.9, "A rule of yours says that nothing of this agent or network is filtered."),
    "manual": Reason(Verdict.MANUAL.value, 1.0, "Somebody said so by API, command line or page."),
    "report": Reason(_MACHINE, 1.0, "A mail system or a provider reported it."),
    "provider": Reason(_HUMAN, 0.7, "A provider told of it; what its agent and address say stands beside."),
    "provider_machine": Reason(_MACHINE, 0.9, "A provider told of it, and that it was a machine."),
    "merged": Reason("", 0.0, "A provider told of what our own pixel or link saw too: ours stands for it."),
    "provider_not_counted": Reason("", 0.0, "A provider told of it, and its opens and clicks are only shown."),
    "unsigned": Reason(Verdict.UNSIGNED.value, 1.0, "The URL was not signed by us."),
    "head": Reason(_MACHINE, 0.99, "HEAD asks for headers only; nobody reads those."),
    "prefetch_header": Reason(_MACHINE, 0.99, "Sec-Purpose, Purpose, X-Purpose or X-Moz speaks of prefetch, preview or prerender."),
    "no_agent": Reason(_MACHINE, 0.9, "No user agent: every mail program and browser sends one."),
    "bare_agent": Reason(_MACHINE, 0.9, "A link was followed with nothing but `Mozilla/5.0` for a user agent."),
    "apple_mpp": Reason(_MACHINE, 0.97, "Apple's Mail Privacy Protection fetched the image, read or not."),
    "gmail_prefetch": Reason(_MACHINE, 0.95, "Google's proxy fetched the image before anybody looked."),
    "scanner_agent": Reason(_MACHINE, 0.98, "The user agent names a mail filter or link checker."),
    "robot_agent": Reason(_MACHINE, 0.98, "The user agent names a program: a robot, a preview, a script."),
    "scanner_network": Reason(_MACHINE, 0.97, "The address belongs to a mail filter, and no person browses from there."),
    "gateway_network": Reason("", 0.0, "The address belongs to a vendor of mail filters, whose customers browse from there too."),
    "microsoft_network": Reason("", 0.0, "A link was followed from Microsoft's network: a scanner or a person."),
    "private_relay": Reason("", 0.0, "A link was followed through iCloud Private Relay, whose exits thousands of people share."),
    "gmail_view": Reason(_PROXY, 0.95, "Google's image proxy fetched the image because somebody looked."),
    "yahoo_view": Reason(_PROXY, 0.95, "Yahoo's or AOL's image proxy fetched the image because somebody looked."),
    "outlook_web": Reason(_PROXY, 0.85, "Outlook.com or Outlook on the web showed the image, from Microsoft's network."),
    "outlook_desktop": Reason(_HUMAN, 0.95, "Outlook on a desktop showed the image."),
    "mail_program": Reason(_HUMAN, 0.9, "A person's own mail program showed the image."),
    "browser": Reason(_HUMAN, 0.8, "An ordinary browser, and nothing speaks against a person."),
    "unremarkable": Reason(_HUMAN, 0.6, "An agent we don't know, and nothing speaks against a person."),
}  # fmt: skip

#: What shows only beside a message's other events, or those of other messages.
BEHAVIOUR_REASONS = {
    "hidden_link": Reason(_MACHINE, 0.99, "The hidden link was followed, which no person sees."),
    "burst": Reason(_MACHINE, 0.97, "Three or more different links of the message were followed within ten seconds."),
    "pair": Reason(_MACHINE, 0.9, "Two different links were followed faster than anybody reads, from one network."),
    "head_and_get": Reason(_MACHINE, 0.95, "The same program asked with HEAD and with GET within a minute."),
    "too_soon": Reason(_MACHINE, 0.9, "It happened while the message was handed over, or within seconds of it."),
    "early_gateway": Reason(_MACHINE, 0.93, "A filter vendor's network within ten minutes of the hand-over."),
    "looked_ahead": Reason(_MACHINE, 0.9, "Seconds later a person's browser followed the same link from another network."),
    "many_recipients": Reason(_MACHINE, 0.9, "One network followed links of several recipients who had not looked at their mail."),
    "with_scanner": Reason(_MACHINE, 0.95, "It came together with requests of a scanner."),
}  # fmt: skip

REASONS = REQUEST_REASONS | BEHAVIOUR_REASONS

#: Stored and shown; neither counted nor a neighbour that others are judged by.
APART = frozenset({"unsigned", "merged", "provider_not_counted"})
_UNCOUNTED = APART | {"head"}
#: Somebody answers for it, so that nothing else that is seen of it says more.
SAID = ("said_human", "said_machine")
VOUCHED = frozenset({*SAID, "rule_unfiltered"})
#: What is a tenant's own word, and not what the request shows.
OWN_RULES = frozenset({"rule_machine", "rule_unfiltered"})
_ORDER = (Verdict.MANUAL.value, Verdict.UNSIGNED.value, _MACHINE, _PROXY, _HUMAN)
_known: dict[str, Judgement] = {}


def decide(reasons: str) -> Judgement:
    """The verdict that some reasons (names with commas between them) come to: the strongest kind of them wins."""
    judged = _known.get(reasons)
    if judged is None:
        if len(_known) > 10_000:
            _known.clear()
        judged = _known[reasons] = _decide(reasons)
    return judged


def _decide(reasons: str) -> Judgement:
    names = [name for name in reasons.split(",") if name in REASONS]
    told = [REASONS[name] for name in _weighed(names) if REASONS[name].verdict]
    verdict = min((reason.verdict for reason in told), key=_ORDER.index, default=_HUMAN)
    confidence = max((reason.confidence for reason in told if reason.verdict == verdict), default=0.6)
    return Judgement(verdict, reasons, _UNCOUNTED.isdisjoint(names), confidence)


def _weighed(names: list[str]) -> list[str]:
    """The reasons that count beside each other."""
    if said := [name for name in names if name in SAID]:
        return said[:1]
    if "rule_unfiltered" in names:
        return [name for name in names if REASONS[name].verdict != _MACHINE or name == "head"]
    return names


def with_said(reasons: str, verdict: str) -> str:
    """The reasons with what somebody said of the event in front: human, machine, or "" for nothing any more."""
    rest = [name for name in reasons.split(",") if name and name not in SAID]
    return ",".join([f"said_{verdict}", *rest] if verdict else rest)


def is_private(reasons: str) -> bool:
    """Whether Apple's Mail Privacy Protection is among some reasons: whatever else they say, it hides its reader."""
    return "apple_mpp" in reasons


def request_part(reasons: str) -> str:
    """The reasons that lie in the request itself: what is left when the behaviour is judged anew."""
    if "," not in reasons:
        return reasons
    return ",".join(name for name in reasons.split(",") if name not in BEHAVIOUR_REASONS)


def judge_told(is_machine: bool, is_merged: bool, is_shown_only: bool, alone: str) -> Judgement:
    """The verdict on a reader's act that a provider told of; `alone`: the reasons of its agent and address, if they were told."""
    if is_merged or is_shown_only:
        how = "merged" if is_merged else "provider_not_counted"
        return decide(f"provider_machine,{how}" if is_machine else how)
    told = "provider_machine" if is_machine else "provider"
    return decide(f"{told},{alone}" if alone else told)


MANUAL, REPORTED = decide("manual"), decide("report")
