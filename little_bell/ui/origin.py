"""Makes one web build serve every host, port and scheme.

Reflex writes the server's address into the bundle (.web/env.json → assets/reflex-env-*.js). Each address is put
in terms of the page's own origin instead, so that changing LITTLE_BELL_PORT or LITTLE_BELL_BASE_URL needs no rebuild.
"""

import re
from pathlib import Path
from typing import Any

from reflex.plugins import Plugin

ADDRESS = re.compile(r"""(["'`])(http|ws)://[^/"'`]*(/[^"'`]*)\1""")


class OwnOrigin(Plugin):
    """Rewrites the built address chunk, before its compressed copy is made."""

    def post_build(self, **context: Any) -> None:
        """Raises RuntimeError when Reflex no longer builds the chunk this rewrites."""
        chunks = list(Path(context["static_dir"]).glob("assets/reflex-env-*.js"))
        if not chunks:
            raise RuntimeError("The web build has no assets/reflex-env-*.js: this Reflex keeps its addresses elsewhere.")
        for chunk in chunks:
            rewritten, addresses = in_terms_of_own_origin(chunk.read_text())
            if not addresses:
                raise RuntimeError(f"{chunk.name} holds no address.")
            chunk.write_text(rewritten)


def in_terms_of_own_origin(script: str) -> tuple[str, int]:
    """The script with each address literal as an expression of `location`, and how many there were."""

    def expression(match: re.Match[str]) -> str:
        scheme, path = match[2], match[3]
        return f'(location.origin.replace(/^http/,"{scheme}")+"{path}")'

    return ADDRESS.subn(expression, script)
