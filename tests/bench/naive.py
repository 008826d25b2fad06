"""How one would write it in an afternoon: FastAPI, SQLModel, a look-up and a commit for each request."""

from datetime import UTC, datetime

import uvloop
from fastapi import FastAPI, Request, Response
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine, select

from little_bell.config import load_settings
from little_bell.ingest.answers import GIF
from little_bell.web_server import serve


class NaiveMessage(SQLModel, table=True):
    """A message with its counter."""

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(index=True, unique=True)
    opens: int = 0
    opened_at: datetime | None = None


class NaiveOpen(SQLModel, table=True):
    """An open."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="naivemessage.id", index=True)
    opened_at: datetime
    agent: str
    address: str


settings = load_settings()
engine = create_engine(settings.database_url, connect_args={"timeout": 30})


@event.listens_for(engine, "connect")
def as_safe_as_ours(connection, _record) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


app = FastAPI()


@app.get("/track/pixel/{token}")
def pixel(token: str, request: Request) -> Response:
    with Session(engine) as session:
        message = session.exec(select(NaiveMessage).where(NaiveMessage.token == token.removesuffix(".gif"))).first()
        if message is not None:
            moment = datetime.now(UTC)
            agent, address = request.headers.get("user-agent", ""), request.client.host if request.client else ""
            session.add(NaiveOpen(message_id=message.id, opened_at=moment, agent=agent, address=address))
            message.opens += 1
            message.opened_at = message.opened_at or moment
            session.add(message)
            session.commit()
    return Response(GIF, media_type="image/gif", headers={"Cache-Control": "no-store"})


if __name__ == "__main__":
    uvloop.run(serve(settings, app))
