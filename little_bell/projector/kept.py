"""Sums kept under a name: those of now, with what a rehearsal of judging found to be otherwise."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.metrics import COUNTS
from little_bell.domain.slugs import SLUG
from little_bell.domain.sums import COHORT_COUNTS, LINK_COUNTS, Sums
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import (
    campaign_stats,
    campaigns,
    cohort_quarters,
    kept_campaigns,
    kept_cohorts,
    kept_sets,
    link_stats,
    message_quarters,
)

#: Rows written together.
CHUNK = 2_000
_alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
Counts = dict[str, int]


def refuse_name(connection: Connection, name: str) -> None:
    """Raises Invalid for a name that can't be one, Conflict for one that is taken."""
    if not re.fullmatch(SLUG, name):
        raise Invalid("the name of a set has 1 to 63 of a-z 0-9 _ - and begins and ends with a letter or a number", "keep_as")
    if connection.execute(select(kept_sets.c.id).where(kept_sets.c.name == name)).first() is not None:
        raise Conflict(f"there is a set {name} already; drop it first, or give another name", "keep_as")


def keep(connection: Connection, name: str, rules: int, changes: Sums) -> int:
    """Keep the present sums with these changes; of how many campaigns. Raises Invalid, Conflict."""
    refuse_name(connection, name)
    made = insert(kept_sets).values(name=name, rules=rules, made_at=now()).returning(kept_sets.c.id)
    set_id = int(connection.execute(made).scalar_one())
    cohorts = _cohorts(connection, changes)
    rows = list(_campaigns(connection, changes, cohorts))
    _write(connection, kept_campaigns, ({"set_id": set_id, **row} for row in rows))
    _write(
        connection,
        kept_cohorts,
        (
            {"set_id": set_id, "tenant_id": tenant_id, "campaign_id": campaign_id, "quarter": from_micros(quarter), "counts": _told(counts)}
            for (tenant_id, campaign_id, quarter), counts in sorted(cohorts.items())
        ),
    )
    return len(rows)


def drop(connection: Connection, name: str) -> None:
    """Let go of a set. Raises NotFound."""
    set_id = connection.execute(select(kept_sets.c.id).where(kept_sets.c.name == name)).scalar()
    if set_id is None:
        raise NotFound(f"there is no set {name}", "name")
    for table in (kept_campaigns, kept_cohorts):
        connection.execute(delete(table).where(table.c.set_id == set_id))
    connection.execute(delete(kept_sets).where(kept_sets.c.id == set_id))


def _campaigns(connection: Connection, changes: Sums, cohorts: Mapping[tuple[int, int, int], Counts]) -> Iterator[dict[str, Any]]:
    found: defaultdict[tuple[int, int], Counts] = defaultdict(lambda: defaultdict(int))
    for row in connection.execute(select(campaign_stats).where(campaign_stats.c.campaign_id.in_(_alive))).mappings():
        _add(found[row["tenant_id"], row["campaign_id"]], {name: row[name] for name in COUNTS})
    for key, more in changes.campaigns.items():
        _add(found[key], dict(zip(COUNTS, more, strict=True)))
    for (tenant_id, campaign_id, _), counts in cohorts.items():
        _add(found[tenant_id, campaign_id], {name: counts.get(name, 0) for name in ("created", "suppressed")})
    links = _links(connection, changes)
    for (tenant_id, campaign_id), counts in sorted(found.items()):
        yield {"tenant_id": tenant_id, "campaign_id": campaign_id, "counts": _told(counts), "links": links[tenant_id, campaign_id]}


def _links(connection: Connection, changes: Sums) -> Mapping[tuple[int, int], dict[str, list[int]]]:
    found: defaultdict[tuple[int, int], dict[str, list[int]]] = defaultdict(dict)
    for row in connection.execute(select(link_stats).where(link_stats.c.campaign_id.in_(_alive))).mappings():
        found[row["tenant_id"], row["campaign_id"]][str(row["link_id"])] = [row[name] for name in LINK_COUNTS]
    for (tenant_id, link_id, campaign_id), more in changes.links.items():
        known = found[tenant_id, campaign_id].get(str(link_id), [0] * len(LINK_COUNTS))
        found[tenant_id, campaign_id][str(link_id)] = [a + b for a, b in zip(known, more, strict=True)]
    return found


def _cohorts(connection: Connection, changes: Sums) -> Mapping[tuple[int, int, int], Counts]:
    found: defaultdict[tuple[int, int, int], Counts] = defaultdict(lambda: defaultdict(int))
    for table, names in ((cohort_quarters, COHORT_COUNTS), (message_quarters, ("created", "suppressed"))):
        for row in connection.execute(select(table).where(table.c.campaign_id.in_(_alive))).mappings():
            _add(found[row["tenant_id"], row["campaign_id"], to_micros(row["quarter"])], {name: row[name] for name in names})
    for key, more in changes.cohorts.items():
        _add(found[key], dict(zip(COHORT_COUNTS, more, strict=True)))
    return found


def _add(counts: Counts, more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] += count


def _told(counts: Counts) -> Counts:
    return {name: count for name, count in counts.items() if count}


def _write(connection: Connection, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == CHUNK:
            connection.execute(insert(table), some)
            some = []
    if some:
        connection.execute(insert(table), some)
