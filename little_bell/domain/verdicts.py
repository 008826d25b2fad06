"""Who caused an event: a label with a named reason, never a block."""

from typing import NamedTuple

from little_bell.domain.events import Verdict

#: Raised whenever a rule changes, and kept with each event.
RULES = 1


class Judgement(NamedTuple):
    """A verdict, the names of its reasons, and whether the event counts at all."""

    verdict: str
    reasons: str
    is_counted: bool


HEAD = Judgement(Verdict.MACHINE.value, "head", False)
UNSIGNED = Judgement(Verdict.UNSIGNED.value, "unsigned", False)
HUMAN = Judgement(Verdict.HUMAN.value, "", True)
MANUAL = Judgement(Verdict.MANUAL.value, "manual", True)
#: A mail system, or a provider, says so.
REPORTED = Judgement(Verdict.MACHINE.value, "report", True)


def judge_hit(is_head: bool, is_signed: bool) -> Judgement:
    """The verdict on what a mail client did."""
    if is_head:
        return HEAD
    return HUMAN if is_signed else UNSIGNED
