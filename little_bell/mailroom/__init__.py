"""Where mail comes in: an SMTP listener for bounce addresses, and a mailbox that is looked into. A process of its own."""
