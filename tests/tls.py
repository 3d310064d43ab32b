"""Ends of TLS with a certificate of our own: for web pages, and before a PostgreSQL without."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

ASKS_FOR_TLS = (8).to_bytes(4) + (80877103).to_bytes(4)
"""How a client of PostgreSQL asks whether it may go on over TLS."""


def _context(chain: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    return context


@contextmanager
def secure_page(chain: Path, key: Path) -> Iterator[int]:
    """Something that answers at a port with this certificate, and says nothing else."""
    context = _context(chain, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listening.accept()
                    with suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
                        secure.recv(1)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@contextmanager
def before_postgres(folder: str, chain: Path, key: Path) -> Iterator[int]:
    """A port where TLS ends before the PostgreSQL whose socket lies in a folder.

    Who does not ask for TLS goes on without, as PostgreSQL itself lets them.
    """
    context = _context(chain, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(client: socket.socket) -> None:
            first = client.recv(8, socket.MSG_WAITALL)
            if first == ASKS_FOR_TLS:
                client.sendall(b"S")
                client, first = context.wrap_socket(client, server_side=True), b""
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{folder}/.s.PGSQL.5432")
            server.sendall(first)
            Thread(target=_pass_on, args=(server, client), daemon=True).start()
            _pass_on(client, server)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    Thread(target=_quietly, args=(serve, client), daemon=True).start()

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _quietly(serve, client: socket.socket) -> None:
    with suppress(OSError):
        serve(client)


def _pass_on(giver: socket.socket, taker: socket.socket) -> None:
    with suppress(OSError):
        while part := giver.recv(65536):
            taker.sendall(part)
    for one in (giver, taker):
        with suppress(OSError):
            one.close()
