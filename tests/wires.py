"""The way between a server and its database, which can be cut."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import make_url


class Wire:
    """Passes on what comes to `port`; cut, it drops every connection and takes no new one."""

    def __init__(self, reach: Callable[[], socket.socket]) -> None:
        self._reach = reach
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._passing: list[threading.Thread] = []
        self._is_cut = False
        self._cuts_at: bytes | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, and new ones as they come."""
        with self._lock:
            self._is_cut = True
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Pass on again."""
        self._is_cut = False

    def cut_at_commit_of(self, table: bytes) -> None:
        """Be cut, once, when rows of a table are committed: that arrives, and no answer does."""
        self._cuts_at = b"INTO " + table.upper()

    def close(self) -> None:
        """Take no new connection."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for one in self._passing:
            one.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = self._reach()
                with self._lock:
                    self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(
                        target=self._pass_on, args=(one, other, near), daemon=True
                    ).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, near: socket.socket) -> None:
        told = False
        with suppress(OSError):
            while content := one.recv(65_536):
                words = content.upper() if one is near and self._cuts_at else b""
                told = told or bool(self._cuts_at and self._cuts_at in words)
                ends = told and b"COMMIT" in words
                if ends:
                    self._cuts_at = None
                    near.shutdown(socket.SHUT_WR)  # whoever sent it hears no more
                other.sendall(content)
                if ends:
                    self.cut()
                    self.mend()
        with self._lock:
            self._open.discard(one)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def wired(url: str) -> Iterator[tuple[str, Wire]]:
    """The address of a database by a wire of its own, and the wire."""
    parsed = make_url(url)
    folder = parsed.query.get("host")

    def reach() -> socket.socket:
        if folder is None:
            return socket.create_connection((parsed.host, parsed.port))
        near = socket.socket(socket.AF_UNIX)
        near.connect(f"{folder}/.s.PGSQL.{parsed.port or 5432}")
        return near

    wire = Wire(reach)
    # What is said has to be read: MariaDB's driver would speak TLS where it can.
    plain = {} if parsed.get_backend_name() == "postgresql" else {"ssl_disabled": "true"}
    through = parsed.set(host="127.0.0.1", port=wire.port, query=plain)
    try:
        yield through.render_as_string(hide_password=False), wire
    finally:
        wire.close()
