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
#: A provider says that a reader opened or clicked: whether it was a person, only the provider can tell.
TOLD = Judgement(Verdict.HUMAN.value, "provider", True)
TOLD_OF_A_MACHINE = Judgement(Verdict.MACHINE.value, "provider_machine", True)


def judge_told(is_machine: bool, is_merged: bool, is_shown_only: bool) -> Judgement:
    """The verdict on a reader's act that a provider told of. Ours stands for it where both saw the same."""
    judged = TOLD_OF_A_MACHINE if is_machine else TOLD
    if is_merged:
        return judged._replace(reasons="merged", is_counted=False)
    return judged._replace(reasons="provider_not_counted", is_counted=False) if is_shown_only else judged


def judge_hit(is_head: bool, is_signed: bool) -> Judgement:
    """The verdict on what a mail client did."""
    if is_head:
        return HEAD
    return HUMAN if is_signed else UNSIGNED
