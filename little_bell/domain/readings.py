"""The words that lists and exports of campaigns and messages are filtered and sorted by."""

from enum import StrEnum
from typing import TypeVar

from little_bell.domain.errors import Invalid

Word = TypeVar("Word", bound=StrEnum)


class Reading(StrEnum):
    """Who opened a message, or followed a link in it."""

    ANY = "any"  # a person or a machine
    HUMAN = "human"  # a person
    MACHINE = "machine"  # machines, and no person
    NOT_HUMAN = "not-human"  # no person: machines at most
    NONE = "none"  # nobody, machines neither


class MessageSort(StrEnum):
    """What order a campaign's messages are listed in; those that nobody opened or clicked come behind those somebody did."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    RECIPIENT = "recipient_email"
    RECIPIENT_BACK = "-recipient_email"
    OPENED = "-human_opened_at"  # the last first opened by a person leads
    CLICKED = "-human_clicked_at"


class Archived(StrEnum):
    """Whether a list shows campaigns that were put away."""

    NO = "no"
    YES = "yes"  # these alone
    ALL = "all"


def one_word(words: type[Word], word: str, field: str) -> Word:
    """The same word. Raises Invalid for one that isn't among them."""
    if word not in set(words):
        raise Invalid(f"{field} has to be one of {', '.join(words)}", field)
    return words(word)
