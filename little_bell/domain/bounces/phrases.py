"""What mail systems say, and what they mean by it. The first line that fits decides, so sure signs stand above vague ones."""

import re

from little_bell.domain.bounces import vocabulary as v
from little_bell.domain.bounces.providers import cause_of_provider_code
from little_bell.domain.bounces.vocabulary import Cause

# fmt: off
#: Lower case, addresses read "@", and " … " stands for anything. Written down from what mail systems are known to answer.
_TABLE: tuple[tuple[Cause, str], ...] = (
    # Google Groups explains itself in every language: there is no such group, or no right to post there.
    (v.SENDER_REFUSED, "groups.google.com"),
    (v.TOO_FAST, """
        unusual rate | daily … quota exceeded | sending limit | sending quota | frequency limit | email quota exceeded | relay limit |
        exceeded permitted limits | message per connection | too many spam | frequency limited
    """),
    (v.REPUTATION, """
        low reputation | poor reputation | bad reputation | senderscore | block for spam | ip address is black | bounce attack |
        a problem occurred. ask your postmaster | your access to
    """),
    (v.SPAM, """
        spam classification | detected as spam | considered spam | looks like spam | spam message | unsolicited mail | is spam |
        blacklisted url | blacklisted link | spam content | spam or virus | as spam | behaviour spam | content denied |
        suspicious due to the nature | spam firewall | bulk email filter | message discarded
    """),
    (v.SENDER_REFUSED, """
        sender address rejected | sender rejected | sender denied | sender address @
    """),
    (v.BLOCKED, """
        spamhaus | spamcop | blocked using | dnsbl | helo command rejected | barracudacentral | spam ip | spam source | aup# |
        open relay | spams from your ip
    """),
    (v.TAKES_NO_MAIL, """
        null mx | nullmx | no mx record | domain … doesn't receive email | no smtp service | no host found for existing |
        domain does not accept mail | not accept any mail
    """),
    (v.UNREACHABLE, """
        dns error | host not found, try again | name service error … try again | malformed or unexpected name server
    """),
    (v.FULL, """
        mailbox full | mailbox is full | mail box full | mail box is full | over quota | overquota | over the quota | over his quota |
        over its quota | quota exceeded | exceeded … quota | exceeds … quota | exceed … quota | quota violation | quota full |
        disk quota | storage quota | out of storage | insufficient disk space | mailfolder is full | mailfolder is over |
        mailbox size limit | full mailbox | too much mail data | too much mail stored | storage space | account is full | inbox is full |
        mailbox exceeded | mailbox has exceeded | no space left for | maildir over | not enough space | recipient storage full |
        user is over | mbxfull | mailbox … is full | quotaexceeded | mailbox quota | mailbox size exceeded | storage allocation |
        destinataire pleine | boite pleine | boîte … pleine | postal cheia | postvak vol | cuota … excedida | space is not enough |
        casella piena | buzón lleno |
        buzon lleno | postfach voll | caixa cheia | メールボックスが一杯 | 邮箱已满 |
        переполнен
    """),
    (v.TOO_FAST, """
        at a rate that | receiving mail too quickly | sending rate | rate limit | rate-limit | too many messages | throttl | slow down |
        message rate | mail rate | sent too many | unusual rate | hourly limit | daily limit | exceeded the maximum number of messages |
        excessive rate | too fast
    """),
    (v.TOO_MANY, """
        too many connections | too many concurrent | thread limit | too many recipients | connection limit | too many sessions |
        concurrent connections |
        connection rate | max connections | maximum number of recipients | many sessions | excessive unknown recipients
    """),
    (v.NO_REVERSE_NAME, """
        ptr record | reverse dns | rdns | reverse lookup | no ptr | without a valid sender domain | cannot find your reverse |
        cannot resolve your address | cannot find your hostname | ip name lookup failed | fcrdns | missing reverse | mismatches client ip
    """),
    (v.NOT_AUTHENTICATED, """
        dmarc policy | dmarc fail | dmarc check | failed dmarc | dmarc reject | spf check | spf fail | spf validation | spf record |
        spf lookup | sender policy framework | openspf | not permitted by spf | spf: fail | violates spf | dkim fail | dkim signature |
        dkim verif | unauthenticated | not authenticated | fails to pass authentication | authentication checks | authentication fail |
        authentication required | is not allowed to send mail | auth failed | not designated as permitted | authentication unsuccessful |
        cannot authenticate | dmarc sender
    """),
    (v.NO_TLS, """
        security features | starttls | tls required | tls negotiation | requires tls | cannot start tls | certificate verif | mta-sts |
        tlsa | server certificate | tls handshake | tls is required | certificate not | tls was not offered | certificate | dnssec
    """),
    (v.NOT_STANDARD, """
        not rfc | rfc 5322 | rfc 2822 | rfc5322 | rfc2822 | rfc 5321 | rfc 822 compliant | addresses in from: | rfc compliant | bare lf |
        bare linefeed | headers are not accepted | duplicate header | non-compliant | invalid message header | missing required header
    """),
    (v.VIRUS, """
        virus | malware | infected | phishing | trojan | worm detected
    """),
    (v.POLICY, """
        its content presents a potential | security issue | attachment type | blocked extension | attachments are not | banned file |
        file type is not allowed | disallowed attachment | executable | delivery not authorized | policy reasons | policy violation |
        violates our policy | against policy | local policy | denied by policy | rejected by policy | because of policy | site policy |
        administrative policy | policy restriction | address is restricted | delivery … is restricted | violation of policy |
        company policy | policy reject | banned content | administrative prohibition | policy that prohibit | due to policy |
        policies … reject
    """),
    (v.SECURITY, """
        integrity failure | cryptographic | security status | required authentication level | security policy |
        sending domain … authentication requirements | security policies | anti-spoofing | authentication level
    """),
    (v.NO_SUCH_HOST, """
        domain not found | host not found | domain does not exist | unable to route | no such domain | no such host | unknown host |
        host unknown | unknown domain | domain is not reachable | unrouteable mail domain | unroutable mail domain | illegal host |
        invalid domain | bad destination host | domain … couldn't be found | domain name not found | unrouteable address |
        unroutable address | all relevant mx records point to non-existent | account or domain may not exist |
        host or domain name not found | couldn't find any host | non-existent domain | name or service not known |
        recipient domain must exist | no matches to nameserver query | host/domain name | does not exist on the internet |
        unresolvable domain | dns name not found | no mail server for | bad destination system address | domain must resolve |
        domain doesn't exist | address unresolvable | all host address lookups failed | couldn't find a mail exchanger |
        nodename nor servname | no route found to domain | domain is invalid | unable to route to domain | mx host not found |
        host name is unknown | find the recipient domain | nonexistentdomain | nonexistent domain
    """),
    (v.SENDER_REFUSED, """
        sender address rejected | sender rejected | sender denied | sender verif | sender unknown | unknown sender | invalid sender |
        sender blocked | sender is blocked | sender domain | sender's address | bad sender | rejected sender | backscatter | badmailfrom |
        sender refused | envelope sender | sender not allowed | sender address is | verify your sender | callout | mail from domain |
        from address | mail from @ | all recipient addresses rejected | may not exist, or you may not have permission |
        not … permission to post | bounce verification | sender is not | domain of sender | you are not allowed to post |
        sending to/from an address | not permitted to send | sender address @ | rejected by recipients | allowed-senders | invalid dns
    """),
    (v.MOVED, """
        has moved | mailbox moved | no forwarding address | no longer at this address | address has changed | user moved
    """),
    (v.DISABLED, """
        account … disabled | account is temporarily limited | mailbox … disabled | user … disabled | recipient … disabled |
        account … suspended | mailbox … suspended | user … suspended | recipient … suspended | account inactive | account is inactive |
        account not active | mailbox inactive | inactive user | mailbox is inactive | account … locked | mailbox … locked |
        mailbox is frozen | mailbox frozen | account expired | deactivated | reach is inactive | user is inactive | not active |
        account has expired | discontinued | account has been closed | account closed | mailbox … inactive |
        email account that you tried to reach is disabled | no longer active | no longer in use | is suspended | has been suspended |
        account not available
    """),
    (v.REFUSED_BY_RECIPIENT, """
        message filtered | recipient preferences | user preferences | refused by recipient | due to extended inactivity |
        not authorized to send to | not allowed to send to | requires that all senders | recipient has blocked |
        doesn't accept messages from | isn't accepting messages | only accepts messages from | rejected your message to |
        user refuses to receive | because the recipient is only accepting | email preferences of the person | receiver's filter |
        the user rejects | mailbox currently not accepting | recipient refused | does not wish to receive | cannot route mail to user |
        not accepting messages from | does not accept mail from
    """),
    (v.NO_SUCH_USER, """
        user unknown | unknown user | no such user | user not found | user doesn't exist | user does not exist | unknown recipient |
        recipient unknown | recipient not found | recipientnotfound | recipnotfound | recipient address does not exist |
        no such recipient | invalid recipient | recipient name is not recognized | no such mailbox | no mailbox here | mailbox not found |
        mailbox does not exist | mailbox doesn't exist | mailbox unavailable | mailbox not available | invalid mailbox | unknown mailbox |
        bad destination mailbox | no such address | invalid address | address does not exist | address doesn't exist | address unknown |
        unknown address | address not found | address couldn't be found | account that you tried to reach does not exist |
        account does not exist | account doesn't exist | account not found | unknown account | no such account |
        doesn't have a … account | does not have a … account | unknown local | local user unknown | not a known user | user not known |
        not our customer | undeliverable address | illegal user | invalid user | delivery userid | no such person | unknown or illegal |
        adresse … invalide | destinataire invalide | utilisateur inconnu | n'existe pas | no existe | not listed in |
        not in our directory | name not recognized | is not a valid mailbox | wasn't found at the destination domain |
        email address … couldn't be found | no user by that name | not a valid recipient | recipient does not exist | user not exist |
        no account by that name | no valid recipients | is not known | not a local address | mailbox name not allowed |
        rejected: access denied | email address you entered | check if address is correct | wrong or no longer valid | unknown alias |
        no such local user | not listed | unbekannter empf | user terminated | unknown in virtual | dosn't exist | no user | nonexistent |
        non-existent | isn't in our directory | address invalid | addressee unknown | does not exist here | possibly incorrect |
        unknown person | recipient is invalid | unable to find user | recipient address rejected: unknown | local mailbox … unavailable |
        mail address is not valid | not valid mail | email address is invalid | user … not found | not a registered | no longer valid |
        verification failed for | recipient verification failed | validrcptto |
        non esiste | utente sconosciuto | desconocid | desconhecid | onbekend | inexistent | не найден | не существует | 不存在 | 宛先不明 |
        name … not found | no longer exists | no longer available | recipient does not appear | nobody here | no longer on server |
        not our user | could not find | mailbox is unavailable | user is unknown | recipient not exist | isn't a valid |
        recipient's e-mail address was not found | no recipients | invalid local | adresse inconnue | destinataire inconnu |
        utente sconosciuto | utente non trovato | usuario desconocido | usuário desconhecido | empfänger unbekannt | nie istnieje |
        не существует | не найден | 宛先不明 | 存在しません | 不存在
    """),
    (v.SPAM, """
        spam | junk | message content rejected | content rejected | unsolicited | bulk mail | uribl | surbl | blacklisted url |
        blacklisted link | looks like | ube, | content filter | suspicious content | inappropriate content | message refused by |
        rejected due to content | rule imposed mailbox access | blocked content | considered unwanted | local scanning code |
        classified as
    """),
    (v.FORM, """
        media not supported | media error | content-type | message content is | mime type | mime error | mime part | malformed message |
        improper header | invalid characters | conversion | 8bit | content not accepted | data format error | charset | is malformed
    """),
    (v.REPUTATION, """
        reputation | unexpected volume or user complaints | senderbase | poor sender | low score
    """),
    (v.NO_RELAYING, """
        relay access denied | relaying denied | relay denied | no relaying | relay not permitted | not permitted to relay | relaying not |
        unable to relay | relay operation | rcpthosts | relaying is | cannot relay | to relay | relay prohibited | we do not relay |
        relaying prohibited | for relay | local user only
    """),
    (v.BLOCKED, """
        blacklist | blocklist | block list | black list | blocked | denylist | dnsbl | rbl | spamhaus | spamcop | barracudacentral |
        sorbs | not accepting connections | invalid ip for sending | banned | access denied | access not allowed | service refused |
        service refuse | bad dns | connection refused by | client host rejected | helo command rejected | refused to talk | greylist |
        graylist | temporarily deferred | your ip | ip address | your host | not allowed to connect | denied access |
        permission denied … sender | forbidden | connections from | your network | mail server is listed | rejected your connection |
        bad reputation | abuse | too many errors | go away | daily relay quota | no thanks | not welcome | error: too many |
        hostname rejected | suspicious | rejecting | connection denied | not authorized to send | connection rejected |
        connection refused from | rejected for | not in whitelist | sending denied
    """),
    (v.TOO_BIG, """
        message size exceeds | size limit | message length exceeds | message too large | message too big | too large | message size |
        exceeded maximum incoming | larger than | maximum message size | exceeds size | size exceeds | message exceeds | exceeds maximum |
        exceeds the maximum | data size | email size | exceed mailsize | exceeded mailsize | line limit | line too long | file too big |
        too big
    """),
    (v.UNREACHABLE, """
        congestion | bad connection | hop count | routing loop | mail loop | loops back | too many hops | loop detected |
        message looping | looping | name service error | dns error | network error | network is unreachable | network unreachable |
        no route to host | connection refused | host is unreachable | wasn't able to establish an smtp connection | lookup failure |
        dns lookup | host unreachable | host lookup did not complete | name server | couldn't reach | mx points to |
        mail exchanger failed | temporary resolution | too many mail loops | hops exceeded | received headers | connection was dropped |
        connection reset | connection lost | lost connection | maximum hop | detected a loop | mail for … loops |
        conversation with … timed out | try again … dns | host name lookup failure | servfail | connection closed | can't connect |
        cannot connect | forwarding loop | lookup failed | connection died | no route | broken pipe | dns query failed | dns server |
        connection dropped | exceeded … hops | lowest numbered mx
    """),
    (v.TIMED_OUT, """
        timed out | timeout | timed-out | time out | retry time | envelope expired | message expired | queue too long | in the queue |
        has been delayed | still undelivered | still being retried | not responding | delivery time expired | for the last |
        not delivered within | could not be delivered for | too old | has been expired | destination computer … queue |
        allowed queue period | retried for | retry | connection expired | not been collected | has expired | delivery expired | delayed |
        due to being unable to connect | 4 days | 5 days | please try again later | unable to connect to remote | server unavailable |
        not accept connection | no answer from host | not reachable | expired | failing for a long time | delivery attempts |
        cannot send message for
    """),
    (v.SYSTEM_FULL, """
        system full | mail system full | no space left on device | insufficient system storage | insufficient system resource | disk full
    """),
    (v.PROGRAM_FAILED, """
        mailer error | procmail | pipe to | command died | local delivery | mailer-program | unknown mailer | maildrop |
        mail delivery agent | error writing | can't create | cannot open | permission denied | cannot open mailbox | x-unix; |
        exited with | exit status
    """),
    (v.SYNTAX, """
        invalid command | syntax error | malformed address | improper sequence | bad sequence | command unrecognized |
        unrecognized command | not implemented | incorrectly constructed | bad address syntax | unqualified address |
        command not recognized | parameters not | angle-brackets nested | domain missing in source | expected word | protocol violation
    """),
    (v.BROKEN, """
        directory server failure | system not accepting | not accepting network messages | internal error | internal system error |
        system error | internal server error | server error | local error | system config | service currently | service unavailable |
        service not available | can't open | cannot be delivered | multiple retries | temporary server error | server busy | i/o error |
        configuration error | unable to process | system problem | out of memory | queue file write | busy | resources temporarily |
        server is down | could not be processed | lmtp error | local problem | transport error | local configuration error |
        several matches found | internal resources | transport unavailable | local delivery failed | try later | out of service |
        under maintenance | ldap server
    """),
    (v.NO_SUCH_USER, """
        recipient address rejected | recipient rejected | address rejected | does not exist | doesn't exist | not found |
        does not like recipient
    """),
)
# fmt: on

_ADDRESS = re.compile(r"<?[^\s<>()\[\]:;,\"@]{1,128}@[^\s<>()\[\]:;,\"@]{1,255}>?")
_CODES = re.compile(r"(?<!\S)[245]\d\d(?:[ \-]+[245]\.\d{1,3}\.\d{1,3})?(?=[\s\-])[\s\-]*")
_HOST_IS_MISSING = re.compile(r"(?:^|\s)(?:[\w\-]+\.)+[a-z]{2,24} (?:does not|doesn't) exist")
#: The paths of help pages ("notspam-support") speak of other things than the server.
_PATH = re.compile(r"(https?://[^\s/]{1,255})/\S*")
_SPACE = re.compile(r"\s+")


def _rule(cause: Cause, text: str) -> tuple[Cause, list[str], list[list[str]]]:
    phrases = [" ".join(phrase.split()) for phrase in text.split("|")]
    return cause, [phrase for phrase in phrases if "…" not in phrase], [phrase.split(" … ") for phrase in phrases if "…" in phrase]


_RULES = [_rule(cause, text) for cause, text in _TABLE]


def cause_of_words(words: str) -> Cause | None:
    """What the words of a mail system mean, None if they are not known."""
    text = plain(words)
    cause = cause_of_provider_code(text)
    if cause is not None:
        return cause
    if _HOST_IS_MISSING.search(text):
        return v.NO_SUCH_HOST
    for cause, phrases, gapped in _RULES:
        for phrase in phrases:
            if phrase in text:
                return cause
        for pieces in gapped:
            if _stand_in_order(pieces, text):
                return cause
    return None


def plain(words: str) -> str:
    """The words as the table writes them: lower case, one space between words, no reply codes, every address "@"."""
    text = _CODES.sub(" ", _ADDRESS.sub(" @ ", _PATH.sub(r"\1", words)))
    return _SPACE.sub(" ", text).lower().replace("’", "'")


def _stand_in_order(pieces: list[str], text: str) -> bool:
    place = 0
    for piece in pieces:
        place = text.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True
