"""Texts that come again and again, kept once and remembered: agents, links, readers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Insert, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from little_bell.db import writing
from little_bell.domain.clients import NO_CLIENT, Client
from little_bell.domain.links import url_hash
from little_bell.domain.mailboxes import Mailboxes
from little_bell.domain.verdicts import Judgement, is_private
from little_bell.domain.verdicts.agents import AgentRule
from little_bell.domain.verdicts.request import Lists, RequestJudge
from little_bell.domain.visitors import kept_address, stricter, visitor_of
from little_bell.journal.records import Hit
from little_bell.models import now
from little_bell.models.tables import agents, links
from little_bell.projector.clients import client_of
from little_bell.projector.own_rules import RuleBook
from little_bell.projector.places import NOWHERE, Place, Places

#: Entries each memory holds before it is emptied; at ~300 bytes an entry that is some 10 MB.
MAX_REMEMBERED = 30_000
#: A campaign with more destinations than this has them made up per recipient: further ones stay on their events only.
MAX_LINKS = 10_000
#: Beyond so many different agents somebody makes them up; further ones share one row.
MAX_AGENTS = 500_000
OTHER_AGENT = "(other)"

LinkKey = tuple[int, int, str]  # tenant, campaign, url


class Reader(NamedTuple):
    """The visitor's number, and of their address what may be kept."""

    visitor: int
    address: str | None
    place: Place


NOBODY = Reader(0, None, NOWHERE)


class Sight(NamedTuple):
    """All that a request shows by itself."""

    judged: Judgement
    reader: Reader
    client: Client
    agent_id: int | None
    is_private: bool


@dataclass(slots=True)
class Dictionaries:
    """What one projector remembers."""

    engine: Engine
    visitor_key: bytes
    ip_policy: str
    requests: RequestJudge
    agent_ids: dict[str, int]
    link_ids: dict[LinkKey, int | None]
    sights: dict[tuple[str, str, str, str, bool, bool, str], Sight]
    places: Places
    mailboxes: Mailboxes
    agent_rules: Sequence[AgentRule]
    clients: dict[str, Client]
    rule_book: RuleBook

    @classmethod
    def empty(
        cls, engine: Engine, visitor_key: bytes, ip_policy: str, lists: Lists, places: Places, mailboxes: Mailboxes
    ) -> "Dictionaries":
        """Nothing remembered yet. `ip_policy` is the installation's, the others are what requests and recipients are judged with."""
        return cls(
            engine, visitor_key, ip_policy, RequestJudge(lists, places.asn_of), {}, {}, {}, places, mailboxes, lists.agents, {}, RuleBook()
        )

    def renew(self) -> None:
        """Forget what was known of addresses, if the operator has given other files of them."""
        if self.places.renew():
            self.sights.clear()
            self.requests.forget_addresses()

    def sight(self, hit: Hit, policy: str) -> Sight:
        """What a request shows, whose agent is learned; `policy`: what its tenant lets us keep of addresses."""
        key = (hit.address, hit.agent, hit.type, hit.purpose, hit.is_head, hit.is_signed, policy)
        known = self.sights.get(key)
        if known is None:  # the same readers come again and again
            _make_room(self.sights)
            known = self.sights[key] = self._look(hit, policy)
        return known

    def _look(self, hit: Hit, policy: str) -> Sight:
        judged = self.requests.judge(hit.type, hit.address, hit.agent, hit.purpose, hit.is_head, hit.is_signed)
        reader, client = self.reader(hit.address, hit.agent, policy), self.clients.get(hit.agent, NO_CLIENT)
        return Sight(judged, reader, client, self.agent_ids.get(hit.agent), is_private(judged.reasons))

    def reader(self, address: str, agent: str, policy: str) -> Reader:
        """Who that is, and what may be kept of the address."""
        policy = stricter(policy, self.ip_policy)
        place = self.places.of(address) if policy != "none" else NOWHERE
        return Reader(visitor_of(self.visitor_key, address, agent), kept_address(address, policy), place)

    def learn_agents(self, texts: Iterable[str]) -> None:
        """Make sure that each text has its id in `agent_ids`. Writes new ones in a transaction of its own."""
        if len(self.agent_ids) >= MAX_REMEMBERED:
            self.agent_ids.clear()
            self.clients.clear()
        new = {text for text in texts if text not in self.agent_ids}
        if not new:
            return
        with self.engine.connect() as connection:
            self._read_agents(connection, new)
        missing = {text for text in new if text not in self.agent_ids}
        if not missing:
            return
        with writing(self.engine) as connection:
            is_full = (connection.execute(select(func.max(agents.c.id))).scalar() or 0) >= MAX_AGENTS
            wanted = {OTHER_AGENT} if is_full else missing
            rows = [{"text": text, **self.client_of(text)._asdict()} for text in sorted(wanted)]
            connection.execute(_insert_agents(connection), rows)
            self._read_agents(connection, wanted)
        if is_full:
            self.agent_ids.update(dict.fromkeys(missing, self.agent_ids[OTHER_AGENT]))

    def client_of(self, agent: str) -> Client:
        """What an agent says of its reader."""
        return NO_CLIENT if agent == OTHER_AGENT else client_of(agent, self.agent_rules)

    def _read_agents(self, connection: Connection, texts: set[str]) -> None:
        columns = (agents.c.text, agents.c.id, agents.c.client, agents.c.system, agents.c.device)
        # Those that an older version wrote say nothing of their clients: they are written anew.
        for row in connection.execute(select(*columns).where(agents.c.text.in_(texts), agents.c.client.is_not(None))):
            self.agent_ids[row.text] = row.id
            self.clients[row.text] = Client(row.client, row.system, row.device)

    def learn_links(self, keys: Iterable[LinkKey]) -> None:
        """Make sure that each (tenant, campaign, url) has its id in `link_ids`, or None where the campaign has too many."""
        _make_room(self.link_ids)
        new = {key for key in keys if key not in self.link_ids}
        if not new:
            return
        with self.engine.connect() as connection:
            self._read_links(connection, new)
        missing = sorted(key for key in new if key not in self.link_ids)
        if missing:
            with writing(self.engine) as connection:
                self._add_links(connection, missing)
                self._read_links(connection, set(missing))
            self.link_ids.update((key, None) for key in missing if key not in self.link_ids)

    def _read_links(self, connection: Connection, keys: set[LinkKey]) -> None:
        hashes = {url_hash(url) for _, _, url in keys}
        found = connection.execute(
            select(links.c.tenant_id, links.c.campaign_id, links.c.url, links.c.id).where(
                links.c.tenant_id.in_({key[0] for key in keys}),
                links.c.campaign_id.in_({key[1] for key in keys}),
                links.c.url_hash.in_(hashes),
            )
        )
        self.link_ids.update((((row.tenant_id, row.campaign_id, row.url)), row.id) for row in found)

    def _add_links(self, connection: Connection, keys: list[LinkKey]) -> None:
        count = select(links.c.campaign_id, func.count().label("n")).group_by(links.c.campaign_id)
        tenant_ids, campaign_ids = {key[0] for key in keys}, {key[1] for key in keys}
        known = connection.execute(count.where(links.c.tenant_id.in_(tenant_ids), links.c.campaign_id.in_(campaign_ids)))
        room = {row.campaign_id: MAX_LINKS - row.n for row in known}
        created_at = now()
        rows: list[dict[str, Any]] = []
        for tenant_id, campaign_id, url in keys:
            room[campaign_id] = room.get(campaign_id, MAX_LINKS) - 1
            if room[campaign_id] >= 0:
                row = {"tenant_id": tenant_id, "campaign_id": campaign_id, "url": url, "url_hash": url_hash(url), "created_at": created_at}
                rows.append(row)
        if rows:
            connection.execute(insert_new(connection, links), rows)


def _insert_agents(connection: Connection) -> Insert:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(agents)
    told = {name: statement.excluded[name] for name in Client._fields}
    insert: Insert = statement.on_conflict_do_update(index_elements=["text"], set_=told)
    return insert


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves rows alone that are there already."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Insert = dialect.insert(table).on_conflict_do_nothing()
    return statement


def _make_room(memory: dict) -> None:  # type: ignore[type-arg]
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
