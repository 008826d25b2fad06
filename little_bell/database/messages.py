"""Messages: registered, found, and links signed for them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from little_bell.actions.forms import NewMessage, NewMessages, NewRecipient, NewRecipients, fill
from little_bell.actions.links import register_links
from little_bell.actions.messages import Registered, create_message, create_messages
from little_bell.actions.recipients import add_recipients
from little_bell.api.forms.link import NewLinks
from little_bell.api.forms.mail import NewMail, draft_of, mail_shape, tagged_draft
from little_bell.api.shapes import added_shape, message_shape, registered_shape
from little_bell.api.wholes import whole_message
from little_bell.database.desk import PAGE, Desk, Row, an_id
from little_bell.domain.readings import MessageSort, one_word
from little_bell.queries.campaigns import get_campaign_utm
from little_bell.queries.message_lists import MessageFilter, list_messages, messages_wanted
from little_bell.queries.messages import MessageRow, get_message
from little_bell.queries.paging import Page


class Messages(Desk):
    """One mail to one recipient."""

    def create_message(
        self, campaign_id: int, recipient_email: str, tracking_token: str | None = None, template_id: str | None = None, **more: Any
    ) -> int:
        """The id of the new message; `more` may be what register_message() takes."""
        return self._register(campaign_id, recipient_email, tracking_token, template_id, more).id

    def register_message(
        self, campaign_id: int, recipient_email: str, tracking_token: str | None = None, template_id: str | None = None, **more: Any
    ) -> Row:
        """The new message with its pixel, its unsubscribe address and the headers to send.

        `more`: subject, variant, metadata, external_id, test; with strict=True a suppressed address is a Conflict, else the
        answer says `suppressed`.
        """
        made = self._register(campaign_id, recipient_email, tracking_token, template_id, more)
        return registered_shape(self._here.addresses, self._tenant_id, made)

    def register_messages(self, messages: Sequence[Mapping[str, Any]], *, strict: bool = False) -> list[Row]:
        """Up to 10,000 messages, all or none, in the order given; each with the fields that register_message() takes."""
        form = fill(NewMessages, {"messages": list(messages)})
        with self._here.writing() as connection:
            made = create_messages(connection, self._tenant_id, form.messages, strict=strict)
        return [registered_shape(self._here.addresses, self._tenant_id, one) for one in made]

    def add_recipients(self, campaign_id: int, recipients: Sequence[Mapping[str, Any] | NewRecipient], check: bool = False) -> Row:
        """A message for each of up to 10,000 recipients that the campaign doesn't have yet: `registered`, `already` and `refused`.

        A recipient is known again by the tracking token, else the external id, else the address; `check` only says what would be.
        """
        form = fill(NewRecipients, {"recipients": list(recipients), "check": check})
        with self._here.reading() if check else self._here.writing() as connection:
            return added_shape(add_recipients(connection, self._tenant_id, an_id(campaign_id), form.recipients, check=check))

    def get_message(self, message_id: int) -> Row | None:
        """The message with its events, oldest first; None if there is none."""
        return self._found(whole_message, message_id)

    def get_message_by_token(self, tracking_token: str) -> Row | None:
        """The message with this token, without its events; None if there is none."""
        return next(self.iterate_messages(tracking_token=tracking_token), None)

    def get_campaign_messages(
        self,
        campaign_id: int,
        limit: int | None = None,
        offset: int = 0,
        status: str | None = None,
        *,
        opened: str | None = None,
        clicked: str | None = None,
        link_id: int | None = None,
        domain: str = "",
        search: str = "",
        sort: str = "created_at",
        **recipient: Any,
    ) -> list[Row]:
        """The campaign's messages in the order they were registered, or in that of `sort`; all of them where no limit is given.

        `opened` and `clicked` say by whom: any, human, machine (alone), not-human, none. `recipient_unopened`, `recipient_…`: only those
        whose recipient is in the segment that get_recipients() has for these words. Raises Invalid, NotFound.
        """
        self._check_campaign(campaign_id)
        order = one_word(MessageSort, sort, "sort")
        wanted = messages_wanted(campaign_id, status, opened, clicked, link_id, domain, search, **recipient)

        def page_at(connection: Connection, cursor: str | None) -> Page[MessageRow]:
            return list_messages(connection, self._tenant_id, wanted, sort=order, limit=PAGE, cursor=cursor)

        rows = map(message_shape, self._rows(page_at))
        return list(islice(rows, offset, None if limit is None else offset + limit))

    def iterate_messages(
        self,
        *,
        campaign_id: int | None = None,
        status: str | None = None,
        recipient: str | None = None,
        external_id: str | None = None,
        provider_message_id: str | None = None,
        tracking_token: str | None = None,
    ) -> Iterator[Row]:
        """Messages by any of their names, in the order they were registered, without their events; in constant memory."""
        wanted = MessageFilter(campaign_id, status, "", recipient, external_id, provider_message_id, tracking_token)

        def page_at(connection: Connection, cursor: str | None) -> Page[MessageRow]:
            return list_messages(connection, self._tenant_id, wanted, limit=PAGE, cursor=cursor)

        return map(message_shape, self._rows(page_at))

    def sign_link(self, message_id: int, url: str) -> str:
        """The signed link that records the click and leads to the URL, which is a link of the campaign from now on."""
        return self.sign_links(message_id, [url])[0]

    def sign_links(self, message_id: int, urls: Sequence[str]) -> list[str]:
        """The same for up to 1,000."""
        wanted = fill(NewLinks, {"urls": list(urls)}).urls or []
        with self._here.writing() as connection:
            message = get_message(connection, self._tenant_id, an_id(message_id))
            register_links(connection, self._tenant_id, message.campaign_id, wanted)
        return [self._here.addresses.click_url(self._tenant_id, message.token, url) for url in wanted]

    def instrument(self, message_id: int, html: str, text: str | None = None, utm: Mapping[str, str | None] | None = None) -> Row:
        """The same mail with its pixel, signed links and the headers to send.

        `utm`: source, medium, campaign, term, content; what it doesn't name is as the campaign has it, None leaves one out.
        """
        new = fill(NewMail, {"html": html, "text": text, "utm": dict(utm or {})})
        read = draft_of(new, self._here.addresses)
        with self._here.writing() as connection:
            message = get_message(connection, self._tenant_id, an_id(message_id))
            draft = tagged_draft(read, new, get_campaign_utm(connection, self._tenant_id, message.campaign_id))
            register_links(connection, self._tenant_id, message.campaign_id, draft.destinations)
        return mail_shape(draft.finish(self._here.addresses.tracking(self._tenant_id, message.token)))

    def _register(self, campaign_id: int, email: str, token: str | None, template_id: str | None, more: Mapping[str, Any]) -> Registered:
        own = {"campaign_id": campaign_id, "recipient_email": email, "tracking_token": token, "template_id": template_id}
        strict = bool(more.get("strict"))
        form = fill(NewMessage, {**own, **{name: value for name, value in more.items() if name != "strict"}})
        with self._here.writing() as connection:
            return create_message(connection, self._tenant_id, form, strict=strict)
