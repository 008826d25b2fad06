"""The filters of a page, as they stand in its address: whoever gets the address sees the same."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from little_bell.domain.errors import BellError
from little_bell.ui import checked
from little_bell.ui.period import checked_period

#: Whom a chart or a table counts, where it shows one of the two.
BY = {"people": "People", "all": "With machines"}


@dataclass(frozen=True, slots=True)
class Filters:
    """A page's own class names each filter with its usual value; "" means anything.

    Those in CHOICES have one of these values, those in IDS name a thing, `period` is a period; any other is text.
    """

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    #: Name → what it is the id of.
    IDS: ClassVar[Mapping[str, str]] = {}
    #: What isn't kept in the address when a filter changes: it told of one moment, or asked for something to be opened (`do`).
    PASSING: ClassVar[frozenset[str]] = frozenset({"do"})
    #: Filters that leave nothing out: they order or count what is there.
    WHOLE: ClassVar[frozenset[str]] = frozenset({"period", "by", "sort", "tab", "set"})

    @classmethod
    def found_in(cls, query: Mapping[str, Any]) -> Self:
        """What an address asks for. What can't be a filter's value counts as not named."""
        found = cls()
        for field in fields(cls):
            try:
                found = found.with_(**{field.name: query.get(field.name, getattr(found, field.name))})
            except BellError:
                continue
        return found

    @classmethod
    def checked(cls, name: str, value: Any) -> str:
        """The value, if the filter can have it. Raises Invalid, NotFound."""
        checked.one_of(name, "filter", [field.name for field in fields(cls)])
        if name in cls.CHOICES:
            return checked.one_of(value, name, cls.CHOICES[name])
        if name == "by":
            return checked.one_of(value, name, BY)
        if name == "period":
            return checked_period(value)
        if name in cls.IDS:
            return str(checked.identifier(value, cls.IDS[name])) if value else ""
        return checked.text(value, name, 255)

    def with_(self, **changes: Any) -> Self:
        """The same with these changes. Raises Invalid, NotFound."""
        return replace(self, **{name: self.checked(name, value) for name, value in changes.items()})

    @property
    def said(self) -> dict[str, str]:
        """What differs from the usual: the usual isn't named in an address."""
        usual = asdict(self.__class__())
        return {name: value for name, value in asdict(self).items() if value != usual[name]}

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out."""
        return not self.WHOLE.issuperset(self.said)

    def href(self, path: str, others: Mapping[str, str] | None = None) -> str:
        """The page's address with these filters; `others` of its query stay, but for what is passing."""
        names = {field.name for field in fields(self)} | self.PASSING
        query = {name: value for name, value in (others or {}).items() if name not in names} | self.said
        return path + (f"?{urlencode(query)}" if query else "")
