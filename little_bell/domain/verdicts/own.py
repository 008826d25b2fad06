"""A tenant's own rules: which networks and agents are machines, and which are never filtered."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from little_bell.domain.verdicts.networks import Networks, network_rule

#: What a rule can look at, and what it can say.
MATCHES = ("network", "asn", "agent")
MACHINE, UNFILTERED = "machine", "unfiltered"
TREATMENTS = (MACHINE, UNFILTERED)
#: Pairs of address and agent remembered; then the memory is emptied.
MAX_REMEMBERED = 30_000


class OwnRule(NamedTuple):
    """`match` is one of MATCHES, `treat` one of TREATMENTS; agents match by any part of theirs, in upper or lower case."""

    match: str
    value: str
    treat: str


class OwnRules:
    """All rules of a tenant. The narrowest network decides among networks; where rules disagree, nothing is filtered."""

    def __init__(self, rules: Iterable[OwnRule]) -> None:
        by_match: dict[str, list[OwnRule]] = {match: [] for match in MATCHES}
        for rule in rules:
            by_match[rule.match].append(rule)
        self._networks = Networks(network_rule(rule.treat, rule.value) for rule in by_match["network"])
        self._has_networks = bool(by_match["network"])
        self._asns = {int(rule.value): rule.treat for rule in by_match["asn"]}
        self._words = [(rule.value.lower(), rule.treat) for rule in by_match["agent"]]
        self._known: dict[tuple[str, str], str] = {}

    def reason(self, address: str, agent: str, asn_of: Callable[[str], int | None]) -> str:
        """The reason that the rules give a request from a whole address; "" if none fits."""
        known = self._known.get((address, agent))
        if known is None:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            asn = asn_of(address) if self._asns else None
            known = self._known[address, agent] = self._decide(self._networks.label_of(address), asn, agent)
        return known

    def reason_within(self, network: str | None, asn: int | None, agent: str | None) -> str | None:
        """The same from what is kept of a request; None where these rules can't be answered from that."""
        label = self._networks.label_within(network) if network else None
        if (label is None and self._has_networks) or (agent is None and self._words):
            return None
        return self._decide(label or "", asn, agent or "")

    def _decide(self, label: str, asn: int | None, agent: str) -> str:
        lowered = agent.lower()
        found = {label, self._asns.get(asn, "") if asn is not None else ""}
        found.update(treat for word, treat in self._words if word in lowered)
        if UNFILTERED in found:
            return "rule_unfiltered"
        return "rule_machine" if MACHINE in found else ""
