"""Calls about mail that came back, once for both clients. Names and arguments are Database's."""

from little_bell.client.call import Call, Download, File, Pages, Row, nothing, one, row

REPORTS = "/api/reports"
#: The most that the API puts on a page.
MOST = 200


def hand_in_report(mail: bytes) -> Call[None]:
    """A mail that came back, raw: kept as it came, read, and counted for its message. The same mail a second time changes nothing."""
    return Call("POST", "/webhooks/dsn", nothing, body=mail, media_type="message/rfc822")


def get_reports(state: str | None = None, limit: int | None = None) -> Pages:
    """Mail that came back, the newest first: matched, unmatched, ignored or all; all of them where no limit is given."""
    return Pages(REPORTS, {"state": state}, limit, most=MOST)


def iterate_reports(state: str | None = None) -> Pages:
    """The same one by one, in constant memory."""
    return get_reports(state)


def get_report(report_id: int) -> Call[Row]:
    """A report with everything that is read in it. Raises NotFound."""
    return Call("GET", one(REPORTS, report_id), row)


def export_report_to_eml(report_id: int, output_path: File) -> Download:
    """Write the mail as it came to a file, which stands there whole or not at all. Raises NotFound, OSError."""
    return Download(f"{one(REPORTS, report_id)}/raw", {}, output_path)


def review_report(report_id: int, message_id: int | None = None, dismiss: bool = False) -> Call[None]:
    """Say which message a report is about, or that it is nothing; without either it is read once more.

    Raises NotFound, Conflict for a report that was counted already, Invalid where nothing is read in it that could be said of a message.
    """
    return Call("POST", f"{one(REPORTS, report_id)}/review", nothing, body={"message_id": message_id, "dismiss": dismiss})
