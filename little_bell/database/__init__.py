"""Little Bell from Python, on the database itself: no server is needed, and one that runs does no harm."""

from little_bell.database.alerts import Alerts
from little_bell.database.campaigns import Campaigns
from little_bell.database.comparisons import Comparisons
from little_bell.database.marks import Marks
from little_bell.database.messages import Messages
from little_bell.database.recipients import Recipients
from little_bell.database.reports import Reports
from little_bell.database.returned import Returned
from little_bell.database.suppressions import Suppressions
from little_bell.database.verdicts import Verdicts
from little_bell.database.webhooks import Webhooks


class Database(Campaigns, Messages, Marks, Recipients, Reports, Returned, Suppressions, Verdicts, Webhooks, Alerts, Comparisons):
    """The configured database, or the one that `db_path` names (a path or a URL): made and migrated silently where there is none.

    What is worked on is the tenant `tenant`, else LITTLE_BELL_TENANT. Rows are dicts, their times aware UTC datetimes. Threads may
    share one; close() it, or use it in a `with`. Methods raise NotFound, Invalid, Conflict and Unavailable of domain.errors.
    """
