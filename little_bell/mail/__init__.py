"""Mail: what mail systems send back (delivery reports, feedback reports, free text), and what goes out, instrumented."""

from little_bell.mail.reading import Kind, Reading, read
from little_bell.mail.reports import Report

__all__ = ["Kind", "Reading", "Report", "read"]
