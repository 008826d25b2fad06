"""User agents read: which program, system and device asked. Once an agent; what is found is kept with it."""

import sys
from collections.abc import Sequence

from little_bell.domain.clients import COMPUTER, LONGEST, NO_CLIENT, PHONE, PROXIES, ROBOT, TABLET, UNKNOWN, Client
from little_bell.domain.verdicts.agents import AgentRule, kind_of

_ROBOTS = frozenset({"robot_agent", "scanner_agent"})
#: What the parser calls otherwise than people do. Apple Mail on a telephone has the agent of every program that shows a page there.
_PROGRAMS = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "an Android app",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "IE": "Internet Explorer",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Apple Mail or an iOS app",
}
_SYSTEMS = {"Mac OS X": "macOS", "Ubuntu": "Linux", "Fedora": "Linux", "Debian": "Linux"}
_ON_DESKS = frozenset({"Windows", "macOS", "Linux", "Chrome OS", "FreeBSD"})


def client_of(agent: str, rules: Sequence[AgentRule]) -> Client:
    """What an agent says of its reader; `rules` (agents.txt) know proxies and robots."""
    kind = kind_of(rules, agent) if agent.strip() else "robot_agent"
    if kind in PROXIES:
        return PROXIES[kind]
    if kind in _ROBOTS:
        return ROBOT
    from ua_parser import parse  # 27 MB and 0.2 s, which commands that fold a mark don't need

    found = parse(agent)
    program = found.user_agent.family if found.user_agent else _by_word(agent)
    system = found.os.family if found.os else UNKNOWN
    program, system = _PROGRAMS.get(program, program), _SYSTEMS.get(system, system)
    is_robot = found.device is not None and found.device.family == "Spider"
    return ROBOT if is_robot else Client(program[:LONGEST], system[:LONGEST], _device(agent, system))


def forget_parser() -> None:
    """Let go of the parser; the next agent that nobody knows makes it anew."""
    if (module := sys.modules.get("ua_parser")) is not None:
        vars(module).pop("parser", None)


def _by_word(agent: str) -> str:
    return "Outlook" if agent.lower().startswith(("outlook-ios", "outlook-android")) else NO_CLIENT.client


def _device(agent: str, system: str) -> str:
    if "iPad" in agent or "Tablet" in agent or (system == "Android" and "Mobile" not in agent):
        return TABLET
    if system in ("iOS", "Android", "Windows Phone"):
        return PHONE
    return COMPUTER if system in _ON_DESKS else UNKNOWN
