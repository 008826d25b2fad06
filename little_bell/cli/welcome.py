"""What the first start prints, once: where it is, how to get in, and what to try."""

from little_bell.first_run import Credentials


def welcome(base_url: str, made: Credentials) -> str:
    """The text, ready to be pasted from."""
    facts = {"Address": base_url, "Sign in as": made.email, "Password": made.password, "API key": made.api_key}
    lines = [f"  {name:<12}{value}" for name, value in facts.items() if value]
    return "\n".join(
        ["", "Little Bell is ready for its first start. Keep these, they are shown only now:", "", *lines, *_to_try(base_url, made), ""]
    )


def _to_try(base_url: str, made: Credentials) -> list[str]:
    if not made.api_key:
        return []
    post = f"  curl -H 'Authorization: Bearer {made.api_key}' -H 'Content-Type: application/json'"
    return [
        "",
        "Try it: make a campaign and a message, open the pixel_url that comes back, and look at the campaign's page.",
        "",
        f"""{post} {base_url}/api/campaigns -d '{{"name": "Newsletter"}}'""",
        f"""{post} {base_url}/api/messages -d '{{"campaign_id": 1, "recipient_email": "reader@example.com"}}'""",
    ]
