"""What a browser sends a handler is anybody's text: nothing is used before it went through here."""

from collections.abc import Collection
from typing import Any

from little_bell.domain.errors import Invalid, NotFound

MAX_ID = 2**63 - 1


def identifier(value: Any, what: str) -> int:
    """The id in an address or an argument. Raises NotFound for what can't be one."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 20) or not 0 < int(text) <= MAX_ID:
        raise NotFound(f"there is no such {what}")
    return int(text)


def text(value: Any, field: str, longest: int) -> str:
    """The text without spaces around it. Raises Invalid for what is none, or is too long."""
    if not isinstance(value, str) or "\0" in value:
        raise Invalid(f"{field} has to be text", field)
    if len(value) > longest:
        raise Invalid(f"{field} can be {longest} characters long", field)
    return value.strip()


def one_of(value: Any, field: str, allowed: Collection[str]) -> str:
    """One of the allowed words. Raises Invalid."""
    if not isinstance(value, str) or value not in allowed:
        raise Invalid(f"{field} has to be one of {', '.join(filter(None, allowed))}", field)
    return value


def form(value: Any, *fields: str) -> dict[str, str]:
    """The fields of a form, those that are missing as "", a ticked box as "on". Raises Invalid for anything that isn't one."""
    if not isinstance(value, dict):
        raise Invalid("this form can’t be read")
    given = {name: "on" if value.get(name) is True else value.get(name) or "" for name in fields}
    return {name: text(entered, name, 8_192) for name, entered in given.items()}
