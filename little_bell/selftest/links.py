"""A signed link as a reader follows it, and the one-click unsubscription that mail programs send."""

from little_bell.domain.links import Addresses, location
from little_bell.selftest.asking import Asking
from little_bell.selftest.finding import Finding, fail, ok
from little_bell.selftest.pixel import NOBODYS

PLAIN = "https://example.com/"
#: What proxies like to change: an encoded slash, a plus, brackets, a double slash, a fragment, letters beyond ASCII.
KNOTTY = "https://example.com/a%2Fb//c?x[]=1&y=a+b&z=ü&w=%26#part"


def link(asking: Asking, addresses: Addresses, tenant_id: int) -> Finding:
    """Follows two signed links, as far as we answer: an easy one, and one with all that gets lost on the way."""
    plain, knotty = (asking.ask(addresses.click_url(tenant_id, NOBODYS, url)) for url in (PLAIN, KNOTTY))
    if plain.status != 302 or plain.headers.get("location") != PLAIN:
        said = f"a link of ours answers {plain.status or plain.why} instead of leading on: its signature isn't known"
        mend = "start the server with the same LITTLE_BELL_SECRET_KEY, and let the proxy pass the whole address on, behind the ? too"
        return fail("Signed link", said, mend)
    if knotty.status != 302 or knotty.headers.get("location") != location(KNOTTY):
        said = "simple links work, but those with special characters don't: something on the way rewrites addresses"
        mend = "let the proxy pass addresses on as they are (nginx: proxy_pass without a path behind the host)"
        return fail("Signed link", said, mend)
    return ok("Signed link", "leads where it should, to the last character")


def unsubscribe(asking: Asking, addresses: Addresses, tenant_id: int) -> Finding:
    """Whether a POST without a cookie gets through (RFC 8058). It names nobody, so nobody is unsubscribed."""
    answer = asking.ask(addresses.unsubscribe_url(tenant_id, NOBODYS), "POST", b"List-Unsubscribe=One-Click")
    if answer.status != 404:  # what we say to a link of nobody's
        said = f"a POST to it answers {answer.status or answer.why}, which isn't ours"
        mend = "let the proxy pass POST to /track/unsubscribe/ through: without it big mailbox providers think less of your mail"
        return fail("Unsubscribe", said, mend)
    return ok("Unsubscribe", "one-click unsubscription gets through")
