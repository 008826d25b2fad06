"""What one request shows by itself: agent, headers, method, network. The projector asks this once an event."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from little_bell.domain.verdicts.agents import AgentRule, kind_of, parse_agents
from little_bell.domain.verdicts.networks import Networks, parse_asns, parse_networks
from little_bell.domain.verdicts.reasons import Judgement, decide

#: Agents and addresses remembered; then the memory is emptied. Some 10 MB at most.
MAX_REMEMBERED = 30_000

_PREFETCH = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
#: Kinds of agents.txt that are reasons for an open, and which for a click.
_SHOWS_IMAGES = frozenset({"apple_mpp", "gmail_prefetch", "gmail_view", "yahoo_view", "outlook_desktop", "mail_program", "browser"})
_BESIDE_CLICKS = {"gateway": "gateway_network", "microsoft": "microsoft_network", "relay": "private_relay"}
_MACHINES = frozenset({"scanner_agent", "robot_agent"})


class Lists(NamedTuple):
    """The rules of agents.txt, and the networks and autonomous systems of networks.txt."""

    agents: tuple[AgentRule, ...]
    networks: Networks
    asns: Mapping[int, str]

    @classmethod
    def parse(cls, agents: str, networks: str) -> "Lists":
        """From the texts of both files. Raises ValueError, naming the line."""
        return cls(tuple(parse_agents(agents)), Networks(parse_networks(networks)), parse_asns(networks))


class RequestJudge:
    """Remembers agents and addresses, since both come again and again. `asn_of` tells an address's autonomous system, if anybody can."""

    def __init__(self, lists: Lists, asn_of: Callable[[str], int | None] | None = None) -> None:
        self._lists = lists
        self._asn_of = asn_of or _unknown
        self._agents: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._judged: dict[tuple[str, str, str, str, bool, bool], Judgement] = {}

    def judge(self, type_: str, address: str, agent: str, purpose: str, is_head: bool, is_signed: bool) -> Judgement:
        """The verdict on a request alone. `purpose`: the headers that speak of prefetch, as name=value."""
        label = self._labels.get(address)
        if label is None:
            label = self._learn_address(address)
        return self.judge_from(label, type_, agent, purpose, is_head, is_signed)

    def label_within(self, network: str, asn: int | None) -> str | None:
        """What the lists call a whole network of this autonomous system; None if they tell parts of it apart."""
        label = self._lists.networks.label_within(network)
        return label or self._label_of_asn(asn) if label is not None else None

    def _label_of_asn(self, asn: int | None) -> str:
        return self._lists.asns.get(asn, "") if asn is not None else ""

    def forget_addresses(self) -> None:
        """Somebody tells of addresses otherwise now."""
        self._labels.clear()

    def judge_from(self, label: str, type_: str, agent: str, purpose: str, is_head: bool, is_signed: bool) -> Judgement:
        """The same for a request out of a network that networks.txt calls so."""
        kind = self._agents.get(agent)
        if kind is None:
            kind = self._learn_agent(agent)
        key = (type_, kind, label, purpose, is_head, is_signed)
        judged = self._judged.get(key)
        if judged is None:
            if len(self._judged) >= MAX_REMEMBERED:
                self._judged.clear()
            judged = self._judged[key] = decide(",".join(_reasons(*key)))
        return judged

    def _learn_agent(self, agent: str) -> str:
        if len(self._agents) >= MAX_REMEMBERED:
            self._agents.clear()
        kind = self._agents[agent] = kind_of(self._lists.agents, agent) if agent.strip() else "no_agent"
        return kind

    def _learn_address(self, address: str) -> str:
        if len(self._labels) >= MAX_REMEMBERED:
            self._labels.clear()
        label = self._lists.networks.label_of(address) or self._label_of_asn(self._asn_of(address))
        self._labels[address] = label
        return label


def _unknown(_address: str) -> None:
    return None


def _reasons(type_: str, kind: str, label: str, purpose: str, is_head: bool, is_signed: bool) -> list[str]:
    reasons = [] if is_signed else ["unsigned"]
    if is_head:
        reasons.append("head")
    if purpose and _PREFETCH.search(purpose):
        reasons.append("prefetch_header")
    if type_ == "opened":
        reasons += _of_open(kind, label)
    elif type_ == "clicked":  # who unsubscribes may be a mailbox provider's program, asked by a person
        reasons += _of_click(kind, label)
    return reasons or ["unremarkable"]


def _of_open(kind: str, label: str) -> list[str]:
    if kind in _MACHINES or kind == "no_agent":
        return [kind]
    if label == "scanner":
        return ["scanner_network"]
    if kind in _SHOWS_IMAGES - {"browser"}:
        return [kind]
    if label == "google":  # its image proxy with no word of itself
        return ["gmail_prefetch"]
    if label == "microsoft":
        return ["outlook_web"]
    told = ["gateway_network"] if label == "gateway" else []
    return [*told, kind] if kind else told


def _of_click(kind: str, label: str) -> list[str]:
    if kind in _MACHINES or kind == "no_agent":
        return [kind]
    if label == "scanner":
        return ["scanner_network"]
    if kind == "apple_mpp":
        return ["bare_agent"]
    told = [_BESIDE_CLICKS[label]] if label in _BESIDE_CLICKS else []
    return [*told, "browser"] if kind in _SHOWS_IMAGES else told
