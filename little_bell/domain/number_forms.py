"""Every number has two forms: what people did, and all. An answer can be asked for in one of them."""

from enum import StrEnum
from typing import Any


class Include(StrEnum):
    """Whose acts the numbers of an answer count."""

    HUMAN = "human"  # what people did
    ALL = "all"  # whoever did it


#: A campaign's message × link clicks, which are told apart for each link only (there with the other form beside it).
ONLY_ALL = "unique_clicks"


def in_form(content: Any, include: Include | None) -> Any:
    """The content with one form of each number that has two (`opens`, `human_opens`); with both where none is asked for."""
    if include is None:
        return content
    if isinstance(content, list):
        return [in_form(each, include) for each in content]
    if not isinstance(content, dict):
        return content
    of_people = {name for name in content if _as_all(name) in content and name != _as_all(name)}
    dropped = of_people if include == Include.ALL else {_as_all(name) for name in of_people} | {ONLY_ALL}
    return {name: in_form(value, include) for name, value in content.items() if name not in dropped}


def _as_all(name: str) -> str:
    return "_".join(word for word in name.split("_") if word != "human")
