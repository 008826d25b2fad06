"""One look at everything that changed: what is wrong that wasn't, and what is no longer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from little_bell.actions.alert_rounds import Wrong
from little_bell.domain.alerts import (
    AGES,
    DEFAULTS,
    WINDOW,
    Kind,
    Rule,
    Share,
    stands_fall,
    stands_no_opens,
    stands_rate,
    stands_silence,
    usual_of,
)
from little_bell.queries import alert_facts as facts
from little_bell.queries.alert_facts import Lately, OpenAlert
from little_bell.queries.alerts import all_alert_rules
from little_bell.queries.overview import QUARTER_HOUR
from little_bell.queries.projection import changed_campaigns

#: A watched campaign is looked at again at least so often.
AGAIN = timedelta(days=1)
Facts = dict[str, float]
#: A kind of alert and what it is about.
Topic = tuple[int, str, str]


@dataclass(slots=True)
class Look:
    """What a look found: alerts to raise and to resolve (why), campaigns to look at again and those to leave alone."""

    fold: int
    moment: datetime
    raised: list[Wrong] = field(default_factory=list)
    resolved: dict[int, str] = field(default_factory=dict)
    watches: dict[tuple[int, int], datetime | None] = field(default_factory=dict)

    @property
    def is_something(self) -> bool:
        """Whether anything is to be written down."""
        return bool(self.raised or self.resolved or self.watches)


def look(connection: Connection, moment: datetime, seen: int, by_settings: Collection[str] = ()) -> Look:
    """Look at the campaigns that changed since the fold `seen`, at those that time may have changed, and at whatever is open.

    `by_settings` are providers whose secret the installation's settings hold.
    """
    fold, changed = changed_campaigns(connection, seen)
    known = {(one.tenant_id, one.kind, one.subject): one for one in facts.open_alerts(connection)}
    theirs = {(one.tenant_id, one.campaign_id) for one in known.values() if one.campaign_id is not None}
    alive = facts.live_tenants(connection)
    found, watch = Look(fold, moment), _Watch(connection, moment, all_alert_rules(connection), known)
    for tenant_id, campaign_id in sorted({*changed, *facts.due_watches(connection, moment), *theirs}):
        if tenant_id in alive:
            watch.campaign(found, tenant_id, campaign_id)
        else:
            found.watches[tenant_id, campaign_id] = None
    watch.providers(found, alive, by_settings)
    return found


class _Watch:
    def __init__(
        self, connection: Connection, moment: datetime, rules: Mapping[int, Mapping[Kind, Rule]], known: Mapping[Topic, OpenAlert]
    ) -> None:
        self._connection = connection
        self._moment = moment
        self._rules = rules
        self._known = known

    def campaign(self, found: Look, tenant_id: int, campaign_id: int) -> None:
        rules = self._rules.get(tenant_id, DEFAULTS)
        quiet_before = self._moment - timedelta(hours=rules[Kind.NO_OPENS].limit)
        now = facts.lately(self._connection, tenant_id, campaign_id, self._moment, quiet_before)
        if now is None or not now.sent or now.first_at is None:
            found.watches[tenant_id, campaign_id] = None
            self._end_all(found, tenant_id, campaign_id)
            return
        found.watches[tenant_id, campaign_id] = self._again(now.first_at, rules)
        bounced, complained = Share(now.bounced, now.sent), Share(now.complained, now.delivered)
        for kind, share in ((Kind.BOUNCES, bounced), (Kind.COMPLAINTS, complained)):
            stands = stands_rate(share, rules[kind], self._is_open(tenant_id, kind, str(campaign_id)))
            self._settle(found, tenant_id, kind, campaign_id, rules[kind], stands, _told(share))
        self._no_opens(found, tenant_id, campaign_id, rules[Kind.NO_OPENS], now)
        self._fall(found, tenant_id, campaign_id, rules[Kind.FALL], now.first_at)

    def providers(self, found: Look, alive: frozenset[int], by_settings: Collection[str]) -> None:
        """Those that reported before; an endpoint that was removed is no longer waited for."""
        looked_at = set()
        for one in facts.providers_that_report(self._connection, by_settings):
            if one.tenant_id not in alive:
                continue
            looked_at.add((one.tenant_id, one.provider))
            rule = self._rules.get(one.tenant_id, DEFAULTS)[Kind.SILENCE]
            silent = self._moment - one.last_at
            is_open, sent = self._is_open(one.tenant_id, Kind.SILENCE, one.provider), 0
            if timedelta(hours=rule.limit) <= silent <= WINDOW:
                sent = facts.sent_since(self._connection, one.tenant_id, one.last_at)
            told = {"value": round(silent / timedelta(hours=1), 1), "under": sent}
            self._settle(found, one.tenant_id, Kind.SILENCE, one.provider, rule, stands_silence(silent, sent, rule, is_open), told)
        for known in self._known.values():
            if known.kind == Kind.SILENCE and (known.tenant_id, known.subject) not in looked_at:
                found.resolved[known.id] = "over"

    def _no_opens(self, found: Look, tenant_id: int, campaign_id: int, rule: Rule, now: Lately) -> None:
        stands = stands_no_opens(now.quiet, now.opened, rule, self._is_open(tenant_id, Kind.NO_OPENS, str(campaign_id)))
        self._settle(found, tenant_id, Kind.NO_OPENS, campaign_id, rule, stands, {"under": now.quiet, "value": now.opened})

    def _fall(self, found: Look, tenant_id: int, campaign_id: int, rule: Rule, first_at: datetime) -> None:
        """Compared at the greatest age that it has reached, and once only that: what comes later no longer changes it."""
        age = max((age for age in AGES if first_at + age <= self._moment), default=None)
        is_open = self._is_open(tenant_id, Kind.FALL, str(campaign_id))
        if not rule.is_on or age is None or self._moment - first_at > WINDOW:
            self._settle(found, tenant_id, Kind.FALL, campaign_id, rule, False, {}, "over")
            return
        share = facts.opens_at(self._connection, tenant_id, campaign_id, age)
        if share is None or share.under < rule.least:
            self._settle(found, tenant_id, Kind.FALL, campaign_id, rule, is_open, {})
            return
        usual = usual_of(facts.opens_before(self._connection, tenant_id, campaign_id, age, self._moment, rule.least))
        told = _told(share) | {"hours": age / timedelta(hours=1)}
        if usual is not None:
            told |= {"usual": usual.median, "campaigns": usual.campaigns}
        self._settle(found, tenant_id, Kind.FALL, campaign_id, rule, stands_fall(share, usual, rule, is_open), told)

    def _settle(
        self, found: Look, tenant_id: int, kind: Kind, subject: int | str, rule: Rule, stands: bool, told: Facts, why: str = "better"
    ) -> None:
        known = self._known.get((tenant_id, kind, str(subject)))
        if known is not None and not (stands and rule.is_on):
            found.resolved[known.id] = why if rule.is_on else "off"
        elif known is None and stands and rule.is_on:
            campaign_id = subject if isinstance(subject, int) else None
            found.raised.append(Wrong(tenant_id, kind, str(subject), campaign_id, told | {"limit": rule.limit}))

    def _end_all(self, found: Look, tenant_id: int, campaign_id: int) -> None:
        found.resolved |= {one.id: "over" for one in self._known.values() if (one.tenant_id, one.campaign_id) == (tenant_id, campaign_id)}

    def _again(self, first_at: datetime, rules: Mapping[Kind, Rule]) -> datetime:
        """When time alone may make a difference next."""
        quiet = timedelta(hours=rules[Kind.NO_OPENS].limit) + 2 * QUARTER_HOUR
        times = (first_at + quiet, *(first_at + age for age in AGES), first_at + WINDOW + QUARTER_HOUR)
        return min(time for time in (*times, self._moment + AGAIN) if time > self._moment)

    def _is_open(self, tenant_id: int, kind: Kind, subject: str) -> bool:
        return (tenant_id, kind, subject) in self._known


def _told(share: Share) -> Facts:
    return {"over": share.over, "under": share.under, "value": share.value}
