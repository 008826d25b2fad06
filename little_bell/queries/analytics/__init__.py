"""What a campaign's readers did: when, where in the mail, behind which mailbox, with what. The cost doesn't grow with the events.

The caller has made sure that the campaign is the tenant's.
"""

from little_bell.queries.analytics.curve import CurvePoint, SendCurve, send_curve
from little_bell.queries.analytics.heat import HeatCell, week_heat
from little_bell.queries.analytics.mailboxes import MailboxRow, mailbox_providers
from little_bell.queries.analytics.positions import LinkPosition, link_positions
from little_bell.queries.analytics.traits import Clients, TraitRow, clients, countries

__all__ = [
    "Clients",
    "CurvePoint",
    "HeatCell",
    "LinkPosition",
    "MailboxRow",
    "SendCurve",
    "TraitRow",
    "clients",
    "countries",
    "link_positions",
    "mailbox_providers",
    "send_curve",
    "week_heat",
]
