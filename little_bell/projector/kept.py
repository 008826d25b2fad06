"""What a rehearsal of judging found to be otherwise, in a set of sums that was kept."""

from sqlalchemy import Connection

from little_bell.domain.metrics import COUNTS
from little_bell.domain.sums import Sums
from little_bell.models import KEPT
from little_bell.models.tables import campaign_stats
from little_bell.projector.write import keyed, rows_of, upsert


def change_set(connection: Connection, set_id: int, changes: Sums) -> None:
    """Add the changes to the sums of the set."""
    campaigns = keyed(("tenant_id", "campaign_id"), COUNTS, changes.campaigns)
    for table, rows, names in ((campaign_stats, campaigns, COUNTS), *rows_of(changes)):
        upsert(connection, KEPT[table], [{"set_id": set_id, **row} for row in rows], add=names)
