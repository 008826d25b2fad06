"""Texts in files that people open in a spreadsheet."""

#: A spreadsheet runs a cell that begins with one of these.
DANGEROUS = frozenset("=+-@\x7f" + "".join(map(chr, range(32))))


def inert(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would run it."""
    return "'" + text if text[:1] in DANGEROUS else text


def plain(cell: str) -> str:
    """What inert() was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in DANGEROUS else cell
