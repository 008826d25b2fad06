"""Instrumenting: mails of 100 kB with 40 links, in one process."""

import time

from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.mail.instrument import instrument
from tests.bench.bench import Bench
from tests.bench.figures import Figure

ROW = """<!--[if mso]><table role="presentation" width="600"><tr><td class="" style="width:600px;"><![endif]-->
<table align="center" border="0" cellpadding="0" cellspacing="0" role="presentation" style="width:100%;background:#fff;">
<tbody><tr><td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;"><div class="mj-column" style="font-size:13px;">
<img alt="" src="https://shop.example/images/{0}.png" style="border:0;display:block;outline:none;width:100%;" width="280">
<p style="font-family:Helvetica, Arial, sans-serif;font-size:16px;line-height:24px;color:#333333;">{1}</p>
<a href="https://shop.example/offers/{0}?from=mail&amp;size=large#buy" target="_blank" style="color:#0867ec;text-decoration:none;">Buy</a>
</div></td></tr></tbody></table><!--[if mso]></td></tr></table><![endif]-->
"""
SENTENCE = "Fresh tea from the hills, picked by hand and dried in the shade. "
LINKS = 40
BYTES = 100_000


def instrumenting(bench: Bench) -> list[Figure]:
    """Mails a second."""
    tracking = Addresses("https://bell.example", KeyRing(["a secret key for benchmarks"])).tracking(1, "bench-token-1")
    spare = BYTES // LINKS - len(ROW) - 20
    mail = f"<!doctype html><html><body>{''.join(ROW.format(number, (SENTENCE * 40)[:spare]) for number in range(LINKS))}</body></html>"
    assert len(instrument(mail, tracking=tracking).links) == LINKS
    started, count = time.process_time(), 0
    while time.process_time() - started < bench.seconds:
        instrument(mail, tracking=tracking)
        count += 1
    rate = count / (time.process_time() - started)
    note = f"{len(mail) / 1000:.0f} kB, {LINKS} links, {mail.count('<')} tags; one core"
    return [Figure("instrument, mails/s", rate, floor=500, note=note)]
