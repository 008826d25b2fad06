"""Why mail comes back: the reasons that people filter by, and the causes that lie behind each of them."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a message was not delivered."""

    USER_UNKNOWN = "user_unknown"  # there is no such mailbox, or it has moved
    MAILBOX_INACTIVE = "mailbox_inactive"  # the mailbox is there but disabled, or takes no mail like this one
    MAILBOX_FULL = "mailbox_full"  # over its quota
    HOST_UNKNOWN = "host_unknown"  # there is no such domain
    NETWORK = "network"  # DNS, routing or a mail loop got in the way
    EXPIRED = "expired"  # tried until the time was up, or still trying
    CONTENT = "content"  # it looked like spam or carried a virus, or its form was refused
    BLOCKED = "blocked"  # this sender, address or rate is not wanted
    POLICY = "policy"  # a rule of the receiver's forbids it
    AUTH = "auth"  # SPF, DKIM, DMARC, login or TLS failed
    TOO_LARGE = "too_large"  # bigger than the mailbox or the server takes
    SERVER = "server"  # a server is broken, full or closed
    UNKNOWN = "unknown"  # nobody said why


#: Feedback that is no reader's complaint: of servers (RFC 6591), and the opposite of one (RFC 6430).
NO_COMPLAINTS = frozenset({"auth-failure", "dkim", "spf", "dmarc", "not-spam", "miscategorized"})


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason in detail. `is_dead`: nothing will ever be delivered to this address, so mail to it should stop.

    `detail` completes the status X.0.detail that is derived where no mail system gave one: subject 0 is RFC 3463's
    "other or undefined", and the numbers are those that Sisimai users know.
    """

    reason: Reason
    detail: int
    is_dead: bool = False


NO_SUCH_USER = Cause(Reason.USER_UNKNOWN, 911, is_dead=True)
MOVED = Cause(Reason.USER_UNKNOWN, 916, is_dead=True)
DISABLED = Cause(Reason.MAILBOX_INACTIVE, 921)
REFUSED_BY_RECIPIENT = Cause(Reason.MAILBOX_INACTIVE, 910)
FULL = Cause(Reason.MAILBOX_FULL, 922)
NO_SUCH_HOST = Cause(Reason.HOST_UNKNOWN, 912, is_dead=True)
UNREACHABLE = Cause(Reason.NETWORK, 944)
TIMED_OUT = Cause(Reason.EXPIRED, 947)
SPAM = Cause(Reason.CONTENT, 980)
FORM = Cause(Reason.CONTENT, 960)
VIRUS = Cause(Reason.CONTENT, 971)
BLOCKED = Cause(Reason.BLOCKED, 971)
REPUTATION = Cause(Reason.BLOCKED, 975)
SENDER_REFUSED = Cause(Reason.BLOCKED, 918)
NO_REVERSE_NAME = Cause(Reason.BLOCKED, 973)
TOO_FAST = Cause(Reason.BLOCKED, 945)
TOO_MANY = Cause(Reason.BLOCKED, 905)
POLICY = Cause(Reason.POLICY, 972)
SECURITY = Cause(Reason.POLICY, 970)
NO_RELAYING = Cause(Reason.POLICY, 909)
NOT_STANDARD = Cause(Reason.POLICY, 974)
NOT_AUTHENTICATED = Cause(Reason.AUTH, 977)
NO_TLS = Cause(Reason.AUTH, 976)
TOO_BIG = Cause(Reason.TOO_LARGE, 934)
OVER_LIMIT = Cause(Reason.TOO_LARGE, 923)
BROKEN = Cause(Reason.SERVER, 930)
SYSTEM_FULL = Cause(Reason.SERVER, 931)
TAKES_NO_MAIL = Cause(Reason.SERVER, 932, is_dead=True)
PROGRAM_FAILED = Cause(Reason.SERVER, 939)
SYNTAX = Cause(Reason.SERVER, 902)
TEMPORARY = Cause(Reason.UNKNOWN, 901)
UNEXPLAINED = Cause(Reason.UNKNOWN, 900)
