"""Take an old database over into tenants without messages; interrupted, it goes on where it was.

How far it has come stands in the transaction of what was written, as the position of a journal whose name is made of the file's:
so every message and every event is there once, whenever the process ends.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, exists, select, text, update

from little_bell.actions.audit import note
from little_bell.actions.campaigns import create_campaign
from little_bell.actions.emails import CAMPAIGN as EMAILS
from little_bell.actions.forms import NewCampaign, NewMessage, trusted
from little_bell.actions.messages import create_messages
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.chores import leased
from little_bell.domain.bounces import classify
from little_bell.domain.errors import Conflict
from little_bell.domain.events import QUARTER
from little_bell.domain.links import host_of, why_refused
from little_bell.domain.slugs import is_slug
from little_bell.domain.tokens import email_token, is_old_token, is_token
from little_bell.installation import Installation
from little_bell.journal.base import Position
from little_bell.journal.records import Hit, Mark, Record
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import campaigns, journal_positions, links, messages, tenants, tombstones
from little_bell.projector.batch import Batch
from little_bell.projector.lease import Lease
from little_bell.projector.projection import Projection
from little_bell.projector.projector import projection_of
from little_bell.projector.write import upsert
from little_bell.queries.tenants import find_tenant
from little_bell.takeover.old import SILENT, TYPES, OldCampaign, OldDatabase, OldEvent, OldMessage
from little_bell.takeover.taken import Taken

Advance = Callable[[int], None]
HARD, SOFT = {"permanent", "hard"}, {"temporary", "soft", "transient"}
_DATE = text("UPDATE messages SET created_at = :moment, updated_at = :moment WHERE id = :this")
LONGEST_RECIPIENT, MOST_HOSTS = 320, 200


def take_over(here: Installation, file: Path, advance: Advance = lambda _messages: None) -> Taken:
    """Bring the file's campaigns, messages and events into the installation's tenant; tenants of the other kind become tenants.

    Raises NotFound, Malformed for the file, Conflict for a tenant that has messages, or while a server folds.
    """
    taken = Taken()
    with closing(OldDatabase(file)) as old, leased(here) as lease:
        projection = projection_of(here.engine, here.settings, lease)
        if old.kind == "campaigns":
            _Move(here, lease, projection, old, here.tenant_id, taken, advance).run(file)
        for key, slug in old.tenants().items() if old.kind == "tenants" else ():
            tenant_id = _tenant(here, slug, taken)
            if tenant_id is not None:
                _Move(here, lease, projection, old, tenant_id, taken, advance, key, slug).run(file)
    return taken


def _tenant(here: Installation, slug: str, taken: Taken) -> int | None:
    """The tenant of that slug, made if there is none: its addresses stand in mail already sent."""
    if not is_slug(slug):
        taken.leave(f"tenant {slug}", "its name can't be a tenant's here")
        return None
    with here.writing() as connection:
        found = find_tenant(connection, slug)
        return create_tenant(connection, NewTenant(slug=slug), here.actor) if found is None else found


class _Move:
    """One tenant's part: messages first, then what happened to them."""

    def __init__(
        self, here: Installation, lease: Lease, projection: Projection, old: OldDatabase, tenant_id: int, taken: Taken, advance: Advance,
        key: Any = None, slug: str | None = None,
    ) -> None:  # fmt: skip
        self._here, self._lease, self._projection, self._old = here, lease, projection, old
        self._tenant_id, self._taken, self._advance = tenant_id, taken, advance
        self._key, self._tenant = key, slug  # of one tenant of several; None where there are none
        self._campaigns: dict[int | None, int] = {}

    def run(self, file: Path) -> None:
        name = hashlib.sha256(f"{file.resolve()}\0{self._tenant}\0{self._tenant_id}".encode()).hexdigest()[:32]
        begun, told = Position(name, 1, 0), Position(name[::-1], 1, 0)
        with self._here.writing() as connection:
            self._begin(connection, begun)
        self._register(begun)
        self._tell(told)
        with self._here.writing() as connection:
            self._allow(connection)

    def _begin(self, connection: Connection, begun: Position) -> None:
        """The campaigns, unless that was done; refuses a tenant that has messages of another origin."""
        is_begun = _reached(connection, begun) is not None
        has_messages = connection.execute(select(exists().where(messages.c.tenant_id == self._tenant_id))).scalar()
        if has_messages and not is_begun:
            raise Conflict("this tenant has messages already; name another with --tenant, or delete its campaigns first", "tenant")
        mine = campaigns.c.tenant_id == self._tenant_id
        rows = connection.execute(select(campaigns.c.id, campaigns.c.external_id).where(mine, campaigns.c.deleted_at.is_(None)))
        external = {row.external_id: int(row.id) for row in rows}
        if self._tenant is not None:
            found = external.get(EMAILS.external_id)
            self._campaigns[None] = found or create_campaign(connection, self._tenant_id, EMAILS, self._here.actor)
            self._taken.tenants.append(self._tenant)
        for one in self._old.campaigns() if self._tenant is None else ():
            form = _campaign(one)
            at = from_micros(one.created_at) if one.created_at else None
            known = external.get(form.external_id)
            self._campaigns[one.id] = known or create_campaign(connection, self._tenant_id, form, self._here.actor, at)
        self._taken.campaigns += len(self._campaigns)
        if not is_begun:
            note(connection, self._tenant_id, self._here.actor, "seed.imported", self._old.kind)
            _reach(connection, begun)

    def _register(self, begun: Position) -> None:
        with self._here.reading() as connection:
            after = _reached(connection, begun) or 0
        while found := self._old.messages(after, self._key):
            after = found[-1].id
            with self._here.writing() as connection:
                self._lease.hold(connection)
                self._insert(connection, found)
                _reach(connection, begun._replace(offset=after))

    def _insert(self, connection: Connection, found: Sequence[OldMessage]) -> None:
        tokens = [self._token(one) for one in found]
        used = {token for table in (messages, tombstones) for token in connection.execute(_used(table, tokens)).scalars()}
        by_quarter: dict[int, list[tuple[int, NewMessage]]] = {}
        for one, token in zip(found, tokens, strict=True):
            reason = self._why_left(one, token, used)
            if reason is not None:
                self._taken.leave(self._named(one), reason)
                continue
            used.add(token)
            at = one.created_at or min((event.at for event in one.events if event.at), default=to_micros(now()))
            by_quarter.setdefault(at // QUARTER, []).append((at, self._new(one, token)))
        for some in by_quarter.values():
            # Registered in the quarter-hour in which they were made: that is what counts them; then each gets its own time.
            made = create_messages(connection, self._tenant_id, [new for _, new in some], at=from_micros(some[0][0]))
            connection.execute(_DATE, [{"this": one.id, "moment": at} for one, (at, _) in zip(made, some, strict=True)])
            self._taken.messages += len(made)
        if self._tenant is not None:
            taken_over: dict[str, Any] = {"next_email_id": found[-1].id + 1, "old_email_ids": found[-1].id}
        else:
            is_odd = not all(is_token(token) for token in tokens)
            taken_over = {"has_old_tokens": True} if is_odd else {}
        if taken_over:
            connection.execute(update(tenants).where(tenants.c.id == self._tenant_id).values(**taken_over))

    def _new(self, one: OldMessage, token: str) -> NewMessage:
        campaign_id = self._campaigns[one.campaign_id if self._tenant is None else None]
        return trusted(NewMessage, {
            "campaign_id": campaign_id, "recipient_email": one.recipient, "tracking_token": token,
            "template_id": one.template_id and one.template_id[:200], "subject": one.subject and one.subject[:998], "variant": None,
            "metadata": {"error_message": one.error[:4_000]} if one.error else None,
            "external_id": str(one.id) if self._tenant is not None else None, "test": False,
        })  # fmt: skip

    def _why_left(self, one: OldMessage, token: str, used: set[str]) -> str | None:
        if self._tenant is None and one.campaign_id not in self._campaigns:
            return "its campaign isn't there"
        if self._tenant is None and not is_old_token(token):
            return "its token can't stand in an address here: 1 to 128 printable ASCII characters, no slash, and no .gif at the end"
        if len(one.recipient) > LONGEST_RECIPIENT:
            return f"its recipient is longer than {LONGEST_RECIPIENT} characters"
        return "its token is in use" if token in used else None

    def _named(self, one: OldMessage) -> str:
        return f"message {one.id}" if self._tenant is None else f"e-mail {self._tenant}/{one.id}"

    def _token(self, one: OldMessage) -> str:
        return email_token(self._tenant_id, one.id) if one.token is None else one.token

    def _tell(self, told: Position) -> None:
        with self._here.reading() as connection:
            after = _reached(connection, told) or 0
        while found := self._old.messages(after, self._key):
            after = found[-1].id
            with self._here.reading() as connection:
                wanted = select(messages.c.token, messages.c.id).where(messages.c.tenant_id == self._tenant_id)
                rows = connection.execute(wanted.where(messages.c.token.in_([self._token(one) for one in found])))
                ids = {row.token: row.id for row in rows}
            known = [(one, ids[self._token(one)]) for one in found if self._token(one) in ids]
            records = [record for one, message_id in known for record in self._records(one, message_id)]
            position = told._replace(offset=after)
            self._projection.fold(Batch([(record, position) for record in records], {position.journal: position}))
            self._taken.events += len(records)
            self._advance(len(found))

    def _records(self, one: OldMessage, message_id: int) -> list[Record]:
        made: list[Record] = []
        for event in one.events:
            if event.type in SILENT:
                continue
            if event.type not in TYPES.values():
                self._taken.leave(f"event of {self._named(one)}", f"there is no event {event.type!r} here")
            elif event.at is None:
                self._taken.leave(f"event of {self._named(one)}", "it has no time that can be read")
            else:
                made.append(self._record(one, message_id, event))
        return made

    def _record(self, one: OldMessage, message_id: int, event: OldEvent) -> Record:
        """As a reader's hit where the mail client is known, so that it is judged as all are; else as somebody's word."""
        at, url = event.at or 0, event.url
        if url and why_refused(url) is not None:
            self._taken.leave(f"click of {self._named(one)}", "its destination isn't one that we lead to")
            url = ""
        if event.type in ("opened", "clicked") and event.agent:
            return Hit(event.type, self._token(one), at, self._tenant_id, True, False, event.address, event.agent[:1_024], "", url)
        bounce = _bounce(event) if event.type == "bounced" else None
        return Mark(self._tenant_id, message_id, event.type, at, "import", at, None, bounce, url)

    def _allow(self, connection: Connection) -> None:
        """Links in mail already sent aren't signed: where readers went before they may go on."""
        row = connection.execute(select(tenants.c.allowed_hosts).where(tenants.c.id == self._tenant_id)).scalar_one()
        urls = connection.execute(select(links.c.url).where(links.c.tenant_id == self._tenant_id)).scalars()
        hosts = list(dict.fromkeys([*row, *sorted({host for url in urls if (host := host_of(url))})]))
        for host in hosts[MOST_HOSTS:]:
            self._taken.leave(f"host {host}", f"more than {MOST_HOSTS} hosts can't be allowed: its links ask before they lead on")
        self._taken.hosts |= set(hosts[:MOST_HOSTS])
        connection.execute(update(tenants).where(tenants.c.id == self._tenant_id).values(allowed_hosts=hosts[:MOST_HOSTS]))


def _campaign(one: OldCampaign) -> NewCampaign:
    """Found again by its number when the import goes on."""
    values = {"name": one.name.strip()[:200] or f"Campaign {one.id}", "template_id": (one.template_id or "")[:200] or None}
    return trusted(NewCampaign, {**values, "subject": None, "tags": [], "external_id": f"old-{one.id}", "utm": None})


def _used(table: Table, tokens: Sequence[str]) -> Select[Any]:
    return select(table.c.token).where(table.c.token.in_(tokens))


def _bounce(event: OldEvent) -> dict[str, str | None]:
    said = classify(" ".join(filter(None, (event.diagnostic_code, event.reason))) or "unknown")
    kind = event.bounce_type.lower()
    is_permanent = said.permanent if kind not in HARD | SOFT else kind in HARD
    return {
        "bounce_type": "permanent" if is_permanent else "temporary",
        "category": str(said.category),
        "reason": (event.reason or event.diagnostic_code or "unknown")[:500],
        "subtype": None,
        "diagnostic_code": event.diagnostic_code[:4_000] or None,
    }


def _reached(connection: Connection, position: Position) -> int | None:
    """How far an earlier run has come; None where there was none."""
    table = journal_positions.c
    return connection.execute(select(table.offset).where(table.journal == position.journal)).scalar()


def _reach(connection: Connection, position: Position) -> None:
    values = {"journal": position.journal, "segment": position.segment, "offset": position.offset, "folded_at": now()}
    upsert(connection, journal_positions, [values], put=["segment", "offset", "folded_at"])
