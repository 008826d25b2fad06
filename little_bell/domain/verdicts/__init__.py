"""Who caused an event: a label with named reasons, never a block. Pure; the lists are arguments."""

from little_bell.domain.verdicts.reasons import MANUAL, RULES, Judgement, decide

__all__ = ["MANUAL", "RULES", "Judgement", "decide"]
