"""People at the running app's sockets: Alice owns it, Bob may look, Charlie owns another tenant, and one is signed out."""

import asyncio
import concurrent.futures
import contextvars
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
import socketio
from sqlalchemy import Connection, Engine, String, cast, select

from little_bell.actions.members import NewInvitation, invite, set_role
from little_bell.actions.sessions import COOKIE, sign_in
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.actions.users import NewUser, create_user
from little_bell.db import make_engine, reading, writing
from little_bell.domain.events import Role
from little_bell.models.tables import api_keys, campaigns, invitations, memberships, messages, tenants, users
from tests.fixtures.app import RunningApp

T = TypeVar("T")
SAY = "reflex___state____state.little_bell___ui___shell____shell.say"
HYDRATE = "reflex___state____state.hydrate"
PATIENCE_SECONDS = 30.0
_names = itertools.count()


@dataclass(frozen=True)
class Things:
    """What is Alice's, and what of it would give it away."""

    campaign_id: int
    message_id: int
    key_id: int
    user_id: int
    tenant_id: int
    invitation_id: int
    event_id: int
    rule_id: int
    destination_id: int
    secrets: tuple[str, ...]


@dataclass
class Tab:
    """A raw client of the pages' socket, such as anybody can write."""

    url: str
    cookie: str | None
    token: str
    path: dict[str, Any]
    frames: list[str] = field(default_factory=list)
    client: socketio.AsyncClient = field(default_factory=socketio.AsyncClient)

    async def send(self, name: str, payload: dict[str, Any]) -> None:
        await self.client.emit("event", {"name": name, "payload": payload, "router_data": self.path}, namespace="/_event")

    async def until(self, text: str, since: int = 0) -> list[str]:
        """The frames from `since` to the first that holds `text`. Fails when none comes in time."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(text in frame for frame in self.frames[since:]):
                await asyncio.sleep(0.01)
        return self.frames[since:]

    async def call(self, name: str, payload: dict[str, Any]) -> list[str]:
        """Every frame that a handler caused: the events of a tab are answered one after the other."""
        since, mark = len(self.frames), f"mark {next(_names)}"
        await self.send(name, payload)
        await self.send(SAY, {"message": mark})
        return await self.until(mark, since)


Opener = Callable[..., Any]


@pytest.fixture
def tab(app_server: RunningApp, things: Things) -> Opener:
    """Opens a tab: `async with tab(secret) as it`."""

    @asynccontextmanager
    async def open_tab(secret: str | None, token: str | None = None) -> AsyncIterator[Tab]:
        query = {"campaign_id": str(things.campaign_id), "message_id": str(things.message_id)}
        path = {"pathname": "/campaigns/[campaign_id]", "asPath": f"/campaigns/{things.campaign_id}", "query": query}
        it = Tab(app_server.url, secret, token or f"tab-{next(_names)}", path)

        async def keep(frame: Any) -> None:
            it.frames.append(str(frame))

        it.client.on("event", keep, namespace="/_event")
        headers = {"Cookie": f"{COOKIE}={secret}"} if secret else {}
        await it.client.connect(
            f"{it.url}?token={it.token}", headers, namespaces=["/_event"], socketio_path="/_event", transports=["websocket"]
        )
        try:
            yield it
        finally:
            await it.client.disconnect()

    return open_tab


@pytest.fixture(scope="session")
def app_engine(app_server: RunningApp) -> Iterator[Engine]:
    """The running app's own database."""
    engine = make_engine(f"sqlite:///{app_server.data_dir / 'little_bell.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def things(app_server: RunningApp, app_engine: Engine) -> Things:
    """A campaign with a message, and the API key that made them."""
    with app_server.client() as api:
        campaign = api.post("/api/campaigns", json={"name": "Alice’s quiet launch"}).raise_for_status().json()
        new = {"campaign_id": campaign["id"], "recipient_email": "only-alice-knows@example.org"}
        message = api.post("/api/messages", json=new).raise_for_status().json()
        rule = api.post("/api/rules", json={"match": "agent", "value": "only-alice-knows", "treat": "machine"}).raise_for_status().json()
        marked = api.post(f"/api/messages/{message['id']}/opened").headers["x-journal-position"]
        event = api.get(f"/api/messages/{message['id']}", headers={"X-Read-After": marked}).raise_for_status().json()["events"][0]
        told = {"kind": "email", "target": "alerts-only-alice@example.org"}
        destination = api.post("/api/alerts/destinations", json=told).raise_for_status().json()
        api.post("/api/dashboard/sets", json={"name": "campaign"}).raise_for_status()  # what MEANT calls `name`
    with writing(app_engine) as connection:
        key_id, tenant_id = connection.execute(select(api_keys.c.id, api_keys.c.tenant_id).order_by(api_keys.c.id)).first() or (0, 0)
        invite(connection, tenant_id, NewInvitation(email="asked-by-alice@example.org", role=Role.VIEWER), "test")
        invitation_id = int(connection.execute(select(invitations.c.id).where(invitations.c.tenant_id == tenant_id)).scalar_one())
        owner = _id_of(connection, app_server.email)
    secrets = (
        "Alice’s quiet launch",
        "only-alice-knows@example.org",
        message["tracking_token"],
        app_server.email,
        "asked-by-alice",
        "alerts-only-alice",
    )
    return Things(
        campaign["id"], message["id"], key_id, owner, tenant_id, invitation_id, event["id"], rule["id"], destination["id"], secrets
    )


@pytest.fixture(scope="session")
def alice_secret(app_server: RunningApp, app_engine: Engine) -> str:
    """A sign-in of the owner."""
    with writing(app_engine) as connection:
        return sign_in(connection, _id_of(connection, app_server.email))


@pytest.fixture(scope="session")
def bob_secret(app_server: RunningApp, app_engine: Engine) -> str:
    """A sign-in of somebody who may only look."""
    with writing(app_engine) as connection:
        return _newcomer(connection, "bob", _tenant_of(connection, app_server.email), Role.VIEWER)


@pytest.fixture(scope="session")
def erin_secret(app_server: RunningApp, app_engine: Engine) -> str:
    """A sign-in of somebody who may write, but not change settings."""
    with writing(app_engine) as connection:
        return _newcomer(connection, "erin", _tenant_of(connection, app_server.email), Role.EDITOR)


@pytest.fixture(scope="session")
def charlie_secret(app_engine: Engine) -> str:
    """A sign-in of another tenant's owner."""
    with writing(app_engine) as connection:
        made = create_tenant(connection, NewTenant(slug="charlie-co", name="Charlie & Co"), "test")
        return _newcomer(connection, "charlie", made, Role.OWNER)


def _id_of(connection: Connection, email: str) -> int:
    return int(connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one())


def _tenant_of(connection: Connection, email: str) -> int:
    theirs = select(memberships.c.tenant_id).where(memberships.c.user_id == _id_of(connection, email))
    return int(connection.execute(theirs.order_by(memberships.c.tenant_id)).scalars().first() or 0)


def _newcomer(connection: Connection, name: str, tenant_id: int, role: Role) -> str:
    user_id = create_user(connection, NewUser(email=f"{name}@pages.example", name=name, password="correct horse battery"), "test")
    set_role(connection, tenant_id, user_id, role, "test")
    return sign_in(connection, user_id)


@pytest.fixture
def possessions(app_engine: Engine) -> Callable[[], list[Any]]:
    """What there is to lose: every row that a page can change."""

    def look() -> list[Any]:
        with reading(app_engine) as connection:
            tables = (
                "alert_destinations",
                "alert_rules",
                "api_keys",
                "event_overrides",
                "invitations",
                "kept_sets",
                "links",
                "memberships",
                "suppression_rules",
                "suppressions",
                "tenant_slugs",
                "verdict_rules",
                "webhook_endpoints",
                "webhook_receipts",
            )
            rows = [connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").all() for name in tables]
            names = ", ".join(column.name for column in tenants.c if column.name != "rules_version")  # that counts one's own changes
            rows.append(connection.exec_driver_sql(f"SELECT {names} FROM tenants ORDER BY id").all())
            rows.append(connection.execute(select(*(column for column in users.c if column.name != "name"))).all())  # one's own to change
            columns = (campaigns.c.id, campaigns.c.name, cast(campaigns.c.tags, String), campaigns.c.archived_at, campaigns.c.deleted_at)
            rows.append(connection.execute(select(*columns)).all())
            rows.append(connection.execute(select(messages.c.id, messages.c.status)).all())
            return rows

    return look


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to, in a thread and loop of its own: Playwright leaves its loop running in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        # The context carries what Reflex has registered.
        return pool.submit(contextvars.copy_context().run, asyncio.run, work).result(120)
