"""What is wrong with an installation, and how to mend it. Looks at everything, changes nothing."""

from collections.abc import Iterator

from little_bell.config import Settings
from little_bell.doctor.here import here_findings
from little_bell.doctor.inside import inside_findings
from little_bell.doctor.knowledge import knowledge_findings
from little_bell.doctor.outside import outside_findings
from little_bell.selftest.finding import Finding, Level

__all__ = ["Finding", "Level", "findings"]


def findings(settings: Settings) -> Iterator[Finding]:
    """Each thing as it was looked at. Nothing raises: what can't be looked at is a finding, too."""
    yield from here_findings(settings)
    yield from inside_findings(settings)
    yield from knowledge_findings(settings)
    yield from outside_findings(settings)
