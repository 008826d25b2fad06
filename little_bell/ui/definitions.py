"""What each number means and by which policy it is counted, in words: shown wherever the number is."""

PEOPLE = (
    "People only: an image that a mailbox provider fetched while somebody read counts; what privacy proxies, scanners and robots fetch "
    "by themselves doesn’t. A click counts as an open too."
)
EVERYBODY = "All that were recorded, machines too. Requests without a valid signature are in no number."
OUTSIDE = "Test messages, suppressed and rejected ones are in no number here."
POLICIES = {
    "sent": f"Handed to a mail server. An open, a click, a delivery or a final failure implies it. {OUTSIDE}",
    "delivered": "Sent, and reported as delivered, opened or clicked; or at least never reported as finally failed.",
    "human_open_rate": f"Messages that a person opened, of those delivered. {PEOPLE}",
    "open_rate": f"Messages that were opened, of those delivered. {EVERYBODY}",
    "human_click_rate": f"Messages in which a person clicked, of those delivered. {PEOPLE}",
    "click_rate": f"Messages in which a link was followed, of those delivered. {EVERYBODY}",
    "human_click_to_open_rate": f"Of the messages that a person opened, those in which a person clicked. {PEOPLE}",
    "click_to_open_rate": f"Of the messages that were opened, those in which a link was followed. {EVERYBODY}",
    "bounce_rate": "Messages that finally failed, for good or for now, of those sent. Those that are still tried are not among them.",
    "complaint_rate": "Messages whose reader called them spam, of those delivered; as far as mailbox providers tell.",
    "unsubscribe_rate": "Messages whose reader unsubscribed, of those delivered.",
    "by": f"People: {PEOPLE} With machines: {EVERYBODY}",
}


def policy(name: str) -> str:
    """What the number is and how it is counted."""
    return POLICIES[name]
