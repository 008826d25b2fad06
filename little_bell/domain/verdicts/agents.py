"""User agents sorted into kinds, by a list of words. The first line that fits decides."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

Test = Callable[[str], bool]


class AgentRule(NamedTuple):
    """A kind, and the words of which all must be in the agent; or, exact, the whole agent."""

    kind: str
    words: tuple[str, ...]
    is_exact: bool = False


def parse_agents(text: str) -> list[AgentRule]:
    """The rules of a list: `kind<space>word & word`, or `kind = whole agent`; `#` begins a comment. Raises ValueError."""
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        kind, _, rest = entry.partition(" ")
        rest = rest.strip()
        if not rest or rest == "=":
            raise ValueError(f"line {number}: a kind needs words to look for")
        if rest.startswith("= "):
            rules.append(AgentRule(kind, (rest[2:].strip().lower(),), True))
        else:
            rules.append(AgentRule(kind, tuple(word.strip().lower() for word in rest.split("&"))))
    return rules


def kind_of(rules: Sequence[AgentRule], agent: str) -> str:
    """The kind of an agent; "" if no rule fits."""
    lowered = agent.strip().lower()
    for rule in rules:
        if rule.is_exact:
            if lowered == rule.words[0]:
                return rule.kind
        elif all(word in lowered for word in rule.words):
            return rule.kind
    return ""
