"""What verdicts and places are told by: the lists of agents, networks and mailboxes, and the operator's .mmdb files."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from little_bell.config import Settings
from little_bell.domain.verdicts.reasons import REASONS
from little_bell.models import now
from little_bell.projector.lists import list_text, read_lists, read_mailboxes
from little_bell.projector.places import asn_in, country_in, open_mmdb
from little_bell.selftest.finding import Finding, fail, ok, warn

LISTS = ("agents.txt", "networks.txt", "mailboxes.txt")
#: Filters and mail programs come and go within a year; addresses change hands within weeks.
LISTS_AGE, PLACES_AGE = timedelta(days=180), timedelta(days=60)
_OF = re.compile(r"^# Of: (\d{4}-\d\d-\d\d)\s*$", re.MULTILINE | re.ASCII)
#: So many entries of a file are looked at for what it is there to tell.
LOOKED_AT = 5_000


def knowledge_findings(settings: Settings) -> Iterator[Finding]:
    """Whether it can be read, is of the kind that it should be, and is fresh."""
    yield _lists(settings.lists_dir)
    if settings.country_db:
        yield _mmdb("country file", "LITTLE_BELL_COUNTRY_DB", settings.country_db, "countries", country_in)
    if settings.asn_db:
        yield _mmdb("ASN file", "LITTLE_BELL_ASN_DB", settings.asn_db, "networks by number", asn_in)


def _lists(folder: str) -> Finding:
    name = "lists"
    try:
        kinds = {rule.kind for rule in read_lists(folder).agents}
        read_mailboxes(folder)
        texts = {file.removesuffix(".txt"): list_text(file, folder) for file in LISTS}
    except (ValueError, OSError) as error:
        return fail(name, str(error), "mend the file, or take it out of LITTLE_BELL_LISTS_DIR")
    if unknown := sorted(kinds - REASONS.keys()):
        return fail(
            name, f"agents.txt names reasons that nobody knows: {', '.join(unknown)}", "docs/verdicts.md names those that there are"
        )
    days = {name: _day(text) for name, text in texts.items()}
    said = ", ".join(f"{name} {'of ' + day if day else 'without a date'}" for name, day in days.items())
    if missing := [name for name, day in days.items() if day is None]:
        return warn(name, said, f"say in {' and '.join(missing)} of when it is: # Of: {now():%Y-%m-%d}")
    oldest = min(day for day in days.values() if day)
    if now() - datetime.fromisoformat(oldest).replace(tzinfo=UTC) > LISTS_AGE:
        return warn(name, f"{said}: older than {LISTS_AGE.days} days", "update Little Bell, or what is in LITTLE_BELL_LISTS_DIR")
    return ok(name, said)


def _day(text: str) -> str | None:
    """The day that a list says it is of, if it is one."""
    found = _OF.search(text)
    try:
        return datetime.fromisoformat(found[1]).date().isoformat() if found else None
    except ValueError:
        return None


def _mmdb(name: str, setting: str, path: str, what: str, told: Callable[[Mapping[str, Any]], Any]) -> Finding:
    try:
        with open_mmdb(Path(path)) as reader:
            of = reader.metadata()
            entries = (entry for _, entry in islice(reader, LOOKED_AT) if isinstance(entry, dict))
            is_of_its_kind = any(told(entry) is not None for entry in entries)
    except (OSError, ValueError) as error:
        return fail(name, f"{path} can't be read: {error}", f"put {setting} right; until then it is done without")
    built = datetime.fromtimestamp(of.build_epoch, UTC)
    said = f"{of.database_type} of {built:%Y-%m-%d}"
    if not is_of_its_kind:
        return fail(name, f"{said} tells no {what}", f"{setting} needs a file that does")
    if now() - built > PLACES_AGE:
        return warn(name, f"{said}: older than {PLACES_AGE.days} days", "fetch a newer one; no restart is needed")
    return ok(name, said)
