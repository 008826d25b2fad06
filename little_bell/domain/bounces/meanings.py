"""What to do about each reason, in words for those who read a bounce; and who runs the mailboxes of well-known domains."""

from collections.abc import Mapping

from little_bell.domain.bounces.vocabulary import Reason

MEANINGS: Mapping[str, str] = {
    Reason.USER_UNKNOWN: "There is no such mailbox, or it has moved. Stop mailing it.",
    Reason.MAILBOX_INACTIVE: "The mailbox is disabled, or its owner’s filter takes no mail like this.",
    Reason.MAILBOX_FULL: "The mailbox is over its quota. It may take mail again; if it stays full, nobody reads it.",
    Reason.HOST_UNKNOWN: "There is no such domain. Often a typing error in the address.",
    Reason.NETWORK: "DNS, routing or a mail loop got in the way. Not the address’s fault.",
    Reason.EXPIRED: "The other server could not be reached until the time was up.",
    Reason.CONTENT: "It looked like spam or carried something unwanted. Look at the mail, not at the address.",
    Reason.BLOCKED: "The receiver doesn’t want mail from your server just now: a block list, your reputation, or too much at a time.",
    Reason.POLICY: "A rule of the receiver’s forbids it.",
    Reason.AUTH: "SPF, DKIM, DMARC or encryption failed. Look at your domain’s records.",
    Reason.TOO_LARGE: "The mail is larger than the mailbox or its server takes.",
    Reason.SERVER: "The receiving server is broken, full or closed.",
    Reason.UNKNOWN: "Nobody said why.",
}
_PROVIDERS = {
    "Gmail": "gmail.com googlemail.com",
    "Outlook": "outlook.com hotmail.com live.com msn.com outlook.de outlook.fr hotmail.de hotmail.fr hotmail.co.uk live.fr",
    "Yahoo": "yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.co.jp ymail.com aol.com rocketmail.com",
    "Apple": "icloud.com me.com mac.com",
    "GMX & WEB.DE": "gmx.de gmx.net gmx.at gmx.ch gmx.com web.de",
    "Telekom": "t-online.de magenta.de",
    "Orange": "orange.fr wanadoo.fr",
    "Proton": "proton.me protonmail.com pm.me",
    "Yandex": "yandex.ru yandex.com ya.ru",
    "VK": "mail.ru bk.ru list.ru inbox.ru",
}
_BY_DOMAIN = {domain: name for name, domains in _PROVIDERS.items() for domain in domains.split()}


def provider_of(domain: str) -> str:
    """Who runs the mailboxes of the domain, "" where its name doesn't say it."""
    return _BY_DOMAIN.get(domain, "")
