"""What mail that came back looks like in JSON."""

from typing import Any

from little_bell.mail import Reading, Report, read
from little_bell.queries.reports import ReportRow


def report_row_shape(row: ReportRow) -> dict[str, Any]:
    """A report in a list: what it says in short, and what became of it."""
    reading = read(row.body)
    return {
        "id": row.id,
        "digest": row.external_id,
        "source": row.headers.get("source"),
        "received_at": row.received_at,
        "state": row.state,
        "outcome": row.outcome,
        "kind": str(reading.kind),
        "subject": reading.subject,
        "recipients": [report.recipient for report in reading.reports],
    }


def whole_report_shape(row: ReportRow) -> dict[str, Any]:
    """A report with everything that is read in it."""
    return report_row_shape(row) | {"reading": reading_shape(read(row.body))}


def reading_shape(reading: Reading) -> dict[str, Any]:
    """What a mail that came back says, one entry a recipient."""
    return {
        "kind": str(reading.kind),
        "reports": [_recipient_shape(report) for report in reading.reports],
        "reporting_mta": reading.reporting_mta,
        "feedback_type": reading.feedback_type,
        "message_id": reading.message_id,
        "tokens": list(reading.tokens),
    }


def _recipient_shape(report: Report) -> dict[str, Any]:
    shape = {"recipient": report.recipient, "original_recipient": report.original_recipient, "action": report.action}
    judged = report.judgement
    if judged is None:
        return shape
    return shape | {
        "permanent": judged.permanent,
        "hard": judged.hard,
        "reason": str(judged.reason),
        "status": judged.status,
        "is_status_given": judged.is_status_given,
        "reply_code": judged.reply,
        "diagnostic": report.diagnostic,
        "remote_mta": report.remote_mta,
    }
