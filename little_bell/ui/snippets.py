"""What a sender pastes into mail and code, with this installation's own addresses."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from little_bell.domain.links import Addresses


@dataclass(frozen=True, slots=True)
class Snippets:
    """For one campaign; {{token}} is what the sender's template fills in."""

    pixel: str = ""
    register: str = ""
    link: str = ""


def snippets(addresses: Addresses, campaign_id: int) -> Snippets:
    """The pixel for a template, and the two calls that register a message and sign a link."""
    pixel = addresses.pixel_html("{{token}}")
    parts = urlsplit(addresses.pixel_url("x"))
    base = f"{parts.scheme}://{parts.netloc}"
    register = (
        f"curl -X POST {base}/api/messages \\\n"
        '  -H "Authorization: Bearer $LITTLE_BELL_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"""  -d '{{"campaign_id": {campaign_id}, "recipient_email": "reader@example.org"}}'"""
    )
    link = (
        f"curl -X POST {base}/api/messages/MESSAGE_ID/links \\\n"
        '  -H "Authorization: Bearer $LITTLE_BELL_KEY" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        """  -d '{"url": "https://example.org/offer"}'"""
    )
    return Snippets(pixel, register, link)
