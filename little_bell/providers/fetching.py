"""A GET of an address that a provider's file has checked: https alone, no redirects, bounded in time and size."""

import http.client
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0
MAX_BYTES = 200_000


def fetch(url: str) -> bytes:
    """The body. Raises OSError for anything but 200, also for a redirect: it could lead to a host nobody checked."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise OSError("only https is asked for")
    connection = http.client.HTTPSConnection(parts.hostname, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        answer = connection.getresponse()
        body = answer.read(MAX_BYTES + 1)
    except http.client.HTTPException as error:
        raise OSError(f"{parts.hostname} answered something unreadable") from error
    finally:
        connection.close()
    if answer.status != 200 or len(body) > MAX_BYTES:
        raise OSError(f"{parts.hostname} answered {answer.status}")
    return body
