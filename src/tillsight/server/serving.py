"""The socket, and the process that serves on it."""

import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from math import ceil
from types import FrameType

from tillsight.errors import SetupError
from tillsight.modules import search_seldom
from tillsight.operating.peers import Peers
from tillsight.server.stopping import Stopping
from tillsight.server.wiring import create_app
from tillsight.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """A listening socket at the configured address, so that a taken port is told at once.

    Raises:
        SetupError: naming the port and how to choose another.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows it would let two servers share the port
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((settings.host, settings.port))
        opened.listen()
    except OSError as error:
        opened.close()
        raise SetupError(
            f"Port {settings.port} of {settings.host} cannot be opened ({error.strerror})."
            f" {_what_to_do(error, settings.port)}"
        ) from None
    return opened


def _what_to_do(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            "Another program listens there, perhaps a Tillsight that still runs; stop that one, or"
            f" choose another port, such as --port {port + 1}."
        )
    if error.errno == errno.EACCES:
        return (
            "Ports below 1024 want rights that Tillsight need not have; choose a port such as"
            " --port 8000, and put a proxy before it."
        )
    return (
        "TILLSIGHT_HOST (--host) has to be an address of this machine: 127.0.0.1 is reached from"
        " this machine alone, 0.0.0.0 from others as well."
    )


def serve(settings: Settings, opened: socket.socket, announce: Callable[[], None]) -> None:
    """Serve on the socket until the process is told to stop; `announce` is called once it does.

    It ends within `stop_seconds`, and with success: that it was told to is no failure.
    """
    run(settings, [opened], Stopping(settings.stop_seconds), announce)


def run(
    settings: Settings,
    sockets: list[socket.socket],
    stopping: Stopping,
    announce: Callable[[], None],
    peers: Peers | None = None,
) -> None:
    """Serve on these sockets in this process; with `peers` it is one of several.

    The last of the sockets is where its own pages reach it.
    """
    import uvicorn

    search_seldom()

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            del sig, frame
            self.should_exit = True  # told again, it is not quicker: the time is set
            stopping.begin()

    app = create_app(settings, _address_of(settings, sockets[-1], peers), stopping, peers)
    config = uvicorn.Config(
        app,
        log_config=None,  # what it says goes where ours does; requests are logged by `Seen`
        log_level="warning",
        access_log=False,
        server_header=False,  # strangers need not know what to look for
        timeout_graceful_shutdown=ceil(stopping.requests_seconds),
        # Longer than clients and proxies keep a connection (5 to 60 s): whoever lets it go first
        # must not be the server, just when the next request is on its way.
        timeout_keep_alive=75,
        # Whoever is not a proxy of ours may write any address into its headers.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    Announcing(config).run(sockets=sockets)
    stopping.end()


def _address_of(settings: Settings, own: socket.socket, peers: Peers | None) -> str:
    """Where the pages of this process reach its API."""
    every = {"0.0.0.0", "::", ""}  # noqa: S104
    host = settings.host if peers is None and settings.host not in every else "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{own.getsockname()[1]}"


def end_when_told() -> None:
    """Have SIGTERM end a server that is still starting, as Ctrl+C does: of itself the first process
    of a container does not hear it.
    """

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
