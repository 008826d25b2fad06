"""A named pipe through which every append wakes the projector, so that neither has to poll."""

import contextlib
import errno
import os
import select
from pathlib import Path

PIPE = "wake"


class Waker:
    """The writers' end. Nobody listening is no error: the projector reads everything when it starts."""

    def __init__(self, root: Path) -> None:
        self._path = root / PIPE
        self._pipe: int | None = None

    def wake(self) -> None:
        """Wake the projector, if there is one."""
        try:
            if self._pipe is None:
                self._pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.write(self._pipe, b"\0")
        except OSError as error:
            if error.errno != errno.EAGAIN:  # EAGAIN: the pipe is full of calls that it will hear anyway
                self.close()

    def close(self) -> None:
        """Let go of the pipe."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.close(self._pipe)
            self._pipe = None


class Alarm:
    """The projector's end."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = root / PIPE
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Read-write, so that the pipe never reports its end when the last writer goes.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def wait(self, seconds: float) -> bool:
        """Wait for a call, at most so long; whether there was one."""
        ready, _, _ = select.select([self._pipe], [], [], seconds)
        if ready:
            with contextlib.suppress(BlockingIOError):
                while len(os.read(self._pipe, 65536)) == 65536:
                    pass
        return bool(ready)

    def close(self) -> None:
        """Let go of the pipe."""
        os.close(self._pipe)
