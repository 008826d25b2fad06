"""Code for those who send through a provider, and how our token travels with their mail (docs/providers.md)."""

from little_bell.ui.sending.own import PRELUDE, by_smtp

#: The vendor's own id of the message goes into `sent`, by which its webhooks find the message too.
SENT = """\
    answer.raise_for_status()
    bell.post(f"/messages/{message['id']}/sent", json={"provider_message_id": <ID>}).raise_for_status()
    return message["id"]
"""
#: Headers that an API takes; it makes its own Message-ID.
HEADERS = """\
    headers = {name: value for name, value in mail["headers"].items() if name not in ("Message-ID", "Return-Path")}
"""

# https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
SENDGRID = """\
    body = {
        "personalizations": [{"to": [{"email": recipient}], "headers": headers, "custom_args": {"lb_token": message["tracking_token"]}}],
        "from": {"email": "news@example.com"},
        "subject": subject,
        "content": [{"type": "text/html", "value": mail["html"]}],
        "tracking_settings": {"click_tracking": {"enable": False}, "open_tracking": {"enable": False}},
    }
    answer = httpx.post("https://api.sendgrid.com/v3/mail/send", json=body, headers={"Authorization": "Bearer SG.…"})
"""
# https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
MAILGUN = """\
    data = {"from": "news@example.com", "to": recipient, "subject": subject, "html": mail["html"], "o:tracking": "no"}
    data |= {f"h:{name}": value for name, value in headers.items()} | {"v:lb_token": message["tracking_token"]}
    answer = httpx.post("https://api.mailgun.net/v3/mg.example.com/messages", data=data, auth=("api", "key-…"))
"""
# https://postmarkapp.com/developer/api/email-api
POSTMARK = """\
    body = {
        "From": "news@example.com",
        "To": recipient,
        "Subject": subject,
        "HtmlBody": mail["html"],
        "MessageStream": "broadcast",
        "Headers": [{"Name": name, "Value": value} for name, value in headers.items()],
        "Metadata": {"lb_token": message["tracking_token"]},
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    answer = httpx.post("https://api.postmarkapp.com/email", json=body, headers={"X-Postmark-Server-Token": "…"})
"""
# https://developers.sparkpost.com/api/transmissions/
SPARKPOST = """\
    content = {"from": "news@example.com", "subject": subject, "html": mail["html"], "headers": headers}
    body = {
        "recipients": [{"address": recipient, "metadata": {"lb_token": message["tracking_token"]}}],
        "content": content,
        "options": {"open_tracking": False, "click_tracking": False},
    }
    answer = httpx.post("https://api.sparkpost.com/api/v1/transmissions", json=body, headers={"Authorization": "…"})
"""
# https://developers.brevo.com/reference/sendtransacemail
BREVO = """\
    body = {
        "sender": {"email": "news@example.com"},
        "to": [{"email": recipient}],
        "subject": subject,
        "htmlContent": mail["html"],
        "headers": headers | {"X-Mailin-custom": f"lb_token:{message['tracking_token']}"},
    }
    answer = httpx.post("https://api.brevo.com/v3/smtp/email", json=body, headers={"api-key": "xkeysib-…"})
"""
# https://dev.mailjet.com/email/guides/send-api-v31/
MAILJET = """\
    letter = {
        "From": {"Email": "news@example.com"},
        "To": [{"Email": recipient}],
        "Subject": subject,
        "HTMLPart": mail["html"],
        "Headers": headers,
        "CustomID": message["tracking_token"],
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
    }
    answer = httpx.post("https://api.mailjet.com/v3.1/send", json={"Messages": [letter]}, auth=("…", "…"))
"""
# https://resend.com/docs/api-reference/emails/send-email
RESEND = """\
    body = {
        "from": "news@example.com",
        "to": [recipient],
        "subject": subject,
        "html": mail["html"],
        "headers": headers,
        "tags": [{"name": "lb_token", "value": message["tracking_token"]}],
    }
    answer = httpx.post("https://api.resend.com/emails", json=body, headers={"Authorization": "Bearer re_…"})
"""
# https://mailchimp.com/developer/transactional/api/messages/send-new-message/
MANDRILL = """\
    letter = {
        "from_email": "news@example.com",
        "to": [{"email": recipient}],
        "subject": subject,
        "html": mail["html"],
        "headers": headers,
        "metadata": {"lb_token": message["tracking_token"]},
        "track_opens": False,
        "track_clicks": False,
    }
    answer = httpx.post("https://mandrillapp.com/api/1.0/messages/send.json", json={"key": "…", "message": letter})
"""
# https://docs.postalserver.io/developer/api
POSTAL = """\
    body = {
        "from": "news@example.com",
        "to": [recipient],
        "subject": subject,
        "html_body": mail["html"],
        "headers": mail["headers"],  # the Message-ID too: it holds our token
    }
    answer = httpx.post("https://postal.example.com/api/v1/send/message", json=body, headers={"X-Server-API-Key": "…"})
"""

_CALLS = {
    "sendgrid": (SENDGRID, 'answer.headers["X-Message-Id"]'),
    "mailgun": (MAILGUN, 'answer.json()["id"]'),
    "postmark": (POSTMARK, 'answer.json()["MessageID"]'),
    "sparkpost": (SPARKPOST, 'answer.json()["results"]["id"]'),
    "brevo": (BREVO, 'answer.json()["messageId"]'),
    "mailjet": (MAILJET, 'str(answer.json()["Messages"][0]["To"][0]["MessageID"])'),
    "resend": (RESEND, 'answer.json()["id"]'),
    "mandrill": (MANDRILL, 'answer.json()[0]["_id"]'),
    "postal": (POSTAL, 'answer.json()["data"]["message_id"]'),
}
_LOGIN = '        smtp.starttls()\n        smtp.login("…", "…")\n'
_SES_TAG = """\
    letter["X-SES-CONFIGURATION-SET"] = "little-bell"
    letter["X-SES-MESSAGE-TAGS"] = f"lb_token={message['tracking_token']}"
"""
_SMTP = {
    "ses": by_smtp('"email-smtp.eu-central-1.amazonaws.com", 587', _LOGIN, _SES_TAG),
    "gmail": by_smtp('"smtp.gmail.com", 587', _LOGIN),
    "generic": by_smtp('"localhost", 25'),
}

HINTS = {
    "sendgrid": "Our token travels as the custom argument lb_token. SendGrid’s own tracking is off: ours counts.",
    "ses": "Our token travels as the tag lb_token; the configuration set publishes its events to your SNS topic.",
    "mailgun": "Our token travels as the variable lb_token. Mailgun’s own tracking is off: ours counts.",
    "postmark": "Our token travels as metadata. Postmark’s own tracking is off: ours counts.",
    "sparkpost": "Our token travels as metadata of the recipient. SparkPost’s own tracking is off: ours counts.",
    "brevo": "Our token travels in the header X-Mailin-custom.",
    "mailjet": "Our token travels as CustomID. Mailjet’s own tracking is off: ours counts.",
    "resend": "Our token travels as the tag lb_token. Switch Resend’s own tracking off in the domain’s settings.",
    "mandrill": "Our token travels as metadata. Mandrill’s own tracking is off: ours counts.",
    "gmail": "Our token travels in the Message-ID. What comes back lies in the mailbox: let Little Bell read it there, or hand it in.",
    "postal": "Our token travels in the Message-ID.",
    "generic": "Your own mail server, or a provider that isn’t here: report what it knows as JSON, with the token.",
}


def code(provider: str) -> str:
    """Python that sends through a provider, by its name."""
    if provider in _SMTP:
        return _SMTP[provider]
    call, vendors_id = _CALLS[provider]
    headers = "" if 'mail["headers"]' in call else HEADERS
    return f"import os\n\nimport httpx\n\n{PRELUDE}{headers}{call}{SENT.replace('<ID>', vendors_id)}"
