"""Load by wrk: so many connections that ask for random paths as fast as they are answered."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

WITHOUT_WRK = (
    "wrk isn't installed, so nothing is measured under load. Mend it with: apt-get install wrk (Linux) or brew install wrk (macOS)."
)
SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Load:
    """What wrk saw. Latencies are milliseconds."""

    answered: int
    seconds: float
    refused: int
    errors: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.answered - self.refused) / self.seconds


def has_wrk() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def load(port: int, paths: Path, connections: int, seconds: float) -> Load:
    """Load a server for some seconds. Raises CalledProcessError where wrk can't."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(SCRIPT), f"http://127.0.0.1:{port}/"]
    done = subprocess.run(command, env={**os.environ, "BENCH_PATHS": str(paths)}, capture_output=True, text=True, check=True)
    told = next(line for line in done.stdout.splitlines() if line.startswith("BENCH ")).split()[1:]
    answered, micros, refused, errors = map(int, told[:4])
    return Load(answered, micros / 1e6, refused, errors, float(told[4]) / 1000, float(told[5]) / 1000)
