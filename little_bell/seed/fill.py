"""Puts the demo in as senders and readers would: campaigns and messages by actions, all that happens by the journal."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import Registered, create_messages
from little_bell.actions.verdict_rules import NewRule, add_rule
from little_bell.domain.events import EventType
from little_bell.installation import Installation
from little_bell.journal.records import Hit, Mark, Record, Report, Suppression, report_of
from little_bell.models import now, to_micros
from little_bell.recording import append, fold_up_to, open_journal
from little_bell.seed.happening import Happening
from little_bell.seed.letters import returned
from little_bell.seed.plan import HOUR, MESSAGES_A_SECOND, Reader, audience, happenings, starts_at
from little_bell.seed.words import BY_HAND, MAILINGS, RULES, STRAYS, Mailing

#: Messages registered in one transaction, and records journaled together.
MESSAGES, RECORDS = 250, 1_000
FOLD_SECONDS = 60.0
HITS = frozenset({EventType.OPENED, EventType.CLICKED, EventType.UNSUBSCRIBED})

Told = Callable[[int], None]
T = TypeVar("T")


def register(here: Installation, tenant_id: int, seed: int, told: Told) -> list[Record]:
    """Create the campaigns, their messages and the rules for verdicts; returns what happens to them, in the order of time.

    `told` hears how many messages were made. The same seed on the same day tells the same story.
    """
    moment = now()
    rng = random.Random(seed)
    people = audience(rng, max(mailing.messages for mailing in MAILINGS))
    records: list[tuple[int, Record]] = []
    with here.writing() as connection:
        for match, value, treat, note in RULES:
            add_rule(connection, tenant_id, NewRule(match=match, value=value, treat=treat, note=note), here.actor)
    for mailing in MAILINGS:
        start = starts_at(mailing, moment)
        campaign_id = _campaign(here, tenant_id, mailing, start)
        for readers, made in _messages(here, tenant_id, campaign_id, mailing, rng.sample(people, mailing.messages), start):
            for place, (reader, message) in enumerate(zip(readers, made, strict=True)):
                taken = mailing.of(_variant(mailing, place))
                story = happenings(rng, taken, reader, to_micros(message.created_at), to_micros(moment))
                records += [(each.at, record_of(each, tenant_id, message, reader.email, mailing.subject)) for each in story]
            told(len(made))
    records += [(record.received_at, record) for record in _by_hand(tenant_id, to_micros(moment))]
    records.sort(key=lambda one: one[0])
    return [record for _, record in records]


def play(here: Installation, records: Sequence[Record], told: Told) -> bool:
    """Journal the records and have them counted; whether all were in time. `told` hears how many were counted."""
    with closing(open_journal(here)) as journal:
        for some in _in_parts(records, RECORDS):
            if not fold_up_to(here, append(journal, some), FOLD_SECONDS):
                return False
            told(len(some))
    return True


def record_of(happening: Happening, tenant_id: int, message: Registered, recipient: str, subject: str) -> Record:
    """The journal's record of what happened to a message. Bounces come back as mail, to the message's own address."""
    if happening.type in HITS:
        return Hit(
            happening.type,
            message.token,
            happening.at,
            tenant_id=tenant_id if happening.type != EventType.OPENED and happening.is_signed else 0,
            is_signed=happening.is_signed,
            is_head=happening.is_head,
            address=happening.address,
            agent=happening.agent,
            url=happening.url,
            position=happening.position,
        )
    if happening.type == EventType.BOUNCED:
        mail = returned(recipient, message.token, happening.reply, subject, happening.at)
        return report_of(tenant_id, "smtp", mail, happening.at, token=message.token)
    return Mark(tenant_id, message.id, happening.type, happening.at, "cli")


def _by_hand(tenant_id: int, moment: int) -> Iterator[Suppression | Report]:
    """Addresses that somebody put on the list, and mail that came back from nobody's message: for somebody to look at."""
    for days, address, why, note in BY_HAND:
        yield Suppression(tenant_id, address, why, moment - days * 24 * HOUR, "page", None, None, note)
    for days, recipient, reply in STRAYS:
        at = moment - days * 24 * HOUR
        yield report_of(tenant_id, "mailbox", returned(recipient, f"stray-letter-{days}", reply, "Our winter teas", at), at)


def _campaign(here: Installation, tenant_id: int, mailing: Mailing, start: datetime) -> int:
    form = NewCampaign(name=mailing.name, subject=mailing.subject, template_id=mailing.template_id, tags=list(mailing.tags))
    with here.writing() as connection:
        return create_campaign(connection, tenant_id, form, here.actor, at=start - timedelta(hours=2))


def _messages(
    here: Installation, tenant_id: int, campaign_id: int, mailing: Mailing, readers: Sequence[Reader], start: datetime
) -> Iterator[tuple[list[Reader], list[Registered]]]:
    at = start
    for some in _in_parts(readers, MESSAGES):
        common = {"campaign_id": campaign_id, "subject": mailing.subject}
        forms = [NewMessage(**common, recipient_email=reader.email, variant=_variant(mailing, n)) for n, reader in enumerate(some)]
        with here.writing() as connection:
            made = create_messages(connection, tenant_id, forms, at=at)
        yield some, made
        at += timedelta(seconds=len(some) / MESSAGES_A_SECOND)


def _variant(mailing: Mailing, place: int) -> str | None:
    return list(mailing.variants)[place % len(mailing.variants)] if mailing.variants else None


def _in_parts(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
