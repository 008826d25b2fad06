"""Data folders to measure with: a migrated database, a campaign and its messages, all made as a sender would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import MAX_BATCH, NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.config import Settings
from little_bell.db import make_engine, writing
from little_bell.domain.links import Addresses
from little_bell.first_run import first_run
from little_bell.instance import journals_of
from little_bell.journal.reader import JournalReader, journal_names
from little_bell.migrations import migrate
from little_bell.models.tables import messages
from little_bell.secret_key import key_ring

EMAIL, PASSWORD, API_KEY = "admin@example.com", "a password for measuring", "lb_" + "b" * 43
LINKS = [f"https://shop.example.com/autumn/item-{number}?ref=mail&list=7#top" for number in range(20)]


@dataclass(frozen=True)
class House:
    """A data folder; `port` is where its server listens."""

    data_dir: Path
    port: int = 1
    database: str = ""

    @property
    def settings(self) -> Settings:
        """The settings that a server in here would have."""
        values = {"data_dir": self.data_dir, "database": self.database, "port": self.port}
        secrets = {"admin_email": EMAIL, "admin_password": PASSWORD, "api_key": API_KEY}
        return Settings(_env_file=None, **values, **secrets)

    @property
    def environment(self) -> dict[str, str]:
        """The settings as variables for a process."""
        values = {"DATA_DIR": self.data_dir, "DATABASE_URL": self.settings.database_url, "PORT": self.port, "LOG_LEVEL": "warning"}
        secrets = {"ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD, "API_KEY": API_KEY}
        return {f"LITTLE_BELL_{name}": str(value) for name, value in (values | secrets).items()}

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """An engine on its database."""
        engine = make_engine(self.settings.database_url, pool_size=2)
        try:
            yield engine
        finally:
            engine.dispose()

    def journaled(self) -> int:
        """How many records its journals hold, folded or not."""
        with self.engine() as engine:
            root = journals_of(engine, self.data_dir)
        total = 0
        for name in journal_names(root):
            reader = JournalReader(root, name)
            total += reader.records_behind()
            reader.close()
        return total


def build(folder: Path, count: int, database: str = "") -> House:
    """A house with one campaign of so many messages."""
    house = House(folder, database=database)
    folder.mkdir(parents=True)
    migrate(house.settings.database_url)
    first_run(house.settings)
    key_ring(house.settings)  # made now, so that copies of the house sign alike
    with house.engine() as engine:
        journals_of(engine, folder)
        with writing(engine) as connection:
            campaign_id = create_campaign(connection, 1, NewCampaign(name="Measured"), "bench")
        for start in range(0, count, MAX_BATCH):
            numbers = range(start, min(start + MAX_BATCH, count))
            forms = [NewMessage(campaign_id=campaign_id, recipient_email=f"reader-{number}@example.com") for number in numbers]
            with writing(engine) as connection:
                create_messages(connection, 1, forms)
    return house


def copy(house: House, folder: Path, port: int) -> House:
    """The same on SQLite, in a folder of its own."""
    shutil.copytree(house.data_dir, folder)
    return House(folder, port)


def tokens_of(house: House) -> list[str]:
    """The tokens of all messages."""
    with house.engine() as engine, engine.connect() as connection:
        return list(connection.execute(select(messages.c.token)).scalars())


def pixel_paths(house: House, file: Path) -> Path:
    """A file with the path of each message's pixel."""
    file.write_text("".join(f"/track/pixel/{token}.gif\n" for token in tokens_of(house)))
    return file


def click_paths(house: House, file: Path) -> Path:
    """A file with the path of a signed link of each message."""
    addresses = Addresses("", key_ring(house.settings))
    lines = (f"{addresses.click_url(1, token, LINKS[place % len(LINKS)])}\n" for place, token in enumerate(tokens_of(house)))
    file.write_text("".join(lines))
    return file
