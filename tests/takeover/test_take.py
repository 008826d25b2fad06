"""Databases of the older systems, taken over: mail already sent goes on counting, and every counter equals a rebuild."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from little_bell.config import Settings
from little_bell.domain.errors import Conflict, Malformed, NotFound
from little_bell.installation import Installation
from little_bell.instance import journals_of
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit
from little_bell.models.tables import campaigns, message_events, messages, tenants
from little_bell.projector.projector import Projector
from little_bell.projector.recount import recount
from little_bell.queries.redirects import readers_tenants, tenant_that_may_redirect
from little_bell.takeover import old as old_module
from little_bell.takeover.take import take_over

CAMPAIGNS = """
CREATE TABLE campaigns (id INTEGER PRIMARY KEY, name TEXT, template_id TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE messages (id INTEGER PRIMARY KEY, campaign_id INTEGER, template_id TEXT, recipient_email TEXT, tracking_token TEXT UNIQUE,
    status TEXT, queued_at TIMESTAMP, sent_at TIMESTAMP, opened_at TIMESTAMP, clicked_at TIMESTAMP, bounced_at TIMESTAMP,
    bounce_reason TEXT, bounce_type TEXT, error_message TEXT, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE message_events (id INTEGER PRIMARY KEY, message_id INTEGER, event_type TEXT, event_data TEXT, created_at TIMESTAMP);
CREATE TABLE link_clicks (id INTEGER PRIMARY KEY, message_id INTEGER, link_url TEXT, clicked_at TIMESTAMP);
CREATE TABLE bounces (id INTEGER PRIMARY KEY, message_id INTEGER, bounce_type TEXT, bounce_subtype TEXT, diagnostic_code TEXT,
    created_at TIMESTAMP);
INSERT INTO campaigns VALUES (5, 'Spring', 'tpl', '2024-03-01 09:00:00', '2024-03-01 09:00:00'), (9, '', NULL, '2024-03-02 09:00:00', NULL);
INSERT INTO messages VALUES
  (1, 5, 'tpl', 'ann@example.com', '0b6f2f2e-8f0e-4a34-9a3e-000000000001', 'clicked', '2024-03-01 09:00:00', '2024-03-01 09:05:00',
   '2024-03-01 10:00:00', '2024-03-01 10:01:00', NULL, NULL, NULL, NULL, '2024-03-01 09:00:00', NULL),
  (2, 5, 'tpl', 'bob@example.com', 'short', 'bounced', '2024-03-01 09:00:00', '2024-03-01 09:05:00', NULL, NULL,
   '2024-03-01 09:06:00', '550 5.1.1 User unknown', 'permanent', NULL, '2024-03-01 09:20:00', NULL),
  (3, 9, NULL, 'eve@example.com', 'with:colon+plus', 'opened', '2024-03-02 09:00:00', '2024-03-02 09:05:00', '2024-03-02 11:00:00',
   NULL, NULL, NULL, NULL, 'slow', '2024-03-02 09:00:00', NULL),
  (4, 5, NULL, 'gif@example.com', 'ends-in.gif', 'queued', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-03-01 09:00:00', NULL),
  (6, 77, NULL, 'lost@example.com', 'lost-campaign', 'queued', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO message_events (message_id, event_type, event_data, created_at) VALUES
  (1, 'queued', NULL, '2024-03-01 09:00:00'), (1, 'sent', NULL, '2024-03-01 09:05:00'), (1, 'opened', NULL, '2024-03-01 10:00:00'),
  (1, 'opened', '{"user_agent": "Thunderbird", "ip_address": "203.0.113.9"}', '2024-03-01 12:00:00'),
  (1, 'clicked', 'https://shop.example.com/a', '2024-03-01 10:01:00'), (1, 'danced', NULL, '2024-03-01 10:01:00'),
  (1, 'opened', NULL, 'yesterday'), (2, 'bounced', '550 5.1.1 User unknown', '2024-03-01 09:06:00');
INSERT INTO link_clicks (message_id, link_url, clicked_at) VALUES
  (1, 'https://shop.example.com/a', '2024-03-01 10:01:00'), (1, 'javascript:alert(1)', '2024-03-01 10:02:00');
INSERT INTO bounces (message_id, bounce_type, bounce_subtype, diagnostic_code, created_at) VALUES
  (2, 'permanent', 'general', '550 5.1.1 User unknown', '2024-03-01 09:06:00');
"""
TENANTS = """
CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT, created_at TEXT);
CREATE TABLE emails (id INTEGER PRIMARY KEY, tenant_id TEXT, subject TEXT, recipient TEXT, created_at TEXT);
CREATE TABLE events (id INTEGER PRIMARY KEY, tenant_id TEXT, email_id INTEGER, event_type TEXT, ip_address TEXT,
    user_agent TEXT, url TEXT, created_at TEXT);
INSERT INTO tenants VALUES ('company_a', 'A', '2024-01-01'), ('company_b', 'B', '2024-01-01'), ('api', 'C', '2024-01-01');
INSERT INTO emails VALUES (1, 'company_a', 'Hi', 'ann@example.com', '2024-03-01T09:00:00Z'),
  (2, 'company_b', NULL, NULL, '2024-03-01T09:00:00Z'),
  (7, 'company_a', 'Ho', NULL, '2024-03-02T09:00:00Z'), (8, 'api', 'No', NULL, '2024-03-02T09:00:00Z');
INSERT INTO events (tenant_id, email_id, event_type, ip_address, user_agent, url, created_at) VALUES
  ('company_a', 1, 'open', '203.0.113.9', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0', NULL,
   '2024-03-01T10:00:00Z'),
  ('company_a', 1, 'click', '203.0.113.9', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
   'https://a.example.com/x', '2024-03-01T10:05:00Z'),
  ('company_b', 2, 'open', NULL, NULL, NULL, '2024-03-01T10:00:00Z');
"""


def old_database(folder: Path, script: str) -> Path:
    path = folder / "tracking.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path


@pytest.fixture
def here(engine: Engine, database: str, tmp_path: Path) -> Installation:
    settings = Settings(database=database, data_dir=tmp_path / "data", secret_key="a secret key for tests " * 2)
    return Installation(settings, engine, "default", "tests")


def rows(here: Installation, statement: Any) -> list[Any]:
    with here.reading() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def differences(here: Installation) -> list[str]:
    with here.writing() as connection:
        return recount(connection).differences


def test_campaigns_messages_and_what_happened_come_over(here: Installation, tmp_path: Path) -> None:
    taken = take_over(here, old_database(tmp_path, CAMPAIGNS))
    assert (taken.campaigns, taken.messages) == (2, 3)
    assert sorted(rows(here, select(campaigns.c.name, campaigns.c.external_id))) == [("Campaign 9", "old-9"), ("Spring", "old-5")]
    columns = (messages.c.token, messages.c.status, messages.c.opens, messages.c.clicks, messages.c.bounce_reason)
    assert rows(here, select(*columns).order_by(messages.c.id)) == [
        ("0b6f2f2e-8f0e-4a34-9a3e-000000000001", "clicked", 2, 2, None),
        ("short", "bounced", 0, 0, "550 5.1.1 User unknown"),
        ("with:colon+plus", "opened", 1, 0, None),
    ]
    (created,) = rows(here, select(messages.c.created_at).where(messages.c.token == "short"))
    assert created[0].isoformat() == "2024-03-01T09:20:00+00:00"
    assert differences(here) == []


def test_what_cant_be_carried_over_is_listed(here: Installation, tmp_path: Path) -> None:
    taken = take_over(here, old_database(tmp_path, CAMPAIGNS))
    told = "\n".join(taken.named)
    for words in (
        "message 4: its token",
        "message 6: its campaign",
        "'danced'",
        "no time that can be read",
        "click of message 1: its destination",
    ):
        assert words in told
    assert sum(taken.left_out.values()) == len(taken.named) == 5


def test_mail_already_sent_goes_on_counting_and_leading_on(here: Installation, tmp_path: Path) -> None:
    take_over(here, old_database(tmp_path, CAMPAIGNS))
    with here.reading() as connection:
        known = readers_tenants(connection)
        assert known.has_old_tokens
        assert tenant_that_may_redirect(connection, "short", "https://shop.example.com/other") == here.tenant_id
        assert tenant_that_may_redirect(connection, "short", "https://evil.example.com/") is None
    journal = LocalJournal(journals_of(here.engine, here.settings.data_dir), Limits(min_free_percent=0))
    journal.append([Hit("opened", "short", 1_800_000_000_000_000, 0, True, address="203.0.113.1", agent="Mail/1.0")])
    journal.close()
    Projector(here.engine, here.settings).run_once()
    assert rows(here, select(messages.c.opens).where(messages.c.token == "short")) == [(1,)]


def test_tenants_become_tenants_and_their_numbers_stay(here: Installation, tmp_path: Path) -> None:
    taken = take_over(here, old_database(tmp_path, TENANTS))
    assert (taken.tenants, taken.messages, taken.events) == (["company_a", "company_b"], 3, 3)
    assert taken.named == ["tenant api: its name can't be a tenant's here"]
    ids = dict(rows(here, select(tenants.c.slug, tenants.c.id)))
    a, b = ids["company_a"], ids["company_b"]
    columns = (messages.c.token, messages.c.external_id, messages.c.recipient_email, messages.c.opens, messages.c.clicks)
    assert sorted(rows(here, select(*columns))) == [
        (f"{a}/1", "1", "ann@example.com", 1, 1), (f"{a}/7", "7", "", 0, 0), (f"{b}/2", "2", "", 1, 0),
    ]  # fmt: skip
    with here.reading() as connection:
        assert readers_tenants(connection).old_emails == {a: 7, b: 2}
        assert tenant_that_may_redirect(connection, f"{a}/7", "https://a.example.com/y") == a
    assert dict(rows(here, select(tenants.c.id, tenants.c.next_email_id)))[a] == 8
    assert differences(here) == []


@pytest.mark.parametrize("script", [CAMPAIGNS, TENANTS])
def test_an_import_that_died_goes_on_and_ends_as_one_that_didnt(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    file = old_database(tmp_path, script)
    monkeypatch.setattr(old_module, "TOGETHER", 1)
    looked, read = [0], old_module.OldDatabase.messages

    def die_at_times(*values: Any) -> Any:
        looked[0] += 1
        if looked[0] in (2, 5, 7, 12, 18):
            raise KeyboardInterrupt
        return read(*values)

    monkeypatch.setattr(old_module.OldDatabase, "messages", die_at_times)
    deaths = 0
    while deaths < 30:
        try:
            take_over(here, file)
            break
        except KeyboardInterrupt:
            deaths += 1
    assert deaths > 1
    events = rows(here, select(message_events.c.id))
    assert len(rows(here, select(messages.c.id))) == 3 and len(events) == (9 if script is CAMPAIGNS else 3)
    assert differences(here) == []


def test_a_tenant_with_messages_and_a_running_server_are_left_alone(here: Installation, tmp_path: Path) -> None:
    file = old_database(tmp_path, CAMPAIGNS)
    take_over(here, file)
    before = rows(here, select(messages))
    take_over(here, file)  # the same once more: there is nothing left to do
    assert rows(here, select(messages)) == before and differences(here) == []
    with pytest.raises(Conflict, match="has messages already"):
        take_over(here, Path(file).rename(tmp_path / "other.db"))


@pytest.mark.parametrize(("content", "error"), [(None, NotFound), (b"no database at all", Malformed), (b"", Malformed)])
def test_a_file_of_neither_kind_is_refused(here: Installation, tmp_path: Path, content: bytes | None, error: type[Exception]) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error):
        take_over(here, path)
    assert rows(here, select(messages.c.id)) == []
