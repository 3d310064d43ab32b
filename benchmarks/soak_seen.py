"""What a server holds while it works, for `soak.py`: looked at every few seconds from outside."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

EVERY = 5.0
"""Seconds between two looks."""
CONNECTIONS = "tillsight_database_connections_in_use"
LOOP, SOCKETS_OF_LOOP = "anon_inode:[eventpoll]", 2
ENGINE = "tillsight_warehouse_memory_bytes"


@dataclass(frozen=True)
class Look:
    """One look: bytes, and counts of what is open.

    `loops` are event loops, of which each tab has one, with one file and two sockets; `database`
    are files of SQLite, a few for each connection; `files` and `sockets` are all others.
    """

    at: float
    resident: int
    children: int
    engine: int
    loops: int
    database: int
    files: int
    sockets: int
    threads: int
    connections: int
    home: int


@dataclass
class Seen:
    """All looks at a server and the processes it started."""

    pid: int
    home: Path
    metrics: httpx2.Client
    looks: list[Look] = field(default_factory=list)

    def look(self) -> None:
        """Look once."""
        figures = dict(_figures(self.metrics.get("/metrics").raise_for_status().text))
        status = _status(self.pid)
        links = [*_links(self.pid)]
        sockets = sum(link.startswith("socket:") for link in links)
        loops = links.count(LOOP)
        database = sum(link.startswith(f"{self.home}/tillsight.db") for link in links)
        self.looks.append(
            Look(
                at=time.monotonic(),
                resident=status["VmRSS"] * 1024,
                children=sum(map(_proportional, _children(self.pid))),
                engine=int(figures.get(ENGINE, 0)),
                loops=loops,
                database=database,
                files=len(links) - sockets - loops - database,
                sockets=sockets - loops * SOCKETS_OF_LOOP,
                threads=status["Threads"],
                connections=int(figures.get(CONNECTIONS, 0)),
                home=sum(_size(one) for one in self.home.rglob("*")),
            )
        )

    def go_on(self, over: threading.Event) -> None:
        """Look all the while."""
        while not over.is_set():
            with suppress(httpx2.HTTPError):  # whoever asks it notes that it does not answer
                self.look()
            over.wait(EVERY)


def _figures(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        name, _, value = line.rpartition(" ")
        if name in {CONNECTIONS, ENGINE}:
            yield name, float(value)


def _status(pid: int) -> dict[str, int]:
    lines = Path("/proc", str(pid), "status").read_text().splitlines()
    pairs = (line.split(":") for line in lines if line.startswith(("VmRSS", "Threads")))
    return {name: int(value.split()[0]) for name, value in pairs}


def _links(pid: int) -> Iterator[str]:
    for one in Path("/proc", str(pid), "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            yield str(one.readlink())


def _children(pid: int) -> Iterator[int]:
    for task in Path("/proc", str(pid), "task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _children(child)


def _proportional(pid: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size if path.is_file() else 0
    return 0
