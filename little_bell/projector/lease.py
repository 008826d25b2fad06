"""One holder of the right to fold: a file lock among the processes of a machine, an epoch in the database among machines."""

import fcntl
import os
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, or_, select, true, update

from little_bell.db import writing
from little_bell.journal.locks import is_locked
from little_bell.models import ProjectorLease, now
from little_bell.projector.batch import Batch
from little_bell.projector.rights import LeaseLost, LeaseTaken
from little_bell.projector.share import make_lease_row, one_at_a_time, refuse_while_folding

LEASE_SECONDS = 15

_lease = ProjectorLease.__table__  # type: ignore[attr-defined]


def is_held_here(folder: Path) -> bool:
    """Whether a process of this machine holds the lease of the journals in `folder`."""
    return is_locked(folder / "projector.lock")


def is_held_elsewhere(engine: Engine, folder: Path) -> bool:
    """Whether another machine, or another data folder, folds into this database now: what is journaled in `folder` would never count."""
    with engine.connect() as connection:
        held = connection.execute(select(_lease.c.holder).where(_lease.c.holder != "", _lease.c.expires_at > now())).scalar()
    path = folder / "holder"
    return held is not None and (not path.exists() or path.read_text().strip() != held)


class Lease:
    """Held from `take` to `release`: the right to fold everything, see rights.Right. `epoch` is checked in every transaction."""

    is_keeper = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self.epoch = 0
        #: Other machines may take it while there is nothing to fold. On SQLite a lock on a file says enough.
        self.has_to_be_prolonged = False

    def take(self, engine: Engine) -> None:
        """Become the holder. Raises LeaseTaken."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self._folder / "projector.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.epoch = _next_epoch(engine, self._holder())
            self.has_to_be_prolonged = engine.dialect.name != "sqlite"
        except BaseException as error:
            os.close(file)
            if isinstance(error, BlockingIOError):
                raise LeaseTaken("another process of this machine folds") from None
            raise
        self._file = file

    def begin(self, connection: Connection, _batch: Batch) -> int:
        return int(connection.execute(select(_lease.c.next_event_id)).scalar_one())

    def claim(self, connection: Connection, next_event_id: int) -> int:
        """Check that it is still held, prolong it, and take the number of this fold."""
        fold_number = connection.execute(
            update(_lease)
            .where(_lease.c.epoch == self.epoch)
            .values(next_event_id=next_event_id, fold=_lease.c.fold + 1, expires_at=now() + timedelta(seconds=LEASE_SECONDS))
            .returning(_lease.c.fold)
        ).scalar()
        if fold_number is None:
            raise LeaseLost("another projector has taken over")
        return int(fold_number)

    def settle(self, connection: Connection, batch: Batch) -> None:
        """Nothing: the positions of this machine's journals are written with every fold."""

    def check(self, connection: Connection) -> None:
        if connection.execute(select(_lease.c.epoch)).scalar() != self.epoch:
            raise LeaseLost("another projector has taken over")

    def is_ours(self, _token: str) -> bool:
        return True

    def only_ours(self, _token: ColumnElement[Any]) -> ColumnElement[bool]:
        return true()

    def hold(self, connection: Connection) -> None:
        """Begin a transaction of a command: until it ends nobody else folds, and then not for a while. Raises LeaseLost.

        Whoever folds takes ids, or the lease, from the row that is locked from here on. A lease that had run out doesn't count any more:
        projectors that share the work only look at its time.
        """
        ours = update(_lease).where(_lease.c.epoch == self.epoch)
        if self.has_to_be_prolonged:
            ours = ours.where(_lease.c.expires_at > now())
        if connection.execute(ours.values(expires_at=now() + timedelta(seconds=LEASE_SECONDS))).rowcount != 1:
            raise LeaseLost("projectors have gone on meanwhile: stop them, and run it again")

    def prolong(self, connection: Connection) -> int:
        """Hold it for another while; 0 if somebody else has it."""
        ours = update(_lease).where(_lease.c.epoch == self.epoch)
        return connection.execute(ours.values(expires_at=now() + timedelta(seconds=LEASE_SECONDS))).rowcount

    def release(self, engine: Engine) -> None:
        """Let another take it at once."""
        if self._file is None:
            return
        with writing(engine) as connection:
            connection.execute(update(_lease).where(_lease.c.epoch == self.epoch).values(holder="", expires_at=None))
        os.close(self._file)
        self._file = None

    def _holder(self) -> str:
        """Who we are: the data folder. Its file lock is ours, so a lease in its name is left over from a crash."""
        path = self._folder / "holder"
        if not path.exists():
            path.write_text(uuid.uuid4().hex)
        return path.read_text().strip()


def _next_epoch(engine: Engine, holder: str) -> int:
    free = or_(_lease.c.holder.in_(["", holder]), _lease.c.expires_at.is_(None), _lease.c.expires_at < now())
    expires_at = now() + timedelta(seconds=LEASE_SECONDS)
    with writing(engine) as connection:
        if connection.dialect.name != "sqlite":
            one_at_a_time(connection)  # a projector that is about to begin is alive, or has seen our lease
        make_lease_row(connection)
        refuse_while_folding(connection)
        taken = connection.execute(
            update(_lease).where(free).values(epoch=_lease.c.epoch + 1, holder=holder, expires_at=expires_at).returning(_lease.c.epoch)
        ).scalar()
        if taken is None:
            raise LeaseTaken("another machine folds")
        return int(taken)
