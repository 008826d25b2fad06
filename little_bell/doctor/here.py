"""This machine: the disk, the secret key, the web app's build, Redis."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from little_bell.config import Settings
from little_bell.doctor.cluster import stream_finding
from little_bell.domain.links import Addresses, parse_query, signer
from little_bell.secret_key import FILE, key_ring
from little_bell.selftest.finding import Finding, fail, ok, warn
from little_bell.web_build import BUNDLE

MEGABYTE = 1024 * 1024
ROOM = 100 * MEGABYTE
TOKEN, URL = "little-bell-doctor", "https://example.com/?a=1&b=2#c"


def here_findings(settings: Settings) -> Iterator[Finding]:
    """What can be said without asking a database or a server."""
    yield _folder(settings.data_dir)
    yield _disk(settings)
    yield _secret_key(settings)
    yield _web_app()
    if settings.redis_url:
        yield _redis(settings.redis_url)
    if settings.journal_url:
        yield stream_finding(settings)


def _folder(folder: Path) -> Finding:
    if not folder.exists():
        return warn("data folder", f"{folder.absolute()} isn't there yet", "the first little-bell serve makes it")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail("data folder", f"{folder.absolute()} can't be written", "give it to the user that runs Little Bell: chown, chmod 700")
    return ok("data folder", str(folder.absolute()))


def _disk(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if folder.exists())
    total, _, free = shutil.disk_usage(place)
    said = f"{free // MEGABYTE:,} MB free of {total // MEGABYTE:,} MB"
    least = total * settings.journal_min_free_percent / 100
    if free < max(least, ROOM):
        return fail("disk", f"{said}: nothing is recorded below {settings.journal_min_free_percent:g} %", "free some space")
    return ok("disk", said) if free > 2 * least else warn("disk", said, "free some space before it is needed")


def _secret_key(settings: Settings) -> Finding:
    file = settings.data_dir / FILE
    if not settings.secret_key and not file.exists():
        return warn("secret key", "there is none yet", "the first little-bell serve makes it; keep it with the backups")
    try:
        ring = key_ring(settings)
    except (ValueError, OSError) as error:
        return fail("secret key", str(error), "put LITTLE_BELL_SECRET_KEY right: 16 characters or more")
    addresses = Addresses(settings.base_url, ring)
    query = parse_query(addresses.click_url(1, TOKEN, URL).partition("?")[2].encode())
    if query["url"] != URL or signer(ring, "link", query["s"], TOKEN, URL) != 1:
        return fail("secret key", "a link that it signed isn't known again", "this is a defect of Little Bell: please report it")
    if not settings.secret_key and stat.S_IMODE(file.stat().st_mode) & 0o077:
        return warn("secret key", "others on this machine can read it", f"chmod 600 {file.absolute()}")
    return ok("secret key", "a link that it signed is known again")


def _web_app() -> Finding:
    if BUNDLE.exists():
        return ok("web app", "is built")
    return fail("web app", "isn't built", "make run, or python -m little_bell.web_build")


def _redis(url: str) -> Finding:
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        return fail("Redis", f"can't be used: {error}", "start it, put LITTLE_BELL_REDIS_URL right, or leave it out for one worker")
    return ok("Redis", "answers")
