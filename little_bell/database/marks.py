"""Marks: a sender says what happened to a message. Each returns once it is counted."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from little_bell.actions.forms import fill
from little_bell.api.forms.mark import MARKS, BulkMarks
from little_bell.api.marked import marked_messages
from little_bell.database.desk import Desk, Time, an_id
from little_bell.domain.marks import mark_of
from little_bell.journal.records import Mark
from little_bell.queries.messages import Named, get_message


class Marks(Desk):
    """Events that a sender reports."""

    def update_message_sent(self, message_id: int, sent_at: Time = None, provider_message_id: str | None = None) -> None:
        """It was handed to a mail server."""
        self._mark(message_id, "sent", {"sent_at": sent_at, "provider_message_id": provider_message_id})

    def update_message_opened(self, message_id: int, opened_at: Time = None) -> None:
        """Its reader opened it."""
        self._mark(message_id, "opened", {"opened_at": opened_at})

    def update_message_clicked(self, message_id: int, clicked_at: Time = None, url: str | None = None) -> None:
        """Its reader followed a link, named or not."""
        self._mark(message_id, "clicked", {"clicked_at": clicked_at, "url": url})

    def update_message_bounced(
        self,
        message_id: int,
        bounce_reason: str = "unknown",
        bounce_type: str | None = None,
        bounce_subtype: str | None = None,
        diagnostic_code: str | None = None,
        bounced_at: Time = None,
    ) -> None:
        """It could not be delivered. The reason may be a raw SMTP reply, which then says whether for good."""
        told = {"bounce_reason": bounce_reason, "bounce_type": bounce_type, "bounce_subtype": bounce_subtype}
        self._mark(message_id, "bounced", {**told, "diagnostic_code": diagnostic_code, "bounced_at": bounced_at})

    def add_bounce(
        self,
        message_id: int,
        bounce_type: str | None = None,
        bounce_subtype: str | None = None,
        diagnostic_code: str | None = None,
        bounce_reason: str | None = None,
    ) -> None:
        """The same, the type first; without a reason the diagnostic code is it."""
        self.update_message_bounced(message_id, bounce_reason or diagnostic_code or "unknown", bounce_type, bounce_subtype, diagnostic_code)

    def track_link_click(self, message_id: int, link_url: str) -> None:
        """Its reader followed this link."""
        self._mark(message_id, "clicked", {"url": link_url})

    def add_message_event(self, message_id: int, event_type: str, event_data: Mapping[str, Any] | str | None = None) -> None:
        """A mark by the name of its event: queued (which it is already), sent, opened, clicked, bounced.

        `event_data` holds the mark's fields, or is the link of a click or the reason of a bounce.
        """
        word, fields = mark_of(event_type, event_data)
        self._mark(message_id, word, fields)

    def mark_messages(self, marks: Sequence[Mapping[str, Any]]) -> int:
        """Up to 10,000 marks, all or none: {"id" or "tracking_token" or "external_id": …, "mark": "sent", …}; how many there were."""
        form = fill(BulkMarks, {"marks": list(marks)})
        with self._here.reading() as connection:
            messages = marked_messages(connection, self._tenant_id, form.marks)
        moment = _now()
        marked = zip(form.marks, messages, strict=True)
        self._record([self._ours(mark.record(self._tenant_id, message, moment)) for mark, message in marked])
        return len(messages)

    def _mark(self, message_id: int, word: str, fields: Mapping[str, Any]) -> None:
        told = fill(MARKS[word], dict(fields)) if word in MARKS else None
        with self._here.reading() as connection:
            message = get_message(connection, self._tenant_id, an_id(message_id))
        if told is not None:
            self._record([self._ours(told.record(self._tenant_id, Named(message.id, message.token), _now()))])

    def _ours(self, mark: Mark) -> Mark:
        return msgspec.structs.replace(mark, source=self._source)


def _now() -> int:
    return time.time_ns() // 1_000
