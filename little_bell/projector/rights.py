"""What lets a projector write: alone, or as one of several that share the messages out among them."""

from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection

from little_bell.projector.batch import Batch


class LeaseTaken(Exception):
    """Somebody else folds."""


class NotOurs(Exception):
    """Somebody else has taken over what this was about: nothing of it may be written. What is left can go on."""


class LeaseLost(Exception):
    """Somebody else has taken over all: nothing more may be written."""


class Right(Protocol):
    """Asked in every transaction that folds or keeps house."""

    @property
    def is_keeper(self) -> bool:
        """Whether what belongs to no message is ours: house-keeping, and facts whose message has to be found."""
        ...

    @property
    def has_to_be_prolonged(self) -> bool:
        """Whether it runs out where nothing is folded."""
        ...

    def begin(self, connection: Connection, batch: Batch, /) -> int:
        """The id of the first event of a fold. Nobody else touches our messages from here to its end. Raises LeaseLost, NotOurs."""
        ...

    def claim(self, connection: Connection, next_event_id: int, /) -> int:
        """The number of the fold, whose writing begins; it ended in front of this id. Raises LeaseLost."""
        ...

    def settle(self, connection: Connection, batch: Batch) -> None:
        """Write up to where is folded now."""
        ...

    def check(self, connection: Connection) -> None:
        """Begin a transaction that keeps house, in which nobody folds. Raises LeaseLost, NotOurs."""
        ...

    def prolong(self, connection: Connection, /) -> int:
        """Hold it for another while; 0 if somebody else has it."""
        ...

    def is_ours(self, token: str, /) -> bool:
        """Whether the message with this token is ours to fold."""
        ...

    def only_ours(self, token: ColumnElement[Any], /) -> ColumnElement[bool]:
        """The same as a condition of a query."""
        ...
