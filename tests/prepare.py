"""Installs what the tests need from outside Python, when this may be done: PostgreSQL, a Chromium, two mail servers, a web server,
and mail templates of others.

`python -m tests.prepare` says one line and exits with 1 when it can't.
"""

import os
import shutil
import subprocess
import sys

from tests.fixtures.browser import chromium
from tests.fixtures.mail_servers import PACKAGES, mail_servers
from tests.fixtures.postgres import ABSENT, postgres_programs
from tests.instrument.fetch import Unreachable, mail_templates

#: Packages whose programs run or check the files in deploy/.
CHECKERS = {"nginx-light": "nginx", "caddy": "caddy", "prometheus": "promtool"}
#: Servers that a larger installation has around it, and what cuts its network.
AROUND = {"pgbouncer": "pgbouncer", "redis-server": "redis-server", "iproute2": "ip"}
#: What the samples for a shell call.
CALLED = {"curl": "curl", "jq": "jq"}


def prepare() -> None:
    """Raises SystemExit with one line that says what is missing and how to mend it."""
    if not postgres_programs() and not (_apt_install("postgresql") and postgres_programs()):
        sys.exit(ABSENT)
    if not chromium() and not (_apt_install("chromium") and chromium()):
        libraries = ["--with-deps"] if os.geteuid() == 0 else []
        _run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"])
        if not chromium():
            sys.exit("No Chromium was found, and Playwright could not install one: see the lines above, or install Chromium yourself.")
    if os.geteuid() == 0 and shutil.which("apt-get") and not mail_servers():  # for others the tests that need them say what is missing
        _apt_install(*PACKAGES.values())
        if not mail_servers():
            print("Postfix and Dovecot could not be installed; the tests against them will be skipped, and say so.", file=sys.stderr)
    wanted = CHECKERS | AROUND | CALLED
    missing = [package for package, name in wanted.items() if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")]
    if missing:
        _apt_install(*missing)  # tests that need one are skipped where it can't be had
    try:
        mail_templates()
    except Unreachable as error:
        sys.exit(str(error))


def _apt_install(*packages: str) -> bool:
    """Whether Debian's packages could be installed without asking anybody."""
    if not shutil.which("apt-get"):
        return False
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    return _run([*apt, "update"]) and _run([*apt, "install", "--yes", "--no-install-recommends", *packages])


def _run(command: list[str]) -> bool:
    try:
        return subprocess.run(command, stdout=sys.stderr).returncode == 0
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    prepare()
