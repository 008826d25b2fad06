"""What somebody knows of a message and says on its page: that it was sent, opened, clicked, or came back."""

import time
from typing import Any

import reflex as rx

from little_bell.domain.bounces import classify
from little_bell.domain.errors import Conflict
from little_bell.domain.events import BounceType, EventType
from little_bell.domain.links import why_refused
from little_bell.journal.records import Mark
from little_bell.queries.messages import MessageRow, get_message
from little_bell.ui import checked
from little_bell.ui.recording import record
from little_bell.ui.session import SignIn, editor, read
from little_bell.ui.shell import Shell
from little_bell.ui.states.message import Message

#: What can be said, and what the dialog asks.
MARKS = {
    "sent": "It was handed to a mail server.",
    "opened": "Its reader told you, or you know otherwise. It counts as opened by a person.",
    "clicked": "Its reader followed a link. It counts as clicked by a person.",
    "bounced": "It could not be delivered. The reason says whether for good.",
}


class Marking(rx.State):
    mark: str = ""
    about: str = ""
    refusal: str = ""

    @rx.event
    async def ask(self, mark: str):
        """Open the dialog of one mark."""
        await editor(self)
        self.mark, self.refusal = checked.one_of(mark, "mark", MARKS), ""
        self.about = MARKS[self.mark]

    @rx.event
    async def close(self, _is_open: bool = False):
        self.mark = ""

    @rx.event
    async def say(self, form: dict[str, Any]):
        """Journal the mark; the page shows it once it is counted."""
        who = await editor(self)
        given = checked.form(form, "reason", "url")
        mark = checked.one_of(self.mark, "mark", MARKS)
        message = await read(get_message, who.tenant_id, await self._message_id())
        refused = why_refused(given["url"]) if given["url"] else None
        if refused:
            self.refusal = f"This can’t be a link: {refused}."
            return None
        if mark == "sent" and message.sent_at is not None:
            raise Conflict("this message was marked as sent already", "mark")
        await record(who, [mark_of(who, message, mark, given)], f"message.{mark}", str(message.id))
        self.mark = ""
        return [Message.load, Shell.say(f"Marked as {mark}.")]

    async def _message_id(self) -> int:
        page = await self.get_state(Message)
        return checked.identifier(page.shown_id, "message")


def mark_of(who: SignIn, message: MessageRow, mark: str, given: dict[str, str]) -> Mark:
    """The record of a mark that was made on a page."""
    bounce: dict[str, str | None] | None = None
    if mark == "bounced":
        reason = given["reason"][:1_000] or "unknown"
        said = classify(reason)
        kind = BounceType.PERMANENT if said.permanent else BounceType.TEMPORARY
        bounce = {"bounce_type": str(kind), "category": said.category, "reason": reason, "subtype": None, "diagnostic_code": None}
    url = given["url"] if mark == "clicked" else ""
    return Mark(who.tenant_id, message.id, EventType(mark), time.time_ns() // 1_000, "page", bounce=bounce, url=url)
