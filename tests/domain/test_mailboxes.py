"""Who keeps a mailbox, and with what a mail was read."""

import pytest

from little_bell.domain.clients import HIDDEN, ROBOT, UNKNOWN, Client
from little_bell.domain.mailboxes import parse_mailboxes
from little_bell.domain.number_forms import Include, in_form
from little_bell.projector.clients import client_of
from little_bell.projector.lists import read_lists, read_mailboxes

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize(
    ("address", "provider"),
    [
        ("ann@gmail.com", "Gmail"),
        ("Ann@GoogleMail.COM", "Gmail"),
        ("bob@hotmail.co.uk", "Outlook.com"),
        ("carl@web.de", "WEB.DE"),
        ("dora@company.example", "other"),
        ("(erased)", "other"),
    ],
)
def test_a_mailbox_is_known_by_its_domain(address: str, provider: str) -> None:
    assert read_mailboxes().of(address) == provider


def test_a_companys_mailbox_is_known_by_the_mail_server_the_operator_found() -> None:
    lists = "Gmail: gmail.com\nGoogle Workspace: mx:google.com"
    found = parse_mailboxes(lists, "company.example aspmx.l.google.com.\nelse.example mx.else.example")
    assert [found.of(f"a@{domain}") for domain in ("company.example", "else.example", "notgoogle.com")] == [
        "Google Workspace", "other", "other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("providers", "servers"), [("Gmail gmail.com", ""), (f"{'x' * 33}: x.com", ""), ("Gmail: gmail.com", "alone.example")]
)
def test_a_list_that_cannot_be_read_names_its_line(providers: str, servers: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        parse_mailboxes(providers, servers)


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("Mozilla/5.0", Client("Apple Mail (privacy protection)", HIDDEN, HIDDEN)),
        (GMAIL, Client("Gmail", HIDDEN, HIDDEN)),
        (CHROME, Client("Chrome", "Windows", "computer")),
        (IPAD, Client("Apple Mail or an iOS app", "iOS", "tablet")),
        (PIXEL, Client("Chrome", "Android", "phone")),
        ("Outlook-iOS/2.0", Client("Outlook", "iOS", "phone")),
        ("curl/8.0", ROBOT),
        ("Mail/1.0", Client(UNKNOWN, UNKNOWN, UNKNOWN)),
    ],
)
def test_an_agent_says_what_its_reader_holds_in_their_hand_or_that_a_proxy_hides_it(agent: str, client: Client) -> None:
    assert client_of(agent, read_lists().agents) == client


def test_an_answer_keeps_one_form_of_each_number_that_has_two() -> None:
    told = {
        "opens": 3,
        "human_opens": 2,
        "unique_human_clicks": 1,
        "unique_clicks": 4,
        "sent": 9,
        "rows": [{"opened": 1, "human_opened": 0}],
    }
    assert in_form(told, Include.HUMAN) == {"human_opens": 2, "unique_human_clicks": 1, "sent": 9, "rows": [{"human_opened": 0}]}
    assert in_form(told, Include.ALL) == {"opens": 3, "unique_clicks": 4, "sent": 9, "rows": [{"opened": 1}]}
    assert in_form(told, None) == told
