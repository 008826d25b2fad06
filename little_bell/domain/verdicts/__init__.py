"""Who caused an event: a label with named reasons, never a block. Pure; the lists are arguments."""

from little_bell.domain.verdicts.reasons import MANUAL, REPORTED, RULES, Judgement, decide, is_private, judge_told

__all__ = ["MANUAL", "REPORTED", "RULES", "Judgement", "decide", "is_private", "judge_told"]
