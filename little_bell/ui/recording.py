"""What a page says to the journal: journaled with its note in the audit log, and usually counted when the page shows it again."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Connection

from little_bell.actions.audit import note
from little_bell.journal.base import Position
from little_bell.journal.records import Record
from little_bell.queries.projection import is_folded
from little_bell.ui.session import SignIn, house, read, write

#: Looks whether it is counted yet: for two seconds in all.
LOOKS, POLL_SECONDS = 100, 0.02


async def record(who: SignIn, records: Sequence[Record], action: str, subject: str) -> None:
    """Returns once they are counted, or after two seconds. Raises JournalFull; then nothing is noted either."""

    def both(connection: Connection) -> Position:
        note(connection, who.tenant_id, who.email, action, subject)
        return house().journal.append(list(records))

    position = await write(both)
    for _ in range(LOOKS):
        if await read(is_folded, position):
            return
        await asyncio.sleep(POLL_SECONDS)
