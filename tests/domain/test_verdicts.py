"""Each kind of request and each habit of scanners, named; and that neither order nor batches change what is made of them."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.config import ROOT
from little_bell.domain.verdicts.agents import kind_of, parse_agents
from little_bell.domain.verdicts.behaviour import (
    CROWD,
    DENSE_CROWD,
    judge_behaviour,
    judge_crowds,
    of_open,
    suspicious_crowds,
)
from little_bell.domain.verdicts.networks import Networks, parse_networks
from little_bell.domain.verdicts.reasons import BEHAVIOUR_REASONS, REASONS, VERSIONS, decide, request_part
from little_bell.domain.verdicts.request import RequestJudge
from little_bell.domain.verdicts.seen import SECOND, TRAP, HandOver, Seen
from little_bell.projector.lists import read_lists
from tests.simulator import agents

HOME, SCANNER, CLOUD, GOOGLE, MICROSOFT = "90.1.2.3", "40.94.1.2", "3.3.3.3", "66.249.84.9", "40.97.1.2"
PROOFPOINT, RELAY = "148.163.130.4", "172.225.8.9"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
IPHONE_MAIL = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
SAFARI = IPHONE_MAIL.replace("Mobile/", "Version/18.1 Mobile/") + " Safari/604.1"
JUDGE = RequestJudge(read_lists())

OPENS = [
    ("Apple's proxy, from anywhere", CLOUD, agents.APPLE_PROXY, "machine", "apple_mpp"),
    ("Gmail's proxy, when somebody looks", GOOGLE, agents.GMAIL_VIEW, "proxy-human", "gmail_view"),
    ("Gmail's proxy, ahead", GOOGLE, agents.GMAIL_PREFETCH, "machine", "gmail_prefetch"),
    ("Google's network with a plain browser", GOOGLE, CHROME, "machine", "gmail_prefetch"),
    ("Yahoo's proxy", CLOUD, agents.YAHOO, "proxy-human", "yahoo_view"),
    ("Outlook on the web", MICROSOFT, CHROME, "proxy-human", "outlook_web"),
    ("Outlook on a desktop", HOME, "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "human", "outlook_desktop"),
    ("Apple Mail without protection", HOME, IPHONE_MAIL, "human", "mail_program"),
    ("a telephone's own program", HOME, "Dalvik/2.1.0 (Linux; U; Android 14; SM-S921B Build/UP1A)", "human", "mail_program"),
    ("a browser", HOME, CHROME, "human", "browser"),
    ("something unknown", HOME, "Mail/1.0", "human", "unremarkable"),
    ("no agent", HOME, "", "machine", "no_agent"),
    ("blanks for an agent", HOME, "  ", "machine", "no_agent"),
    ("a mail filter's network", SCANNER, CHROME, "machine", "scanner_network"),
    ("a gateway vendor's network", PROOFPOINT, CHROME, "human", "gateway_network,browser"),
    ("a script", HOME, "python-requests/2.32.3", "machine", "robot_agent"),
    ("no address", "", CHROME, "human", "browser"),
    ("an address that is none", "unix:", CHROME, "human", "browser"),
    ("an IPv4 address as IPv6 writes it", "::ffff:40.94.1.2", CHROME, "machine", "scanner_network"),
    ("Microsoft's filter on IPv6", "2a01:111:f403::7", CHROME, "machine", "scanner_network"),
]

CLICKS = [
    ("a browser", HOME, CHROME, "human", "browser"),
    ("a telephone's browser", HOME, SAFARI, "human", "browser"),
    ("a browser through Apple's relay", RELAY, SAFARI, "human", "private_relay,browser"),
    ("Microsoft's network: never a machine for that alone", MICROSOFT, CHROME, "human", "microsoft_network,browser"),
    ("a mail filter's network", SCANNER, CHROME, "machine", "scanner_network"),
    ("a bare agent", HOME, "Mozilla/5.0", "machine", "bare_agent"),
    ("a preview in a chat", CLOUD, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "machine", "robot_agent"),
    ("a filter by name", CLOUD, "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))", "machine", "scanner_agent"),
]


@pytest.mark.parametrize(("address", "agent", "verdict", "reasons"), [case[1:] for case in OPENS], ids=[case[0] for case in OPENS])
def test_an_open_by(address: str, agent: str, verdict: str, reasons: str) -> None:
    judged = JUDGE.judge("opened", address, agent, "", False, True)
    assert (judged.verdict, judged.reasons, judged.is_counted) == (verdict, reasons, True)
    assert 0 < judged.confidence <= 1


@pytest.mark.parametrize(("address", "agent", "verdict", "reasons"), [case[1:] for case in CLICKS], ids=[case[0] for case in CLICKS])
def test_a_click_by(address: str, agent: str, verdict: str, reasons: str) -> None:
    judged = JUDGE.judge("clicked", address, agent, "", False, True)
    assert (judged.verdict, judged.reasons, judged.is_counted) == (verdict, reasons, True)


def test_head_and_unsigned_are_kept_and_not_counted() -> None:
    assert JUDGE.judge("opened", HOME, CHROME, "", True, True)[:3] == ("machine", "head,browser", False)
    assert JUDGE.judge("clicked", HOME, CHROME, "", False, False)[:3] == ("unsigned", "unsigned,browser", False)


@pytest.mark.parametrize("purpose", ["sec-purpose=prefetch;prerender", "x-moz=prefetch", "purpose=preview", "x-purpose=Preview"])
def test_headers_that_speak_of_prefetch_make_a_machine(purpose: str) -> None:
    assert JUDGE.judge("opened", HOME, CHROME, purpose, False, True)[:2] == ("machine", "prefetch_header,browser")


def test_who_unsubscribes_is_not_judged_by_the_program_that_does_it_for_them() -> None:
    assert JUDGE.judge("unsubscribed", GOOGLE, "Go-http-client/2.0", "", False, True).verdict == "human"


@dataclass(frozen=True)
class Habit:
    """Events as `type second network link request`, what is known of the hand-over, and which are the machine's, for what."""

    name: str
    events: str
    found: dict[int, str]
    sent: float | None = None


HABITS = [
    Habit("a person opens, then clicks", "o 100 1 / browser; c 130 1 /a browser", {}),
    Habit("a person clicks twice", "c 100 1 /a browser; c 101 1 /a browser", {}),
    Habit("a filter follows three links at once", "c 1 1 /a browser; c 2 2 /b browser; c 3 3 /c browser", dict.fromkeys(range(3), "burst")),
    Habit("… and takes the pixel", "c 1 1 /a browser; c 2 1 /b browser; c 3 1 /c browser; o 4 9 / browser", {3: "with_scanner"}),
    Habit("who looked may open three in tabs", "o 0 1 / browser; c 10 1 /a browser; c 13 1 /b browser; c 16 1 /c browser", {}),
    Habit("… but not in a program's pace", "o 0 1 / browser; c 10 1 /a browser; c 11 1 /b browser; c 12 1 /c browser", {1: "burst"}),
    Habit("a person comes after the filter", "c 1 1 /a browser; c 2 1 /b browser; c 3 1 /c browser; c 90 5 /a browser", {0: "burst"}),
    Habit("two links within two seconds", "c 1 1 /a browser; c 2 1 /b browser", {0: "pair", 1: "pair"}),
    Habit("two links from two networks", "c 1 1 /a browser; c 2 2 /b browser", {}),
    Habit("the hidden link", f"c 1 1 {TRAP} browser; o 50 1 / browser; o 50 2 / browser", {0: "hidden_link", 1: "with_scanner"}),
    Habit("HEAD, then GET by the same program", "c 1 1 /a head,browser; c 2 1 /a browser", {1: "head_and_get"}),
    Habit("HEAD by a filter in the house, then its people", "o 0 1 / browser; c 5 1 /a head,browser 8; c 6 1 /a browser", {}),
    Habit("HEAD by SafeLinks, then the person", "c 1 1 /a head,browser 8; c 2 2 /a browser", {0: "looked_ahead"}),
    Habit("a filter looks, then the person goes", "c 1 1 /a browser 8; c 3 2 /a browser", {0: "looked_ahead"}),
    Habit("one person on two networks", "c 1 1 /a browser; c 3 2 /a browser", {}),
    Habit("an open in the second of the hand-over", "o 3 1 / browser", {0: "too_soon"}, sent=0),
    Habit("an open by a person's own program, however soon", "o 3 1 / outlook_desktop", {}, sent=0),
    Habit("an open a minute later", "o 60 1 / browser", {}, sent=0),
    Habit("an open long before a hand-over that was told late", "o 100 1 / browser", {}, sent=900),
    Habit("a click at the hand-over", "c 4 1 /a browser", {0: "too_soon"}, sent=0),
    Habit("a code that is waited for", "o 4 1 / mail_program; c 6 1 /a browser", {}, sent=0),
    Habit("a gateway's network minutes later", "c 200 1 /a gateway_network,browser", {0: "early_gateway"}, sent=0),
    Habit("a gateway's network hours later", "c 9000 1 /a gateway_network,browser", {}, sent=0),
    Habit("a gateway's network after somebody looked", "o 60 1 / mail_program; c 90 2 /a gateway_network,browser", {}, sent=0),
    Habit("what somebody vouches for", "c 1 1 /a manual; c 1 1 /b manual; c 1 1 /c manual", {}, sent=0),
    Habit("what isn't signed shows nothing", "c 1 1 /a unsigned; c 1 1 /b unsigned; c 2 1 /c browser", {}),
]


def seen_in(text: str) -> list[Seen]:
    events = []
    for number, line in enumerate(text.split(";")):
        kind, second, network, link, reasons, *agent = line.split()
        type_ = "opened" if kind == "o" else "clicked"
        events.append(
            Seen(number, type_, int(float(second) * SECOND), int(network), int(agent[0]) if agent else 1, link.strip("/"), reasons)
        )
    return events


@pytest.mark.parametrize("habit", HABITS, ids=[habit.name for habit in HABITS])
def test_it_knows_the_habit(habit: Habit) -> None:
    events = seen_in(habit.events)
    judge_behaviour(events, HandOver(None if habit.sent is None else int(habit.sent * SECOND)))
    for event in events:
        if event.id in habit.found:
            assert habit.found[event.id] in event.found
        elif not habit.found:
            assert event.found == []
    assert {event.id for event in events if event.found} >= habit.found.keys()


def test_the_person_after_the_filter_stays_a_person() -> None:
    events = seen_in("c 1 1 /a browser; c 2 1 /b browser; c 3 1 /c browser; c 90 5 /a browser")
    judge_behaviour(events, HandOver())
    assert [decide(event.judged).verdict for event in events] == ["machine"] * 3 + ["human"]


IN_THE_MIDDLE = {
    "five links in tabs, where the mail was looked at": (
        "o 0 1 / mail_program; c 20 1 /a browser; c 22 1 /b browser; c 24 1 /c browser; c 26 1 /d browser; c 28 1 /e browser", "hhhhhh"),
    "… but three at once is a program": ("o 0 1 / mail_program; c 20 1 /a browser; c 20.4 1 /b browser; c 21 1 /c browser", "hmmm"),
    "… and five in tabs where nobody looked": (
        "o 0 2 / gmail_view; c 20 1 /a browser; c 22 1 /b browser; c 24 1 /c browser; c 26 1 /d browser; c 28 1 /e browser", "pmmmmm"),
    "… and five that a filter follows after the image": (
        "o 12 1 / browser; c 30 1 /a browser; c 32.5 1 /b browser; c 35 1 /c browser; c 36 1 /d browser; c 38 1 /e browser", "hmmmmm"),
    "a filter looks at every link when one is clicked": (
        "o 0 1 / mail_program; c 30 9 /a browser 8; c 31 9 /b browser 8; c 31.5 9 /c browser 8; c 32 1 /a browser", "hmmmh"),
    "… from many networks": (
        "o 0 5 / gmail_view; c 30 9 /a browser 8; c 31 7 /b browser 8; c 31.5 6 /c browser 8; c 32 1 /a browser", "pmmmh"),
    "… in the reader's own house": (
        "o 0 1 / mail_program; c 30 1 /a browser 8; c 31 1 /b browser 8; c 31.5 1 /c browser 8; c 32 1 /a browser", "hmmmh"),
    "… with every request another, which is no reader": (
        "c 30 9 /a browser 8; c 31 7 /b browser 7; c 32 6 /c browser 6; c 33 5 /d browser 5", "mmmm"),
    "two filters look at once": (
        "c 1 9 /a browser 8; c 2 9 /b browser 8; c 3 9 /c browser 8; c 1.5 7 /a browser 6; c 2.5 7 /b browser 6; c 3.5 7 /c browser 6",
        "mmmmmm"),
    "Outlook shows the mail while a filter looks": (
        "c 30 9 /a browser 8; c 31 9 /b browser 8; c 32 9 /c browser 8; o 32 1 / outlook_desktop 2; o 32 9 / browser 8", "mmmhm"),
    "HEAD by a filter in the house, whose images are blocked": ("c 100 1 /a head,browser 8; c 100.3 1 /a browser", "mh"),
    "HEAD with the reader's own agent, where they looked": ("o 0 1 / mail_program; c 50 1 /a head,browser; c 50.3 1 /a browser", "hmh"),
    "two links at once, days later": ("o 60 1 / mail_program; c 9000 9 /a browser 8; c 9000.3 9 /b browser 8", "hmm"),
    "two links a second apart, days later": ("o 60 1 / mail_program; c 9000 1 /a browser; c 9001 1 /b browser", "hhh"),
    "a page didn't come, so its link is followed again": ("c 900 1 /a browser; c 903 1 /a browser; c 904 1 /b browser", "hhh"),
    "who reads with Apple Mail clicks at once": ("o 3 7 / apple_mpp; c 6 1 /a browser", "mh"),
    "… but a gateway's network is one": ("o 3 7 / apple_mpp; c 6 1 /a gateway_network,browser", "mm"),
}  # fmt: skip


@pytest.mark.parametrize(("events", "verdicts"), IN_THE_MIDDLE.values(), ids=IN_THE_MIDDLE)
def test_it_tells_the_reader_in_the_middle_of_machines(events: str, verdicts: str) -> None:
    seen = seen_in(events)
    judge_behaviour(seen, HandOver(sent_at=0))
    assert "".join(decide(event.judged).verdict[0] for event in seen) == verdicts


def test_an_earlier_version_of_the_rules_judges_as_it_did() -> None:
    seen = seen_in(IN_THE_MIDDLE["five links in tabs, where the mail was looked at"][0])
    judge_behaviour(seen, HandOver(sent_at=0), VERSIONS[3])
    assert [decide(event.judged).verdict for event in seen] == ["human"] + ["machine"] * 5


def test_a_hand_over_that_is_told_half_a_minute_late_accuses_nobody() -> None:
    seen = seen_in("o 15 1 / browser; o 45 1 / browser; c 46 2 /a browser")
    judge_behaviour(seen, HandOver(sent_at=60 * SECOND))
    assert [event.found for event in seen] == [[], ["too_soon"], []]


@pytest.mark.parametrize(("size", "is_blamed"), [(CROWD - 1, False), (CROWD, True)])
def test_one_network_over_many_recipients_is_a_machine(size: int, is_blamed: bool) -> None:
    events = seen_in("c 300 1 /a browser")
    judge_behaviour(events, HandOver(sent_at=0))
    assert suspicious_crowds(events, HandOver(sent_at=0)) == {(1, 0): False}
    judge_crowds(events, HandOver(sent_at=0), {(1, 0): size})
    assert (events[0].found == ["many_recipients"]) is is_blamed


@pytest.mark.parametrize(("size", "is_blamed"), [(CROWD, False), (DENSE_CROWD, True)])
def test_who_cant_be_seen_looking_is_taken_for_a_machine_only_in_a_dense_crowd(size: int, is_blamed: bool) -> None:
    events = seen_in("o 200 7 / apple_mpp; c 300 1 /a browser")
    judge_behaviour(events, HandOver(sent_at=0))
    assert suspicious_crowds(events, HandOver(sent_at=0)) == {(1, 0): True}
    judge_crowds(events, HandOver(sent_at=0), {(1, 0): size})
    assert bool(events[1].found) is is_blamed


@pytest.mark.parametrize("events", ["o 200 7 / browser; c 300 1 /a browser", "c 9000 1 /a browser", "c 300 0 /a browser"])
def test_people_who_looked_came_late_or_come_from_nowhere_known_are_no_crowd(events: str) -> None:
    seen = seen_in(events)
    judge_behaviour(seen, HandOver(sent_at=0))
    assert suspicious_crowds(seen, HandOver(sent_at=0)) == {}


some_events = st.lists(
    st.tuples(
        st.sampled_from(["opened", "clicked"]), st.integers(0, 30 * SECOND), st.integers(0, 3), st.integers(1, 3),
        st.sampled_from(["", "/a", "/b", "/c", TRAP]),
        st.sampled_from(["browser", "head,browser", "mail_program", "apple_mpp", "gateway_network,browser", "unsigned,browser", "manual"]),
    ),
    max_size=9,
)  # fmt: skip


@given(facts=some_events, order=st.randoms(use_true_random=False), sent=st.none() | st.integers(0, 20 * SECOND))
def test_neither_order_nor_what_was_judged_before_changes_a_verdict(facts: list[tuple], order, sent: int | None) -> None:  # type: ignore[no-untyped-def,type-arg]
    straight = [Seen(number, *fact) for number, fact in enumerate(facts)]
    judge_behaviour(straight, HandOver(sent))
    before = {event.id: event.judged for event in straight}
    shuffled = [Seen(event.id, event.type, event.at, event.network, event.agent, event.link, event.judged) for event in straight]
    order.shuffle(shuffled)
    judge_behaviour(shuffled, HandOver(sent))
    assert {event.id: decide(event.judged).verdict for event in shuffled} == {n: decide(reasons).verdict for n, reasons in before.items()}


@given(facts=some_events, sent=st.none() | st.integers(0, 20 * SECOND))
def test_a_message_that_was_never_clicked_needs_no_neighbours(facts: list[tuple], sent: int | None) -> None:  # type: ignore[type-arg]
    opens = [Seen(number, *fact) for number, fact in enumerate(facts) if fact[0] == "opened" or "head" in fact[5]]
    judge_behaviour(opens, HandOver(sent))
    for event in opens:
        if event.type == "opened" and event.reasons not in ("manual", "head,browser", "unsigned,browser"):
            alone = of_open(event.reasons, event.at, sent) if sent is not None else ""
            assert event.found == ([alone] if alone else [])


def test_every_reason_has_its_row_in_the_page_on_verdicts() -> None:
    page = (ROOT / "docs/verdicts.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(name, reason.verdict or "–", reason.meaning) for name, reason in REASONS.items()]


def test_what_lies_in_the_request_can_be_read_back_out_of_all_reasons() -> None:
    assert request_part("gateway_network,browser,burst,too_soon") == "gateway_network,browser"
    assert all(request_part(f"browser,{name}") == "browser" for name in BEHAVIOUR_REASONS)


def test_the_longest_row_of_reasons_fits_its_column() -> None:
    assert len(",".join(["unsigned", "head", "prefetch_header", "microsoft_network", "browser", *BEHAVIOUR_REASONS])) <= 255


def test_the_narrowest_network_decides() -> None:
    found = Networks(parse_networks("wide 10.0.0.0/8\nnarrow 10.1.0.0/16 10.255.255.255/32\nsix 2001:db8::/32 # a comment"))
    cases = {"9.255.255.255": "", "10.0.255.255": "wide", "10.1.0.0": "narrow", "10.1.255.255": "narrow", "10.2.0.0": "wide"}
    cases |= {"10.255.255.255": "narrow", "11.0.0.0": "", "2001:db8::1": "six", "::": "", "no address": ""}
    assert {address: found.label_of(address) for address in cases} == cases


@pytest.mark.parametrize(("text", "why"), [("scanner", "line 1"), ("\nscanner 10.0.0.0/33", "line 2"), ("scanner 10.0.0.1/8", "host bits")])
def test_a_list_of_networks_with_a_slip_is_refused_by_line(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_networks(text)


def test_a_list_of_agents_takes_the_first_line_that_fits() -> None:
    rules = parse_agents("exactly = Mail/5\nboth mail & secure\n# a comment\nany mail")
    assert [kind_of(rules, agent) for agent in ("MAIL/5", "Mail/6", "Secure Mail", "Post")] == ["exactly", "any", "both", ""]
    with pytest.raises(ValueError, match="line 1"):
        parse_agents("kind")


def test_the_list_of_agents_names_only_reasons() -> None:
    lists = read_lists()
    assert {rule.kind for rule in lists.agents} <= REASONS.keys()
