"""The pixel as a reader gets it: the image itself, and never an old copy."""

from little_bell.selftest.asking import Answer, Asking
from little_bell.selftest.finding import Finding, fail, ok, warn

#: No message has a token this short: the image comes all the same, and nothing is recorded.
NOBODYS = "self"
GIF = (b"GIF87a", b"GIF89a")
#: What caches and CDNs say when they answered without asking us.
HITS = ("cf-cache-status", "x-cache", "x-cache-status", "x-proxy-cache")


def pixel(asking: Asking) -> Finding:
    """Asks for the pixel of no message."""
    answer = _get(asking)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if answer.status != 200:
        said = f"the pixel answers {answer.status or answer.why}"
        return fail("Pixel", said, "let the proxy pass /track/ through: no sign-in, no redirect, no rate limit before it")
    if kind != "image/gif" or not answer.body.startswith(GIF):
        said = f"the pixel comes as {kind or 'nothing'}, {len(answer.body)} bytes"
        return fail("Pixel", said, "switch off what turns images into others, or puts a page before them")
    if "set-cookie" in answer.headers:
        return warn("Pixel", "a proxy adds a cookie to it", "switch cookies off for /track/: they track readers, and spoil caching rules")
    return ok("Pixel", f"the image comes, {len(answer.body)} bytes")


def caching(asking: Asking) -> Finding:
    """Whether anything between us and the reader would keep a copy, and swallow later opens."""
    answer = _get(asking)
    mend = "switch caching off for /track/ in your CDN or proxy"
    hit = next((name for name in HITS if "hit" in answer.headers.get(name, "").lower()), None)
    if hit is not None:
        return fail("Caching", f"a cache answered in our place ({hit}: {answer.headers[hit]})", mend)
    if answer.headers.get("age", "0") != "0":
        return fail("Caching", f"the pixel is a copy of {answer.headers['age']} seconds ago", mend)
    if "no-store" not in answer.headers.get("cache-control", "").lower():
        said = f"Cache-Control is {answer.headers.get('cache-control') or 'gone'}: opens after the first would be lost"
        return fail("Caching", said, "let the proxy pass our Cache-Control through")
    return ok("Caching", "nobody keeps a copy")


def _get(asking: Asking) -> Answer:
    return asking.ask(f"{asking.base_url}/track/pixel/{NOBODYS}.gif")
