"""Calls about addresses that get no more mail, once for both clients. Names and arguments are Database's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from little_bell.client.call import Call, Download, File, Pages, Row, Time, nothing, row
from little_bell.client.calls import SUPPRESSIONS


def get_suppressions(search: str = "", reason: str | None = None, limit: int | None = None) -> Pages:
    """Suppressed addresses, the newest first; all of them where no limit is given. `search` is any part of an address."""
    return Pages(SUPPRESSIONS, {"search": search, "reason": reason}, limit)


def iterate_suppressions(search: str = "", reason: str | None = None) -> Pages:
    """The same one by one, in constant memory."""
    return get_suppressions(search, reason)


def add_suppression(address: str, reason: str = "manual", note: str = "", expires_at: Time = None) -> Call[None]:
    """It gets no more mail, for good or until a time. Reasons: complaint, unsubscribe, hard_bounce, manual, soft_bounces."""
    body = {"address": address, "reason": reason, "note": note, "expires_at": expires_at}
    return Call("POST", SUPPRESSIONS, nothing, body=body)


def add_suppressions(suppressions: Sequence[Mapping[str, Any]]) -> Call[int]:
    """Up to 10,000, all or none, each with the fields of add_suppression(); how many there were."""
    return Call("POST", f"{SUPPRESSIONS}/batch", _added, body={"suppressions": list(suppressions)})


def remove_suppression(address: str) -> Call[None]:
    """It may get mail again, whatever was said against it; what happens from now on counts anew."""
    return Call("DELETE", SUPPRESSIONS, nothing, {"address": address})


def check_suppressions(addresses: Sequence[str]) -> Call[list[Row]]:
    """{"address", "suppressed", "reason"} of each of up to 10,000 addresses, in the order given."""
    return Call("POST", f"{SUPPRESSIONS}/check", _results, body={"addresses": list(addresses)})


def import_suppressions_from_csv(input_path: File) -> Call[Row]:
    """Suppress what a file names (columns address, reason, suppressed_at, expires_at, note). Raises OSError.

    {"added", "refused", "refusals": [{"line", "text", "reason"}, …]}: bad lines are told, the others are taken.
    """
    return Call("POST", f"{SUPPRESSIONS}/import", row, body=Path(input_path).read_bytes(), media_type="text/csv")


def export_suppressions_to_csv(output_path: File, search: str = "", reason: str | None = None) -> Download:
    """Write the list to a file, which stands there whole or not at all. Raises OSError."""
    return Download(f"{SUPPRESSIONS}/export", {"search": search, "reason": reason}, output_path)


def get_suppression_rules() -> Call[Row]:
    """By what rules addresses are suppressed by themselves."""
    return Call("GET", f"{SUPPRESSIONS}/rules", row)


def set_suppression_rules(**rules: Any) -> Call[Row]:
    """Change these from now on: on_hard_bounce, on_complaint, soft_bounces, soft_of, soft_days (None: for good)."""
    return Call("PATCH", f"{SUPPRESSIONS}/rules", row, body=rules)


def _added(content: Any) -> int:
    return int(content["added"])


def _results(content: Any) -> list[Row]:
    return list(content["results"])
