"""Country and network (ASN) of an address, from the .mmdb files that the operator has given. Without a file nothing is known.

The reader is only loaded where a file is named: whoever has none doesn't pay for it.
"""

import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

#: Files are looked at that often; a new one is read then.
LOOK_SECONDS = 10.0


class Place(NamedTuple):
    """Two letters of ISO 3166-1, and the number of an autonomous system; None where it isn't known."""

    country: str | None
    asn: int | None


NOWHERE = Place(None, None)


class Places:
    """What the files know of addresses."""

    def __init__(self, country_db: str = "", asn_db: str = "") -> None:
        self._countries = _File(country_db, "LITTLE_BELL_COUNTRY_DB") if country_db else None
        self._networks = _File(asn_db, "LITTLE_BELL_ASN_DB") if asn_db else None
        self._looked_at = -LOOK_SECONDS
        self.renew()

    def renew(self) -> bool:
        """Read files that were replaced; whether any was. To be asked before each batch: it looks every LOOK_SECONDS."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        renewed = [file.renew() for file in (self._countries, self._networks) if file is not None]
        return any(renewed)

    def of(self, address: str) -> Place:
        """Where a whole address is."""
        if self._countries is None and self._networks is None:
            return NOWHERE
        country = country_in(self._countries.find(address)) if self._countries else None
        return Place(country, self.asn_of(address))

    def asn_of(self, address: str) -> int | None:
        """The autonomous system alone."""
        return asn_in(self._networks.find(address)) if self._networks else None


def country_in(found: Mapping[str, Any]) -> str | None:
    """The country in an entry of MaxMind's or DB-IP's layout (country.iso_code), or a flat one (country_code, country)."""
    country = found.get("country")
    told = country.get("iso_code") if isinstance(country, dict) else found.get("country_code") or country
    return told.upper() if isinstance(told, str) and len(told) == 2 and told.isalpha() and told.isascii() else None


def asn_in(found: Mapping[str, Any]) -> int | None:
    """The number in an entry of MaxMind's or DB-IP's layout (autonomous_system_number), or a flat one (asn: AS64500)."""
    told = found.get("autonomous_system_number", found.get("asn"))
    digits = str(told).upper().removeprefix("AS")
    return int(digits) if digits.isdecimal() and len(digits) < 11 and 0 < int(digits) < 1 << 32 else None


class _File:
    """One database, read again when the file changes; the last that could be read stands until then."""

    def __init__(self, path: str, setting: str) -> None:
        self._path, self._setting = Path(path), setting
        self._mark: tuple[int, ...] | str = ""
        self._reader: Any = None

    def renew(self) -> bool:
        mark = self._look()
        if mark == self._mark:
            return False
        self._mark = mark
        try:
            reader = open_mmdb(self._path)
        except (OSError, ValueError) as error:
            known = "what was read before stands" if self._reader else "it is done without"
            log.warning("%s: %s can't be read (%s); %s", self._setting, self._path, error, known)
            return False
        self._reader = reader
        return True

    def _look(self) -> tuple[int, ...] | str:
        try:
            told = self._path.stat()
        except OSError as error:
            return str(error)
        return (told.st_mtime_ns, told.st_size, told.st_ino)

    def find(self, address: str) -> Mapping[str, Any]:
        """The entry; empty where there is none, or where it can't be read."""
        if self._reader is None:
            return {}
        from maxminddb import InvalidDatabaseError

        try:
            found = self._reader.get(address)
        except (ValueError, InvalidDatabaseError):  # no address, or one of IPv6 in a file that has none; or a damaged part
            return {}
        return found if isinstance(found, dict) else {}


def open_mmdb(path: Path) -> Any:
    """A reader over a copy: a file that is written over in place would pull the pages from under it. Raises OSError, ValueError."""
    from maxminddb import InvalidDatabaseError, open_database

    with tempfile.NamedTemporaryFile(prefix="little-bell-", suffix=".mmdb") as copy, path.open("rb") as file:
        shutil.copyfileobj(file, copy)
        copy.flush()
        try:
            return open_database(copy.name)
        except InvalidDatabaseError as error:
            raise ValueError("it is no MaxMind DB") from error
