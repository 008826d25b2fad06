"""Code for those who send by themselves. <BASE_URL>, <KEY_PREFIX> and <CAMPAIGN_ID> are filled in."""

#: Registers the message and makes its mail trackable; what sends it comes behind.
PRELUDE = """\
bell = httpx.Client(
    base_url="<BASE_URL>/api",
    headers={"Authorization": f"Bearer {os.environ['LITTLE_BELL_KEY']}"},  # <KEY_PREFIX>…
)


def send(recipient: str, subject: str, html: str) -> int:
    new = {"campaign_id": <CAMPAIGN_ID>, "recipient_email": recipient, "subject": subject}
    message = bell.post("/messages", json=new).raise_for_status().json()
    mail = bell.post(f"/messages/{message['id']}/instrument", json={"html": html}).raise_for_status().json()
"""

#: A mail by SMTP; <SERVER> and <LOGIN> are the way's.
BY_SMTP = """\
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "news@example.com", recipient, subject
    for name, value in mail["headers"].items():  # List-Unsubscribe, Message-ID, our token
        letter[name] = value
<MORE>    letter.set_content(mail["html"], subtype="html")
    with smtplib.SMTP(<SERVER>) as smtp:
<LOGIN>        smtp.send_message(letter, mail["headers"].get("Return-Path"))  # where bounces go, if there is a domain for them
    bell.post(f"/messages/{message['id']}/sent").raise_for_status()
    return message["id"]
"""


def by_smtp(server: str, login: str = "", more: str = "") -> str:
    """Python that sends by SMTP."""
    body = BY_SMTP.replace("<SERVER>", server).replace("<LOGIN>", login).replace("<MORE>", more)
    return f"import os\nimport smtplib\nfrom email.message import EmailMessage\n\nimport httpx\n\n{PRELUDE}{body}"


PYTHON = by_smtp('"localhost", 25')

CURL = """\
# export LITTLE_BELL_KEY=<KEY_PREFIX>…
call() { curl -sSf -H "Authorization: Bearer $LITTLE_BELL_KEY" -H "Content-Type: application/json" "$@"; }

# 1. Register the message: the answer has its id, its token and its pixel.
id=$(call <BASE_URL>/api/messages -d '{"campaign_id": <CAMPAIGN_ID>, "recipient_email": "ann@example.com"}' | jq .id)

# 2. Hand in the mail; send the html and the headers that come back.
call <BASE_URL>/api/messages/$id/instrument -d '{"html": "<p><a href=\\"https://example.com/offer\\">Our offer</a></p>"}'

# 3. Say that it was sent.
call -X POST <BASE_URL>/api/messages/$id/sent
"""

NODE = """\
import nodemailer from "nodemailer";

const transport = nodemailer.createTransport({ host: "localhost", port: 25 });

async function bell(path, body) {
  const answer = await fetch("<BASE_URL>/api" + path, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${process.env.LITTLE_BELL_KEY}`, // <KEY_PREFIX>…
      "Content-Type": "application/json",
    },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

export async function send(recipient, subject, html) {
  const message = await bell("/messages", { campaign_id: <CAMPAIGN_ID>, recipient_email: recipient, subject });
  const mail = await bell(`/messages/${message.id}/instrument`, { html });
  await transport.sendMail({ from: "news@example.com", to: recipient, subject, html: mail.html, headers: mail.headers });
  await bell(`/messages/${message.id}/sent`);
  return message.id;
}
"""

PHP = """\
<?php
use PHPMailer\\PHPMailer\\PHPMailer;

function bell(string $path, ?array $body = null): array {
    $call = curl_init("<BASE_URL>/api" . $path);
    curl_setopt_array($call, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_FAILONERROR => true,
        CURLOPT_POSTFIELDS => $body === null ? "" : json_encode($body),
        CURLOPT_HTTPHEADER => [
            "Authorization: Bearer " . getenv("LITTLE_BELL_KEY"), // <KEY_PREFIX>…
            "Content-Type: application/json",
        ],
    ]);
    $answer = curl_exec($call);
    if ($answer === false) {
        throw new RuntimeException(curl_error($call));
    }
    return json_decode($answer, true);
}

function send(string $recipient, string $subject, string $html): int {
    $new = ["campaign_id" => <CAMPAIGN_ID>, "recipient_email" => $recipient, "subject" => $subject];
    $message = bell("/messages", $new);
    $mail = bell("/messages/{$message['id']}/instrument", ["html" => $html]);
    $letter = new PHPMailer(true);
    $letter->setFrom("news@example.com");
    $letter->addAddress($recipient);
    $letter->Subject = $subject;
    $letter->msgHTML($mail["html"]);
    foreach ($mail["headers"] as $name => $value) {
        $name === "Message-ID" ? $letter->MessageID = $value : $letter->addCustomHeader($name, $value);
    }
    $letter->send();
    bell("/messages/{$message['id']}/sent");
    return $message["id"];
}
"""
