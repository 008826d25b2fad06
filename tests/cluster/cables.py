"""A network between an ingest node and NATS that can be cut: a real one in a network namespace, or a proxy where that isn't allowed."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Protocol

from tests.cluster.cluster import Cluster
from tests.cluster.parts import Part

#: Addresses that are set apart for measuring networks (RFC 2544); two cables, of two ends each.
READERS, READERS_END, SERVERS, SERVERS_END = "198.18.77.1", "198.18.77.2", "198.18.78.1", "198.18.78.2"
#: Ends with 0 where somebody takes a connection there.
REACHES = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"


class Cable(Protocol):
    """What an ingest node hangs on."""

    kind: str

    def ingest(self, name: str) -> Part:
        """A node at its far end."""
        ...

    def cut(self) -> None:
        """Nothing comes through any more, and nobody is told."""
        ...

    def mend(self) -> None: ...


@contextmanager
def a_cable(cluster: Cluster) -> Iterator[Cable]:
    """The most real one that can be had."""
    with ExitStack() as stack:
        try:
            space = Namespace(cluster)
            stack.callback(space.close)
            space.lay()
        except (OSError, subprocess.SubprocessError) as why:
            print(f"no network namespace: {why}", file=sys.stderr)
            wire = Wire(cluster)
            stack.callback(wire.close)
            yield wire
        else:
            yield space


class Namespace:
    """A network namespace with two cables: one that readers come by, and one to NATS."""

    kind = "a cable to a network namespace, down"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._name = f"bell{os.getpid()}"
        self._ip = shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "ip"
        self._inside = [self._ip, "netns", "exec", self._name]
        self._servers = f"s{os.getpid()}"

    def lay(self) -> None:
        """Raises OSError or SubprocessError where this machine doesn't allow it, or nothing comes through."""
        self._run("netns", "add", self._name)
        for name, here, there in ((f"r{os.getpid()}", READERS, READERS_END), (self._servers, SERVERS, SERVERS_END)):
            self._run("link", "add", name, "type", "veth", "peer", "name", f"{name}x")
            self._run("link", "set", f"{name}x", "netns", self._name)
            self._run("address", "add", f"{here}/30", "dev", name)
            self._run("link", "set", name, "up")
            self._run("-n", self._name, "address", "add", f"{there}/30", "dev", f"{name}x")
            self._run("-n", self._name, "link", "set", f"{name}x", "up")
        self._run("-n", self._name, "link", "set", "lo", "up")
        port = str(self._cluster.nats.nodes[0].port)
        subprocess.run([*self._inside, sys.executable, "-c", REACHES, SERVERS, port], check=True, capture_output=True, timeout=20)

    def ingest(self, name: str) -> Part:
        url = f"nats://{SERVERS}:{self._cluster.nats.nodes[0].port}"
        far = {"LITTLE_BELL_JOURNAL_URL": url, "LITTLE_BELL_HOST": "0.0.0.0", "LITTLE_BELL_TRUSTED_PROXIES": "198.18.0.0/15"}
        node = self._cluster.part(name, "little_bell.web_server", "ingest", database=False, inside=self._inside, **far)
        node.host = READERS_END
        node.start()
        node.wait_until_healthy()
        return node

    def cut(self) -> None:
        self._run("link", "set", self._servers, "down")

    def mend(self) -> None:
        self._run("link", "set", self._servers, "up")

    def close(self) -> None:
        """The cables go with it."""
        subprocess.run([self._ip, "netns", "del", self._name], check=False, capture_output=True)

    def _run(self, *words: str) -> None:
        subprocess.run([self._ip, *words], check=True, capture_output=True, timeout=20)


class Wire:
    """A TCP proxy in front of the NATS server: connections stay open, and nothing comes through."""

    kind = "a proxy that hangs"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_cut = False
        self._sockets: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def ingest(self, name: str) -> Part:
        return self._cluster.ingest(name, LITTLE_BELL_JOURNAL_URL=f"nats://127.0.0.1:{self._listener.getsockname()[1]}")

    def cut(self) -> None:
        self._is_cut = True

    def mend(self) -> None:
        """A network that comes back has forgotten its connections."""
        for each in self._sockets:
            with suppress(OSError):
                each.close()
        self._sockets.clear()
        self._is_cut = False

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                self._sockets.append(ours)
                if self._is_cut:
                    continue  # it hangs
                theirs = socket.create_connection(("127.0.0.1", self._cluster.nats.nodes[0].port))
                self._sockets.append(theirs)
                for source, sink in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._is_cut:
                    return
                sink.sendall(data)
        if not self._is_cut:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
