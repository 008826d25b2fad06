"""What a person would read of a notice: the text before the mail it returns, and what is left of that mail."""

import html
import re

from little_bell.mail.mime import Part

_BLOCKS = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"), ("<head>", "</head>"))
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table|hr)\b[^<>]{0,300}>", re.IGNORECASE)
_TAG = re.compile(r"<(?:/?[A-Za-z]|!)[^<>]{0,1000}>")
_ADDRESS_IN_ANGLES = re.compile(r"<([^<>\s]{1,64}@[^<>\s]{1,255})>")

#: How mail systems announce the mail that they return.
_RETURNED = re.compile(
    r"^[^\n\w]{0,8}(?:"
    r"(?:below|beneath) (?:this line )?is a copy of|(?:here|this|following|enclosed|attached|attachment) is a copy of|"
    r"-{2,}[^\n]{0,20}(?:original|returned|forwarded|unsent) (?:mail|message)|"
    r"original (?:mail|message)(?: headers?| follows| details)?[ .:\-]*$|(?:the )?(?:header|text) of the original message|"
    r"message headers?(?: follow| follows)?[ .:\-]*$|"
    r"(?:your )?(?:original )?message (?:follows|reads)|a copy of the (?:original )?message|the first \d+ lines of your original|"
    r"start of returned message|body of message was|mensaje original|copia del mensaje|[ -]*returned (?:mail|message)[ -]*$|"
    r"a summary of the undelivered message|unsent message follows|begin message|text of message follows|"
    r"rejected message|your message (?:is|was) (?:attached|returned)|original mail info"
    r")[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
#: Header lines of a mail at the margin: three in a row, or one that only mail in transit has.
_HEADERS = re.compile(
    r"^(?:Received: ?(?:from|by|\()|Return-Path: ?<|DKIM-Signature: |(?:(?:From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-Type"
    r"|Content-Transfer-Encoding|Reply-To|Sender|Errors-To|X-[\w\-]+|List-[\w\-]+): ?[^\n]*\n(?:[ \t]+[^\n]*\n){0,9}){4})",
    re.IGNORECASE | re.MULTILINE,
)


def readable(part: Part) -> str:
    """A part's text; of HTML, what would be seen."""
    text = part.text()
    if part.kind == "text/html" or (part.kind == "text/plain" and "<html" in text[:1_000].lower()):
        return from_html(text)
    return text


def from_html(text: str) -> str:
    """Lines as a browser would break them, without tags."""
    for start, end in _BLOCKS:
        text = _without(text, start, end)
    if _LINE_TAG.search(text):
        text = text.replace("\n", " ")
    text = _LINE_TAG.sub("\n", _ADDRESS_IN_ANGLES.sub(r"&lt;\1&gt;", text))
    return html.unescape(_TAG.sub("", text)).replace("\xa0", " ")


def _without(text: str, start: str, end: str) -> str:
    """The text without what stands between two tags, found in one pass: a pattern would try every start against every end."""
    lowered, kept, place = text.lower(), [], 0
    if len(lowered) != len(text):  # some letters grow when lowered
        return text
    while (opened := lowered.find(start, place)) >= 0 and (closed := lowered.find(end, opened)) >= 0:
        kept.append(text[place:opened])
        place = closed + len(end)
    return " ".join([*kept, text[place:]])


def split_returned(text: str, *, is_first: bool = True) -> tuple[str, str]:
    """The notice itself, and the mail returned in its text (or ""). Any text but the first may be that mail alone."""
    found = [match.start() for match in (_RETURNED.search(text), _HEADERS.search(text)) if match]
    cut = min((place for place in found if not is_first or text[:place].strip()), default=len(text))
    return text[:cut], text[cut:]
