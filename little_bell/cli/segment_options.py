"""The options that say which recipients, once for all commands that take them."""

import inspect
from collections.abc import Callable, Mapping
from copy import copy
from functools import wraps
from typing import Annotated, Any

import typer

from little_bell.domain.number_forms import Include
from little_bell.domain.recipients import LONGEST_RUN
from little_bell.domain.segments import MOST_DAYS, OF_RECIPIENT, Ever

Command = Callable[..., None]


def _days(words: str) -> Any:
    return Annotated[int | None, typer.Option(metavar="DAYS", min=1, max=MOST_DAYS, help=words)]


OPTIONS: dict[str, Any] = {
    "unopened": Annotated[
        int | None, typer.Option(metavar="N", min=1, max=LONGEST_RUN, help="Opened none of the latest N campaigns that they got.")
    ],
    "opened": Annotated[Ever | None, typer.Option(help="Whether they ever opened.")],
    "opened_within": _days("Opened in the last days."),
    "not_opened_within": _days("Didn't open in the last days, or never."),
    "clicked": Annotated[Ever | None, typer.Option(help="Whether they ever clicked.")],
    "clicked_within": _days("Clicked in the last days."),
    "not_clicked_within": _days("Didn't click in the last days, or never."),
    "sent_within": _days("Got mail in the last days."),
    "not_sent_within": _days("Got no mail in the last days."),
    "new_within": _days("Got their first mail in the last days."),
    "suppressed": Annotated[bool | None, typer.Option("--suppressed/--not-suppressed", help="Whether they get no more mail.")],
    "domain": Annotated[str | None, typer.Option(help="Only mailboxes in this domain.")],
    "search": Annotated[str | None, typer.Option(help="Only addresses that begin so.")],
    "include": Annotated[Include | None, typer.Option(help="Whose opens and clicks: people's without it, or all.")],
}


PANEL = "Whose recipient …"


def _of_recipient(kind: Any) -> Any:
    """The same option among those of messages, in a part of the help of its own."""
    option = copy(kind.__metadata__[0])
    option.rich_help_panel = PANEL
    if isinstance(option.default, str):  # names of its own
        option.default = option.default.replace("--", f"--{OF_RECIPIENT[:-1]}-")
    return Annotated[kind.__origin__, option]


#: The same of those that a campaign's messages went to: the address itself has options of its own there.
OF_RECIPIENTS = {f"{OF_RECIPIENT}{name}": _of_recipient(kind) for name, kind in OPTIONS.items() if name not in ("domain", "search")}


def with_segment(command: Command) -> Command:
    """The command, with options for its argument `segment`: a mapping of those that were given."""
    return _with(command, "segment", OPTIONS)


def with_recipients(command: Command) -> Command:
    """The same for an argument `recipients`: the segment of a message's recipient."""
    return _with(command, "recipients", OF_RECIPIENTS)


def _with(command: Command, argument: str, options: Mapping[str, Any]) -> Command:
    own = [one for one in inspect.signature(command).parameters.values() if one.name != argument]
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in options.items()]

    @wraps(command)
    def with_options(*args: Any, **given: Any) -> None:
        named = {name: value for name in options if (value := given.pop(name, None)) is not None}
        command(*args, **{argument: named}, **given)

    with_options.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in (*own, *more)}
    return with_options
