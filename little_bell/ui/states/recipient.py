"""The recipient of a message: what is stored of them, and forgetting it."""

import time

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.audit import note
from little_bell.domain.errors import NotFound
from little_bell.journal.records import erasures
from little_bell.queries.messages import get_message
from little_bell.queries.recipients import messages_to
from little_bell.ui import checked
from little_bell.ui.session import SignIn, house, owner, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.states.message import Message
from little_bell.ui.words import things


def recipient_of(connection: Connection, who: SignIn, message_id: int) -> tuple[str, int]:
    """Whom a message went to, and how many did. Raises NotFound."""
    email = get_message(connection, who.tenant_id, message_id).recipient_email
    return email, len(messages_to(connection, who.tenant_id, email))


async def forget(who: SignIn, message_id: int) -> int:
    """Note and journal that a message's recipient is to be forgotten; of how many messages that is. Raises NotFound, JournalFull."""

    def both(connection: Connection) -> int:
        email, _ = recipient_of(connection, who, message_id)
        ids = messages_to(connection, who.tenant_id, email)
        note(connection, who.tenant_id, who.email, "recipient.erased", f"{len(ids)} messages")
        house().journal.append(erasures(who.tenant_id, ids, time.time_ns() // 1_000))
        return len(ids)

    return await write(both)


class Recipient(rx.State):
    doomed: str = ""
    doomed_messages: str = ""
    _doomed_in: int = 0

    @rx.event
    async def ask_erase(self):
        who = await owner(self)
        message_id = checked.identifier(await self.get_var_value(Message.shown_id), "message")
        email, count = await read(recipient_of, who, message_id)
        if not count:
            raise NotFound("this recipient is forgotten already")
        self.doomed, self.doomed_messages, self._doomed_in = email, things(count, "message", "messages"), message_id

    @rx.event
    async def close_erase(self, _is_open: bool = False):
        self.reset()

    @rx.event
    async def erase(self):
        who = await owner(self)
        count = await forget(who, checked.identifier(self._doomed_in, "message"))
        self.reset()
        return [Shell.say(f"Forgotten in {things(count, 'message', 'messages')}."), Message.load]
