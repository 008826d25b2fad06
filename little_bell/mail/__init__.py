"""What mail systems send back: delivery reports, feedback reports and their free-text forms."""

from little_bell.mail.reading import Kind, Reading, Report, read

__all__ = ["Kind", "Reading", "Report", "read"]
