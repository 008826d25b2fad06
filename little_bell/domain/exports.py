"""What can be exported of a campaign, and as what."""

from enum import StrEnum

from little_bell.domain.errors import Invalid


class What(StrEnum):
    """A part of a campaign."""

    MESSAGES = "messages"  # each with what became of it
    EVENTS = "events"  # everything that happened to them
    BOUNCES = "bounces"  # as they were reported
    LINKS = "links"  # with their clicks


class Format(StrEnum):
    """A kind of file; the word is the end of its name, too."""

    CSV = "csv"
    JSONL = "jsonl"  # a JSON object a line
    XLSX = "xlsx"  # Excel
    PARQUET = "parquet"


def export_words(what: str, format_: str) -> tuple[What, Format]:
    """The same words. Raises Invalid for others."""
    if what not in set(What):
        raise Invalid(f"what: can be exported are {', '.join(What)}", "what")
    if format_ not in set(Format):
        raise Invalid(f"format: has to be one of {', '.join(Format)}", "format")
    return What(what), Format(format_)
