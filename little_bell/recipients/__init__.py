"""A file of recipients becomes a campaign's messages: every line is checked before the first is registered."""
