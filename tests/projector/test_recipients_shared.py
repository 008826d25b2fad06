"""Several projectors on a shared journal, and whoever else computes rows meanwhile: recipients come to what their messages say."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text, update

from little_bell.db import make_engine, writing
from little_bell.journal.records import CampaignDeletion, Record, Release, Suppression, erasures
from little_bell.models.tables import campaigns, messages, recipient_notes
from little_bell.projector.erase import erase_all
from little_bell.projector.forgotten import ERASED
from little_bell.projector.recipients import lock_recipients, settle
from little_bell.projector.recipients_turn import settle_all, settle_some
from tests.fixtures.nats import Nats
from tests.fixtures.people import Person
from tests.projector.audience import Audience, check
from tests.projector.conftest import MINUTE, START, click_of, open_of
from tests.projector.shared_post import SharedPost, eventually

PEOPLE = ("ann@example.com", "ANN@Example.com", "bob@example.com", "Cy@sub.example.org", "di@example.org")


class SharedAudience(Audience, SharedPost):
    """Messages to people, and a journal that is shared."""


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


@pytest.fixture
def shared_audience(engine: Engine, alice: Person, tmp_path: Path, nats: Nats) -> Iterator[SharedAudience]:
    post = SharedAudience(engine, alice, tmp_path, nats)
    yield post
    post.close()


@contextmanager
def settling(post: Audience, threads: int) -> Iterator[list[BaseException]]:
    """So many compute rows all the time, as the keeper does, and commands; gives what they failed of."""
    engines = [make_engine(post.engine.url.render_as_string(hide_password=False), pool_size=2) for _ in range(threads)]
    failed, is_over = list[BaseException](), threading.Event()

    def settle(engine: Engine) -> None:
        while not is_over.is_set():
            try:
                if not settle_some(engine):
                    is_over.wait(0.005)
            except BaseException as error:  # the test tells of it
                failed.append(error)
                return

    running = [threading.Thread(target=settle, args=(engine,)) for engine in engines]
    for thread in running:
        thread.start()
    try:
        yield failed
    finally:
        is_over.set()
        for thread in running:
            thread.join(20)
        for engine in engines:
            engine.dispose()


def history(post: Audience, chance: random.Random, charlie: Person) -> list[Record]:
    """What happens to some campaigns of two tenants, of which one is deleted and two people are forgotten."""
    ours, theirs, doomed = [post.new_campaign() for _ in range(3)], post.new_campaign(charlie.tenant_id), post.new_campaign()
    happens: list[Record] = []
    sent: list[int] = []
    for number in range(60):
        tenant_id, campaign_id = (charlie.tenant_id, theirs) if number % 6 == 0 else (post.tenant_id, chance.choice([*ours, doomed]))
        token = f"token-{chance.randrange(10**9)}-{number}"
        message_id = post.send(token, chance.choice(PEOPLE), campaign_id, minute=number, tenant_id=tenant_id)
        sent += [message_id] if tenant_id == post.tenant_id else []
        happens += [open_of(token, 60 + chance.randrange(900), reader) for reader in range(chance.randrange(4))]
        happens += [click_of(token, "https://example.com/", 70, tenant_id)] if chance.random() < 0.3 else []
        if tenant_id == post.tenant_id:
            happens.append(post.mark(message_id, chance.choice(["sent", "delivered"]), chance.randrange(50)))
    for email in (PEOPLE[1], PEOPLE[4]):
        happens += [Suppression(post.tenant_id, email, "manual", START + chance.randrange(900) * MINUTE, "api", None, None, "")]
    happens.append(Release(post.tenant_id, PEOPLE[4], START + 2_000 * MINUTE, "api"))
    chance.shuffle(happens)
    middle = len(happens) // 2
    forgotten = [*erasures(post.tenant_id, sent[:5], START), *erasures(post.tenant_id, sent[5:9], START)]
    return [*happens[:middle], *forgotten, CampaignDeletion(post.tenant_id, doomed, START), *happens[middle:]]


def is_settled(post: Audience) -> bool:
    gone = post.rows(select(func.count()).select_from(campaigns).where(campaigns.c.deleted_at.is_not(None)))
    return [*gone, *post.rows(select(func.count()).select_from(recipient_notes))] == [(0,), (0,)]


@pytest.mark.parametrize("seed", range(2))
def test_two_projectors_and_others_that_compute_rows_come_to_what_the_messages_say(
    shared_audience: SharedAudience, charlie: Person, seed: int
) -> None:
    chance = random.Random(seed)
    records = history(shared_audience, chance, charlie)
    with shared_audience.shared_out(2), settling(shared_audience, 2) as failed:
        while records:
            size = chance.choice([1, 5, 20])
            shared_audience.write(*records[:size])
            records = records[size:]
        shared_audience.wait_until_folded()
        eventually(lambda: is_settled(shared_audience) or bool(failed))
    assert failed == []
    settle_all(shared_audience.engine)  # of messages that were judged again at the last moment
    check(shared_audience)
    assert shared_audience.recount().differences == []
    before = shared_audience.people()
    assert len(before) > 4
    shared_audience.recount(mend=True)
    assert shared_audience.people() == before


def test_who_forgets_people_waits_for_no_message_while_others_wait_for_rows(audience: Audience) -> None:
    """One projector changed a message and is about to compute rows; another forgets two people, the second by that message."""
    ids = [audience.send(f"token-{name}", f"{name}@example.com", audience.campaign_id) for name in ("ann", "bob")]
    ordered = list(erasures(audience.tenant_id, ids[:1], START)) + list(erasures(audience.tenant_id, ids[1:], START))
    failed = list[BaseException]()

    def forget() -> None:
        try:
            with writing(audience.engine) as connection:
                erase_all(connection, ordered, 1)
        except BaseException as error:  # the test tells of it
            failed.append(error)

    forgetting = threading.Thread(target=forget)
    with writing(audience.engine) as connection:
        connection.execute(update(messages).where(messages.c.id == ids[1]).values(opens=1))
        forgetting.start()
        eventually(lambda: bool(audience.rows(text("SELECT 1 FROM pg_locks WHERE NOT granted"))))
        lock_recipients(connection)
        settle(connection, {(audience.tenant_id, "bob@example.com"): ()})
    forgetting.join(20)
    assert failed == [] and not forgetting.is_alive()
    assert audience.rows(select(messages.c.recipient_email).distinct()) == [(ERASED,)]
