"""Mail that came back, as somebody hands it in: the journal record that it becomes."""

from little_bell.domain.errors import Invalid
from little_bell.journal.records import Report, report_of


def handed_in(tenant_id: int, source: str, raw: bytes, at: int) -> Report:
    """The record; `at` is in microseconds since 1970. Raises Invalid where there is no mail."""
    if not raw.strip():
        raise Invalid("there is no mail in the body")
    return report_of(tenant_id, source, raw, at)
