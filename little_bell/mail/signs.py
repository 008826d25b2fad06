"""What tells a mail of a mail system from one of a person."""

import re
from email.header import decode_header

from little_bell.mail.mime import Part, decode

#: Senders that send nothing but reports, and those that people share with them.
_ROBOT = re.compile(r"mailer-?daemon|mdaemon|delivery (?:sub)?system|<>\s*$", re.IGNORECASE)
_DAEMON = re.compile(
    r"post_?master|poostmaster|mail (?:delivery|deliver|administrator)|system administrator|no-?reply@|smtp_mail_service|mail router",
    re.IGNORECASE,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|not be delivered|delivery (?:status )?(?:notification|fail|report|problem|error)|mail delivery|"
    r"returned (?:e?-?)mail|failure notice|delivery has failed|failed (?:mail|delivery)|failure delivery|"
    r"non[- ]?delivery|non remis|could not (?:be )?(?:deliver|send)|mail system error|"
    r"message delivery|delayed mail|message delayed|user unknown|unzustellbar|nicht zugestellt|no se pudo entregar|returned to sender|"
    r"n'a pas pu [eê]tre (?:remis|distribu|livr)|[ée]chec de (?:la )?(?:remise|distribution)|no se puede entregar|no entregado|"
    r"mancata consegna|impossibile recapitare|n[aã]o (?:foi )?entregue|onbestelbaar|niet bezorgd|kunde inte levereras|kunne ikke leveres|"
    r"niedostarczon|не ?доставлен|не может быть доставлен|退信|无法投递|投递失败|配信不能|配信エラー|送信できません|"
    r"couldn't be delivered|mail fail|warning: (?:message|could not|e?-?mail)|not delivered|delivery warning|^notice: mail",
    re.IGNORECASE,
)
_FAILURE_WORDS = re.compile(
    r"(?:could not|couldn't|cannot|can't|can not|unable to|was not|wasn't|not be) (?:be )?deliver|undeliverable|"
    r"permanent (?:fatal )?error|delivery (?:to the following|has failed|failed)|no such user|user unknown|"
    r"following (?:address|recipient)[^\n]{0,60}fail|did not reach|error message below|failed recipients|non-?delivery report|"
    r"mail(?:box)? (?:is )?full|not been delivered|delivery attempt|been returned because|"
    r"konnte nicht zugestellt|n'a pas pu [eê]tre (?:remis|distribu|livr)|no se pudo entregar|non è stato recapitato|"
    r"n[aã]o p[ôo]de ser entregue|kon niet worden (?:afgeleverd|bezorgd)|не может быть доставлен|无法送达|退信原因|配信できません",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"will (?:be retried|keep trying|continue to (?:try|attempt)|retry|be attempted|try again)|warning message only|this is a warning|"
    r"has been (?:delayed|postponed)|is delayed|still being retried|not yet been delivered|"
    r"do not need to (?:resend|re-send)|temporary failure report|"
    r"message (?:has been )?delayed|(?:is|are) (?:still )?awaiting|delivery attempts will continue|advisory[- ]only|"
    r"still undelivered|yet to be delivered",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(r"given up|giving up|permanent error|failed permanently|has failed to these", re.IGNORECASE)
_AUTOMATIC_SUBJECT = re.compile(
    r"out of (?:the )?office|^auto(?:matic)?[ \-:]|auto-?reply|auto-?response|automatic reply|on vacation|vacation|away from|abwesen|"
    r"absence|i am away|fuori (?:sede|ufficio)|risposta automatica|resposta autom|afwezig|fuera de la oficina|自動応答|自动回复|автоответ|"
    r"automatische antwort|r[eé]ponse automatique|respuesta autom|"
    r"thank you for (?:your|contacting)|we (?:have )?received your",
    re.IGNORECASE,
)
_SUCCESS = re.compile(
    r"success(?:ful(?:ly)?)? (?:mail )?(?:deliver|relay)|"
    r"(?:has been|was) (?:successfully )?(?:delivered|relayed) (?:successfully )?(?:to|on|at|by|via)\b|"
    r"^(?:delivered|relayed|read|gelesen|lu)\s?:",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(?:re|aw|sv)\s*:", re.IGNORECASE)
_WORD = re.compile(r"=\?[^?\s]{1,40}\?[bq]\?[^?\s]*\?=", re.IGNORECASE)


def subject_of(mail: Part) -> str:
    """The subject, decoded (RFC 2047)."""
    raw = mail.header("subject")[:2_000]
    if not _WORD.search(raw):
        return raw
    try:
        pieces = decode_header(raw)
    except ValueError:
        return raw
    return "".join(piece if isinstance(piece, str) else decode(piece, charset or "utf-8") for piece, charset in pieces)


def is_failure_notice(mail: Part, notice: str) -> bool:
    """Whether a mail system says that a mail could not be delivered. A person who writes of such a thing is not meant."""
    subject, sender = subject_of(mail), mail.header("from")[:500]
    failing = _FAILURE_WORDS.search(notice[:8_000])
    if not failing and (_SUCCESS.search(subject) or _SUCCESS.search(notice[:8_000])):
        return False
    if is_rejection(mail):
        return True
    signs = (_FAILURE_SUBJECT.search(subject), failing)
    if _ROBOT.search(sender):
        return any(signs)
    if not sender.strip():
        return any(signs) or not is_automatic(mail)
    is_machine = _DAEMON.search(sender) is not None or mail.kind == "multipart/report"
    # A mail program that answers for its owner has an empty return path too (RFC 3834), but a person's name.
    if not is_machine and (is_automatic(mail) or _ANSWER.match(subject)):
        return False
    return any(signs) if is_machine or mail.header("return-path").strip() == "<>" else all(signs)


def is_passed_on(mail: Part) -> bool:
    """Whether a filter or relay passes on what a server behind it said, without saying what that was the answer to.

    "User unknown" may then have been said to the content, as filters do, so it doesn't show that the address is dead.
    """
    marked = any(name in mail.headers for name in ("x-ahmailid", "x-nai-header", "x-zohomail"))
    return marked or any("OpenMail Mailer" in line for line in mail.headers.get("received", ()))


def is_waiting(subject: str, notice: str) -> bool:
    """Whether it is a warning only, and delivery is still being tried."""
    return (_WAITING.search(subject) or _WAITING.search(notice[:8_000])) is not None and not _GAVE_UP.search(notice[:8_000])


def is_rejection(mail: Part) -> bool:
    """Whether the recipient's own filter rejected the mail; Sieve (RFC 5429) reports that as a disposition."""
    return "reject" in mail.header("auto-submitted").lower()


def is_automatic(mail: Part) -> bool:
    """Whether a person's mail program answered by itself (RFC 3834)."""
    submitted = mail.header("auto-submitted").lower()
    marked = any(mail.header(name) for name in ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-autogenerated"))
    precedence = mail.header("precedence").lower() in {"auto_reply", "auto-reply"}
    return submitted.startswith("auto-replied") or marked or precedence or _AUTOMATIC_SUBJECT.search(subject_of(mail)) is not None
