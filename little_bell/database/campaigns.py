"""Campaigns: made, changed, read, exported, deleted."""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from little_bell.actions.campaigns import create_campaign, hide_campaign, update_campaign
from little_bell.actions.forms import CampaignChanges, NewCampaign, fill
from little_bell.api.shapes import campaign_shape
from little_bell.api.shapes.analytics import Part, analytics_shape
from little_bell.api.wholes import whole_campaign
from little_bell.database.desk import PAGE, Advance, Desk, File, Row, an_id
from little_bell.domain.exports import export_words
from little_bell.domain.number_forms import Include
from little_bell.domain.readings import Archived, one_word
from little_bell.files import new_file
from little_bell.journal.records import CampaignDeletion
from little_bell.queries.campaigns import CampaignRow, get_campaign, list_campaigns
from little_bell.queries.export_formats import export
from little_bell.queries.kept import pinned
from little_bell.queries.message_lists import messages_wanted
from little_bell.queries.paging import Page
from little_bell.recording import append, wait_until_counted


class Campaigns(Desk):
    """Named batches of messages."""

    def create_campaign(
        self,
        name: str,
        template_id: str | None = None,
        subject: str | None = None,
        tags: Sequence[str] = (),
        external_id: str | None = None,
        utm: Mapping[str, str] | None = None,
    ) -> int:
        """The id of the new campaign. `utm` (source, medium, campaign, term, content) is what instrument() adds to its links."""
        values = {"name": name, "template_id": template_id, "subject": subject, "tags": list(tags), "external_id": external_id}
        form = fill(NewCampaign, {**values, "utm": utm})
        with self._here.writing() as connection:
            return create_campaign(connection, self._tenant_id, form, self._here.actor)

    def update_campaign(self, campaign_id: int, **changes: Any) -> Row:
        """The campaign with these fields changed: name, template_id, subject, tags, external_id, utm, archived; None takes one away."""
        form = fill(CampaignChanges, changes)
        with self._here.writing() as connection:
            update_campaign(connection, self._tenant_id, an_id(campaign_id), form, self._here.actor)
            return campaign_shape(get_campaign(connection, self._tenant_id, campaign_id))

    def delete_campaign(self, campaign_id: int) -> None:
        """Gone at once for every reader; its messages and events are purged in small steps."""
        journal = self._own_journal()
        with self._here.writing() as connection:
            hide_campaign(connection, self._tenant_id, an_id(campaign_id), self._here.actor)
            # Before the commit: if the journal is full, nothing has changed.
            position = append(journal, [CampaignDeletion(self._tenant_id, campaign_id, time.time_ns() // 1_000)])
        wait_until_counted(self._here, position)

    def get_campaign(self, campaign_id: int, set_name: str | None = None) -> Row | None:
        """The campaign with its metrics, bounce reasons and links, now or as they were kept under a name; None if there is none."""
        return self._found(partial(whole_campaign, set_name=set_name), campaign_id)

    def get_campaign_metrics(self, campaign_id: int, set_name: str | None = None) -> Row:
        """Every count, every rate (percent; None where there is nothing to divide by), and the bounces by reason."""
        with self._here.reading() as connection:
            return dict(whole_campaign(connection, self._tenant_id, an_id(campaign_id), set_name)["metrics"])

    def get_campaign_analytics(
        self,
        campaign_id: int,
        what: Sequence[str] = (),
        time_zone: str | None = None,
        include: str | None = None,
        set_name: str | None = None,
    ) -> Row:
        """When, where in the mail, behind which mailbox and with what a campaign was read (docs/analytics.md); all of it, or its parts
        in `what`: interval, curve, week, positions, mailboxes, clients, countries. `include`: human or all, else both. `set_name`:
        as they were kept under that name. Raises NotFound.
        """
        parts = [one_word(Part, each, "what") for each in what]
        form = one_word(Include, include, "include") if include else None
        with self._here.reading() as connection, pinned(connection, self._tenant_id, set_name):
            return analytics_shape(connection, self._tenant_id, an_id(campaign_id), parts, time_zone, form)

    def get_all_campaigns(
        self,
        search: str = "",
        tags: Sequence[str] = (),
        external_id: str | None = None,
        sort: str = "-created_at",
        archived: str = "no",
    ) -> list[Row]:
        """Campaigns with their metrics, the newest first; `archived`: no, yes (these alone) or all."""
        return list(self.iterate_campaigns(search, tags, external_id, sort, archived))

    def iterate_campaigns(
        self,
        search: str = "",
        tags: Sequence[str] = (),
        external_id: str | None = None,
        sort: str = "-created_at",
        archived: str = "no",
    ) -> Iterator[Row]:
        """The same one by one, in constant memory."""
        shown = one_word(Archived, archived, "archived")

        def page_at(connection: Connection, cursor: str | None) -> Page[CampaignRow]:
            names = {"search": search, "external_id": external_id, "sort": sort, "cursor": cursor}
            return list_campaigns(connection, self._tenant_id, tags=tags, archived=shown, limit=PAGE, **names)  # type: ignore[arg-type]

        return map(campaign_shape, self._rows(page_at))

    def export_campaign_to_csv(self, campaign_id: int, output_path: File) -> None:
        """Write the campaign's messages to a file, which stands there whole or not at all. Raises OSError."""
        self.export_campaign(campaign_id, output_path)

    def export_campaign(
        self,
        campaign_id: int,
        output_path: File,
        what: str = "messages",
        format: str = "csv",
        advance: Advance | None = None,
        **filters: Any,
    ) -> None:
        """The same with its `what`: messages, events, bounces or links; as `format`: csv, jsonl, xlsx or parquet. Raises Invalid, OSError.

        `advance` is told how many bytes each step wrote; `filters` are those of get_campaign_messages(), for messages and events.
        """
        words = export_words(what, format)
        wanted = messages_wanted(campaign_id, **filters)
        self._check_campaign(campaign_id)
        with new_file(output_path, advance) as file:
            file.writelines(export(self._here.reading, self._tenant_id, campaign_id, *words, wanted))
