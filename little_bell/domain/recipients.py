"""What the messages to one address add up to: what was sent to it, when its reader was last heard of, and how long not."""

from collections.abc import Iterable
from typing import NamedTuple

HOUR = 3_600_000_000
#: Longer runs of unopened campaigns are counted as one of this length: nobody asks for more.
LONGEST_RUN = 20
#: `suppressed_until` of an address that is suppressed for good.
FOREVER = 2**62


class Mail(NamedTuple):
    """What became of a message that counts (neither test nor untracked). Times are microseconds since 1970, or None."""

    campaign_id: int
    created_at: int
    sent_at: int | None
    delivered_at: int | None
    bounced_at: int | None
    rejected_at: int | None
    opened_at: int | None
    human_opened_at: int | None
    clicked_at: int | None
    human_clicked_at: int | None

    @property
    def was_sent(self) -> bool:
        """Whether it was handed over, as lifecycle.contribution() has it: an open, a delivery or a final failure implies it."""
        arrived = self.opened_at is not None or self.delivered_at is not None
        if arrived or self.bounced_at is not None:
            return True
        return self.sent_at is not None and self.rejected_at is None


class Standing(NamedTuple):
    """What is known of an address by its mail. Counts are campaigns; times are microseconds, 0 for never.

    `last_…_at` is when the newest first open (or click) of any of its messages was. `unopened`: so many of the latest campaigns,
    in a row, were not opened by anybody; `human_unopened`: not by a person.
    """

    campaigns: int
    opened: int
    human_opened: int
    clicked: int
    human_clicked: int
    first_sent_at: int
    last_sent_at: int
    last_opened_at: int
    last_human_opened_at: int
    last_clicked_at: int
    last_human_clicked_at: int
    unopened: int
    human_unopened: int


def standing_of(mails: Iterable[Mail]) -> Standing | None:
    """The sum of some messages to one address, in whatever order they come; None where nothing was ever sent."""
    by_campaign: dict[int, list[Mail]] = {}
    for mail in mails:
        if mail.was_sent:
            by_campaign.setdefault(mail.campaign_id, []).append(mail)
    if not by_campaign:
        return None
    sent = [mail for mails in by_campaign.values() for mail in mails]
    # Newest first; of two campaigns that came at once, the one made later.
    order = sorted(by_campaign, key=lambda campaign_id: (min(map(_came_at, by_campaign[campaign_id])), campaign_id), reverse=True)
    opened = [_any(by_campaign[one], "opened_at") for one in order]
    human_opened = [_any(by_campaign[one], "human_opened_at") for one in order]
    came = [_came_at(mail) for mail in sent]
    return Standing(
        campaigns=len(order),
        opened=sum(opened),
        human_opened=sum(human_opened),
        clicked=sum(_any(of, "clicked_at") for of in by_campaign.values()),
        human_clicked=sum(_any(of, "human_clicked_at") for of in by_campaign.values()),
        first_sent_at=min(came),
        last_sent_at=max(came),
        last_opened_at=_newest(sent, "opened_at"),
        last_human_opened_at=_newest(sent, "human_opened_at"),
        last_clicked_at=_newest(sent, "clicked_at"),
        last_human_clicked_at=_newest(sent, "human_clicked_at"),
        unopened=_run(opened),
        human_unopened=_run(human_opened),
    )


#: The sums that segments are counted by; each is of the addresses by a bucket: a run, or an hour (-1: never).
KINDS = ("unopened", "human_unopened", "opened", "human_opened", "clicked", "human_clicked", "sent", "new")
NEVER = -1


def buckets_of(standing: Standing) -> tuple[int, ...]:
    """Where an address counts in each of KINDS."""
    return (
        min(standing.unopened, LONGEST_RUN),
        min(standing.human_unopened, LONGEST_RUN),
        hour_of(standing.last_opened_at),
        hour_of(standing.last_human_opened_at),
        hour_of(standing.last_clicked_at),
        hour_of(standing.last_human_clicked_at),
        hour_of(standing.last_sent_at),
        hour_of(standing.first_sent_at),
    )


def hour_of(micros: int) -> int:
    """The hour, counted from 1970; NEVER for 0."""
    return micros // HOUR if micros else NEVER


def _came_at(mail: Mail) -> int:
    return mail.created_at if mail.sent_at is None else mail.sent_at


def _any(mails: Iterable[Mail], name: str) -> bool:
    return any(getattr(mail, name) is not None for mail in mails)


def _newest(mails: Iterable[Mail], name: str) -> int:
    return max((getattr(mail, name) or 0 for mail in mails), default=0)


def _run(opened: list[bool]) -> int:
    return opened.index(True) if True in opened else len(opened)
