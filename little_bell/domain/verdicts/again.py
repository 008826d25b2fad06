"""The reasons of a request told anew from what was stored of it: after lists or rules have changed."""

from typing import NamedTuple

from little_bell.domain.verdicts.own import OwnRules
from little_bell.domain.verdicts.reasons import APART, OWN_RULES, SAID, request_part
from little_bell.domain.verdicts.request import RequestJudge

#: What was said, not seen; and what stands apart whatever it was.
_SAID = frozenset({"manual", "report"}) | (APART - {"unsigned"})
_TOLD = ("provider", "provider_machine")
#: Which network a reason tells of, where the address itself was not kept.
_LABELS = {
    "scanner_network": "scanner",
    "gateway_network": "gateway",
    "microsoft_network": "microsoft",
    "outlook_web": "microsoft",
    "private_relay": "relay",
    "gmail_prefetch": "google",
}


class Kept(NamedTuple):
    """What is stored of a request. `agent` is None if its text isn't known; `address` may be a network, or nothing."""

    type: str
    reasons: str
    agent: str | None
    address: str | None
    purpose: str
    asn: int | None = None


class Told(NamedTuple):
    """The reasons of the request as they are now; not whole where the lists tell parts of the kept network apart."""

    reasons: str
    is_whole: bool


def tell_again(judge: RequestJudge, kept: Kept, own: OwnRules | None = None) -> Told:
    """The request's reasons by the present lists and rules, and the tenant's `own`. What somebody said of the event stays."""
    names = request_part(kept.reasons).split(",")
    told = _judge_again(judge, kept, [name for name in names if name not in SAID and name not in OWN_RULES])
    rule: str | None = ""
    if own is not None and _SAID.isdisjoint(names):
        agent = "" if "no_agent" in names else kept.agent
        rule = own.reason_within(kept.address, kept.asn, agent)
    ruled = [rule] if rule else [name for name in names if name in OWN_RULES and rule is None]
    said = [name for name in names if name in SAID]
    return Told(",".join([*said, *ruled, told.reasons]), told.is_whole and rule is not None)


def _judge_again(judge: RequestJudge, kept: Kept, names: list[str]) -> Told:
    before = ",".join(names)
    if not _SAID.isdisjoint(names):
        return Told(before, True)
    if kept.agent is None and "no_agent" not in names:
        return Told(before, False)
    told = [name for name in names if name in _TOLD]
    if told and not kept.agent:
        return Told(before, True)
    label = judge.label_within(kept.address, kept.asn) if kept.address else None
    known = next((_LABELS[name] for name in names if name in _LABELS), "")
    judged = judge.judge_from(
        known if label is None else label, kept.type, kept.agent or "", kept.purpose, "head" in names, "unsigned" not in names
    )
    return Told(",".join([*told, judged.reasons]), label is not None)
