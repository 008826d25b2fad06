"""Ties a child process to the one that started it: when the supervisor dies, however it dies, its children end too."""

import ctypes
import os
import signal
import sys
import threading
import time

SUPERVISOR = "LITTLE_BELL_SUPERVISOR"
PR_SET_PDEATHSIG = 1


def end_with_supervisor() -> None:
    """Sends this process SIGTERM once the supervisor named in the environment is gone; does nothing without one."""
    supervisor = int(os.environ.get(SUPERVISOR, 0))
    if not supervisor:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(supervisor,), daemon=True).start()
    if os.getppid() != supervisor:  # it died before we had asked to be told
        sys.exit(0)


def _watch(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
