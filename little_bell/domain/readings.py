"""Who did what with a message, as lists and exports are filtered by it."""

from enum import StrEnum


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
