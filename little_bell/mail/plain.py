"""URLs in a mail's text part, each without the punctuation of the sentence around it."""

import re

from little_bell.mail.html import Place

_URL = re.compile(r'(?<![a-z0-9+.-])https?://[^\s<>"“”„«»]+', re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_PUNCTUATION = frozenset(".,;:!?'’*…。，、！？；：）」』")
#: Where one of these follows, the URL goes on in a placeholder.
_GOES_ON = ("<%", "<?")


def scan_text(text: str) -> list[Place]:
    """The http and https URLs in their order."""
    places = []
    for found in _URL.finditer(text):
        url = found[0] if text.startswith(_GOES_ON, found.end()) else _less_punctuation(found[0])
        end = found.start() + len(url)
        places.append(Place(found.start(), end, url + text[end : end + 2] if text.startswith(_GOES_ON, end) else url))
    return places


def _less_punctuation(url: str) -> str:
    while url[-1] in _PUNCTUATION or (url[-1] in _CLOSING and url.count(url[-1]) > url.count(_CLOSING[url[-1]])):
        url = url[:-1]
    return url
