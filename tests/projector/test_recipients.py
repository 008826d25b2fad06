"""Rows of recipients are what their messages say, whatever happened in what order, and segments' counts are the rows counted."""

import random
import threading
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from little_bell.db import writing
from little_bell.journal.records import CampaignDeletion, Erasure, Hit, Release, Suppression
from little_bell.models import now, to_micros
from little_bell.models.tables import recipient_counts, recipient_fill, recipient_notes, recipients, suppressions
from little_bell.projector import recipients as recipients_module
from little_bell.projector.recipients_turn import settle_all, settle_some
from tests.fixtures.people import Person
from tests.projector.audience import HOUR, Audience, check
from tests.projector.conftest import MINUTE, START, click_of, open_of, override_of

PEOPLE = ("ann@example.com", "Ann@Example.com", "bob@example.com", "cy@sub.example.org", "nobody")


@pytest.mark.parametrize("seed", range(4))
def test_rows_and_counts_are_what_the_messages_say_after_any_history(audience: Audience, charlie: Person, seed: int) -> None:
    chance = random.Random(seed)
    ours = [audience.new_campaign() for _ in range(4)]
    theirs = audience.new_campaign(charlie.tenant_id)
    sent: dict[str, tuple[int, str]] = {}
    for number in range(chance.randrange(8, 30)):
        email, token = chance.choice(PEOPLE), f"seed-{seed}-token-{number}"
        is_theirs = chance.random() < 0.1
        campaign_id, tenant_id = (theirs, charlie.tenant_id) if is_theirs else (chance.choice(ours), audience.tenant_id)
        message_id = audience.send(token, email, campaign_id, minute=chance.randrange(50), test=chance.random() < 0.1, tenant_id=tenant_id)
        sent[token] = (message_id, email)
    done: list[Any] = []
    with audience.projecting() as running:
        for _ in range(chance.randrange(30, 80)):
            record = _happening(audience, chance, sent, done, ours)
            audience.write(record)
            done.append(record)
            if chance.random() < 0.3:
                running.fold()
            if chance.random() < 0.15:
                settle_some(audience.engine)
        running.fold()
        running.keep_house()
        settle_all(audience.engine)
        check(audience)
        before = audience.people()
        with writing(audience.engine) as connection:
            connection.execute(update(recipient_fill).values(filled=0, fill_to=10**6))
        settle_all(audience.engine)
        assert audience.people() == before
        assert audience.recount().differences == []
        audience.recount(mend=True)
        settle_all(audience.engine)
        check(audience)


def _happening(audience: Audience, chance: random.Random, sent: dict[str, tuple[int, str]], done: list[Any], ours: list[int]) -> Any:
    token = chance.choice(sorted(sent))
    message_id, email = sent[token]
    minute, dice = chance.randrange(0, 5_000), chance.random()
    hit = open_of(token, minute, chance.randrange(3))
    if dice < 0.35:
        return hit
    if dice < 0.5:
        return click_of(token, "https://example.com/", minute, audience.tenant_id)
    if dice < 0.75:
        return audience.mark(message_id, chance.choice(["sent", "sent", "delivered", "rejected", "complained"]), minute)
    if dice < 0.83:
        hits = [one for one in done if type(one).__name__ == "Hit" and one.type == "opened"]
        about = chance.choice(hits) if hits else hit
        return override_of(
            about, sent[about.token][0], chance.choice(["human", "machine", ""]), START + minute * MINUTE, audience.tenant_id
        )
    if dice < 0.88:
        return Suppression(audience.tenant_id, email, "manual", START + minute * MINUTE, "api", None, None, "")
    if dice < 0.93:
        return Release(audience.tenant_id, email, START + minute * MINUTE, "api")
    if dice < 0.96 and done:
        return chance.choice(done)
    if dice < 0.98:
        return Erasure(audience.tenant_id, tuple(one for one, _ in list(sent.values())[:3]), START)
    return CampaignDeletion(audience.tenant_id, chance.choice(ours), START + minute * MINUTE)


def test_an_open_that_is_heard_of_late_moves_the_last_open_back(audience: Audience) -> None:
    audience.send("a-token-of-ann", "ann@example.com", audience.campaign_id)
    for minute in (90, 70):
        audience.write(Hit("opened", "a-token-of-ann", START + minute * MINUTE, 0, True, address="198.51.0.9", agent="Mozilla/5.0"))
        audience.project()
        settle_all(audience.engine)
        row = audience.row("ann@example.com")
        assert (row["last_opened_at"], row["last_human_opened_at"], row["human_unopened"]) == (START + minute * MINUTE, 0, 1)


def test_whoever_is_suppressed_for_a_time_is_so_until_then(audience: Audience) -> None:
    message_id = audience.send("a-token-of-ann", "Ann@example.com", audience.campaign_id)
    moment = to_micros(now())
    audience.write(
        audience.mark(message_id, "sent"), Suppression(audience.tenant_id, "ANN@example.com", "manual", moment, "api", None, moment + HOUR)
    )
    audience.project()
    settle_all(audience.engine)
    assert audience.row("ann@example.com")["suppressed_until"] == moment + HOUR
    with writing(audience.engine) as connection:
        over = to_micros(now()) - MINUTE
        connection.execute(update(suppressions).values(expires_at=over))
        connection.execute(update(recipients).values(suppressed_until=over))
    settle_all(audience.engine)
    assert (audience.row("ann@example.com")["suppressed_until"], audience.row("ann@example.com")["spellings"]) == (
        None,
        ["Ann@example.com"],
    )
    counts = audience.rows(select(recipient_counts.c.recipients).where(recipient_counts.c.is_suppressed, recipient_counts.c.recipients > 0))
    assert counts == []


def test_messages_of_an_older_version_come_in_by_themselves_some_at_a_time(audience: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [audience.send(f"a-token-of-{n}", f"reader-{n % 7}@example.com", audience.campaign_id) for n in range(20)]
    audience.write(*(audience.mark(message_id, "sent") for message_id in ids))
    audience.project()
    with writing(audience.engine) as connection:
        connection.execute(delete(recipient_notes))
        connection.execute(update(recipient_fill).values(filled=0, fill_to=ids[-1]))
    monkeypatch.setattr(recipients_module, "STEP", 6)
    with audience.projecting() as running:
        running.keep_house()
    assert len(audience.people()) == 7
    check(audience)


def test_whoever_computes_rows_beside_the_projector_changes_nothing_of_the_outcome(audience: Audience) -> None:
    """A command without a server's help does, while the server's projector folds and computes, too."""
    ids = [
        audience.send(f"a-token-of-{n}", PEOPLE[n % 4], audience.new_campaign() if n % 5 == 0 else audience.campaign_id) for n in range(24)
    ]
    failed, is_over = list[BaseException](), threading.Event()

    def settle() -> None:
        while not is_over.is_set() and not failed:
            try:
                settle_some(audience.engine)
            except BaseException as error:  # the test tells of it
                failed.append(error)

    others = [threading.Thread(target=settle) for _ in range(2)]
    for thread in others:
        thread.start()
    with audience.projecting() as running:
        for number, message_id in enumerate(ids):
            audience.write(audience.mark(message_id, "sent"), open_of(f"a-token-of-{number}", 70, number))
            running.fold()
            running.keep_house()
    is_over.set()
    for thread in others:
        thread.join(20)
    assert failed == []
    settle_all(audience.engine)
    check(audience)
    assert audience.recount().differences == []
