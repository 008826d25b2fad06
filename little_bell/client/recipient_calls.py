"""Calls about recipients, once for both clients: segments of them, and one's data. Names and arguments are Database's."""

from typing import Any

from little_bell.client.call import Advance, Call, Download, File, Pages, Row, row, rows
from little_bell.domain.exports import export_words
from little_bell.domain.segments import segment_of

RECIPIENTS = "/api/recipients"


def get_recipients(limit: int | None = None, *, sort: str = "address", **segment: Any) -> Pages:
    """Everybody mail went to, one row an address, or a segment of them; all where no limit is given. Raises Invalid."""
    return Pages(RECIPIENTS, {**_query(segment), "sort": sort}, limit)


def iterate_recipients(*, sort: str = "address", **segment: Any) -> Pages:
    """The same one by one, in constant memory."""
    return get_recipients(sort=sort, **segment)


def count_recipients(**segment: Any) -> Call[int]:
    """How many are in a segment; several conditions that many fit take a second or two for a million. Raises Invalid."""
    return Call("GET", f"{RECIPIENTS}/count", _count, {**_query(segment), "whole": "true"})


def get_segments() -> Call[list[Row]]:
    """The segments that everybody asks for, each with its `name`, its `query`, and how many are in it: `human` and `all`."""
    return Call("GET", f"{RECIPIENTS}/segments", _segments)


def export_recipients(output_path: File, format: str = "csv", advance: Advance | None = None, **segment: Any) -> Download:
    """Write a segment to a file (csv, jsonl, xlsx, parquet), which stands there whole or not at all. Raises Invalid, OSError.

    `advance` is told how many bytes each step wrote.
    """
    export_words("messages", format)
    return Download(f"{RECIPIENTS}/file", {**_query(segment), "format": format}, output_path, advance)


def export_recipient(recipient: str) -> Call[Row]:
    """Everything that is stored of one recipient: `messages` with their events, and `receipts` as they came. Raises NotFound."""
    return Call("GET", f"{RECIPIENTS}/export", row, {"recipient": recipient})


def erase_recipient(recipient: str) -> Call[int]:
    """Forget one recipient, while every counter stays as it is; how many messages went to them. Raises NotFound."""
    return Call("POST", f"{RECIPIENTS}/erase", _erased, body={"recipient": recipient})


def _query(segment: dict[str, Any]) -> dict[str, Any]:
    segment_of(**segment)
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in segment.items() if value not in (None, "")}


def _count(content: Any) -> int:
    return int(content["recipients"])


def _segments(content: Any) -> list[Row]:
    return rows(content["segments"])


def _erased(content: Any) -> int:
    return int(content["messages"])
