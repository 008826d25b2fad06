"""Random histories, cut and shuffled at random, folded by projectors that come and go: always the same in the end."""

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit, Mark, Prune, Record
from little_bell.models.tables import (
    bounce_stats,
    campaign_stats,
    cohort_quarters,
    delay_stats,
    event_quarters,
    link_clicks,
    link_stats,
    links,
    mailbox_stats,
    message_events,
    messages,
    trait_stats,
)
from little_bell.projector import prune, upkeep
from little_bell.projector.states import STATE_COLUMNS
from tests.projector.conftest import MINUTE, START, Post, override_of

MESSAGES = 6
URLS = [f"https://example.com/{path}" for path in ("a", "b?x=1", "ü")]
#: Apple's privacy protection, Gmail's proxy, and somebody's own program.
AGENTS = ("Mozilla/5.0", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "Mail/1")
REASONS = ("550 no such user", "452 full", "")
ROLLUPS = (campaign_stats, cohort_quarters, event_quarters, link_stats, bounce_stats, link_clicks, delay_stats, mailbox_stats, trait_stats)
IDS = ("tenant_id", "campaign_id", "changed_in", "message_id", "link_id")

#: What happened, before it is known to whom: number of the message, and how to make the record of it.
Fact = dict[str, Any]


def facts_of(chance: random.Random) -> list[Fact]:
    """A history of a campaign's messages."""
    kinds = ["opened"] * 8 + ["clicked"] * 5 + ["unsubscribed", "sent", "sent", "bounced", "mark opened", "mark clicked"]
    return [
        {
            "kind": chance.choice(kinds),
            "message": chance.randrange(MESSAGES),
            "at": START + chance.randrange(0, 50 * 60) * MINUTE // 10,
            "url": chance.choice(URLS),
            "reader": chance.randrange(3),
            "position": chance.randrange(4),
            "is_head": chance.random() < 0.1,
            "is_signed": chance.random() < 0.85,
            "reason": chance.choice(REASONS),
            "type": chance.choice(["permanent", "temporary"]),
            "stated": chance.choice([None, START - 100 * MINUTE, START + 20 * MINUTE]),
        }
        for _ in range(chance.randrange(1, 70))
    ]


def overrides_of(facts: list[Fact], chance: random.Random) -> list[Fact]:
    """What somebody said of some of its opens and clicks, more than once of some, and took back."""
    hits = [fact for fact in facts if fact["kind"] in ("opened", "clicked")]
    said = [(fact, verdict) for fact in hits for verdict in ("human", "machine", "", "machine") if chance.random() < 0.2]
    return [fact | {"kind": "said", "about": fact, "verdict": verdict, "at": START + chance.randrange(10**9)} for fact, verdict in said]


def record_of(fact: Fact, world: "World") -> Record:
    kind, token, message_id = fact["kind"], world.tokens[fact["message"]], world.ids[fact["message"]]
    if kind in ("opened", "clicked", "unsubscribed"):
        reader = (f"198.51.{fact['reader']}.9", AGENTS[fact["reader"]], "")
        if kind == "clicked":
            return Hit(kind, token, fact["at"], 0, fact["is_signed"], fact["is_head"], *reader, fact["url"], fact.get("position", 0))
        return Hit(kind, token, fact["at"], 0, True, fact["is_head"] and kind == "opened", *reader)
    if kind == "said":
        hit = record_of(fact["about"], world)
        assert isinstance(hit, Hit)
        return override_of(hit, message_id, fact["verdict"], fact["at"], world.post.tenant_id)
    kind = kind.removeprefix("mark ")
    bounce = {"bounce_type": fact["type"], "category": "unknown", "reason": fact["reason"]} if kind == "bounced" else None
    provider_id = f"<{fact['reader']}@mail.example>" if kind == "sent" else None
    url = fact["url"] if kind == "clicked" else ""
    return Mark(world.post.tenant_id, message_id, kind, fact["at"], "api", fact["stated"], provider_id, bounce, url)


class World:
    """One campaign in which a history happens."""

    def __init__(self, post: Post, name: str) -> None:
        self.post = post
        self.campaign_id = post.new_campaign()
        self.tokens = [f"{name}-message-{number}" for number in range(MESSAGES)]
        self.ids: list[int] = []

    def register(self) -> None:
        self.ids = self.post.register(*self.tokens[:-1], campaign_id=self.campaign_id)
        self.ids += self.post.register(self.tokens[-1], campaign_id=self.campaign_id, test=True)

    def outcome(self) -> dict[str, Any]:
        """All that came of it, without the ids that differ from world to world."""
        post, mine = self.post, self.campaign_id
        url_of = dict(post.rows(select(links.c.id, links.c.url).where(links.c.campaign_id == mine)))
        place_of = {message_id: place for place, message_id in enumerate(self.ids)}
        found: dict[str, Any] = {}
        for table in ROLLUPS:
            rows = []
            for row in self._dicts(select(table).where(table.c.campaign_id == mine)):
                named = {"link": url_of.get(row.get("link_id")), "message": place_of.get(row.get("message_id"))}
                if row.get("trait") == "position":
                    place, _, link_id = row["value"].partition(":")
                    row["value"] = f"{place}:{url_of.get(int(link_id))}"
                counts = named | {name: value for name, value in row.items() if name not in IDS}
                if any(value for name, value in counts.items() if isinstance(value, int) and name not in ("message", "step")):
                    rows.append(counts)
            found[table.name] = sorted(rows, key=str)
        state = [messages.c[name] for name in STATE_COLUMNS]
        found["messages"] = post.rows(select(*state, messages.c.status).where(messages.c.campaign_id == mine).order_by(messages.c.id))
        happened = select(message_events.c.message_id, message_events.c.type, message_events.c.occurred_at, message_events.c.verdict)
        events = post.rows(happened.where(message_events.c.campaign_id == mine))
        return found | {"events": Counter((place_of[row[0]], *row[1:]) for row in events)}

    def _dicts(self, statement: Any) -> list[dict[str, Any]]:
        with self.post.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


def play_in_order(world: World, facts: list[Fact]) -> None:
    world.register()
    world.post.write(*(record_of(fact, world) for fact in sorted(facts, key=lambda fact: fact["at"])))
    world.post.project()


def play_at_random(world: World, facts: list[Fact], chance: random.Random) -> None:
    """Shuffled, in batches of any size, through two journals, by projectors that are started in between."""
    facts = chance.sample(facts, len(facts))
    journals = [world.post.journal, LocalJournal(world.post.journals, Limits(min_free_percent=0, segment_bytes=1))]
    hits_first = [fact for fact in facts if fact["kind"] in ("opened", "clicked", "unsubscribed")][: chance.randrange(8)]
    world.post.write(*(record_of(fact, WorldToBe(world)) for fact in hits_first))
    if chance.random() < 0.5:
        world.post.project()
    world.register()
    rest = [fact for fact in facts if not any(fact is early for early in hits_first)]
    while rest:
        size = chance.choice([1, 2, 5, 20])
        chance.choice(journals).append([record_of(fact, world) for fact in rest[:size]])
        rest = rest[size:]
        if chance.random() < 0.3:
            world.post.project()
    journals[1].close()
    with world.post.projecting() as running:
        running.loop._size = chance.choice([1, 3, 2_000])
        running.fold()
        running.keep_house()


class WorldToBe(World):
    """A world whose messages aren't registered yet: only their tokens are known."""

    def __init__(self, world: World) -> None:
        self.post, self.campaign_id, self.tokens, self.ids = world.post, world.campaign_id, world.tokens, [0] * MESSAGES


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_batches_come_to_the_same(post: Post, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "UNPARK_LOOK", 4)
    chance = random.Random(seed)
    for example in range(4):
        facts = facts_of(chance)
        facts += overrides_of(facts, chance)
        straight, shuffled = World(post, f"straight-{example}"), World(post, f"shuffled-{example}")
        play_in_order(straight, facts)
        play_at_random(shuffled, facts, chance)
        assert shuffled.outcome() == straight.outcome()
    assert post.recount().differences == []


@pytest.mark.parametrize("seed", range(4))
def test_prunes_at_any_time_change_nothing_but_the_events(post: Post, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "STEP", 7)
    chance = random.Random(1_000 + seed)
    facts = facts_of(chance) + facts_of(chance)
    straight, pruned = World(post, "straight"), World(post, "pruned")
    play_in_order(straight, facts)
    expected = straight.outcome()
    pruned.register()
    facts = chance.sample(facts, len(facts))
    while facts:
        post.write(*(record_of(fact, pruned) for fact in facts[:12]))
        facts = facts[12:]
        if chance.random() < 0.6:
            post.write(Prune(START + chance.randrange(0, 300) * MINUTE, START))
        with post.projecting() as running:
            running.fold()
            running.keep_house()
        assert post.recount().differences == []
    for world in (straight, pruned):
        outcome = world.outcome()
        assert outcome | {"events": None} == expected | {"events": None}
