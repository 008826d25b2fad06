"""Bounces: what codes and words of mail systems mean. Pure; `classify` is for one reply, `judge` tells all there is."""

from little_bell.domain.bounces.judge import Classified, Judgement, classify, is_dead, judge
from little_bell.domain.bounces.vocabulary import Cause, Reason

__all__ = ["Cause", "Classified", "Judgement", "Reason", "classify", "is_dead", "judge"]
