"""A delivery of a provider that is read again, and the journal records that it becomes."""

import zlib

from sqlalchemy import Connection

from little_bell.journal.records import Record
from little_bell.providers import PROVIDERS, Refused
from little_bell.providers.recording import Came, notices_again
from little_bell.queries.webhooks import get_receipt, list_endpoints


def told_again(connection: Connection, tenant_id: int, receipt_id: int, at: int) -> list[Record]:
    """A notice of each of its events; `at` is in microseconds since 1970. Raises NotFound, and what is wrong with a body."""
    row = get_receipt(connection, tenant_id, receipt_id)
    shown_only = {one.provider for one in list_endpoints(connection, tenant_id) if not one.counts_opens}
    came = Came(tenant_id, row.headers, zlib.decompress(row.body), (row.external_id, row.digest), row.provider not in shown_only)
    try:
        return notices_again(PROVIDERS[row.provider], came, at)
    except Refused as refused:
        raise refused.error from refused
