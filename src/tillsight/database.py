"""The operational database: people, promises and the journal of the sales.

SQLite by default, PostgreSQL and MySQL/MariaDB by URL. Rooms keep their tables in their own files
and declare them on `Base`; `upgrade` builds them by the migrations, never from the models.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Enum,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool
from sqlalchemy.types import TypeDecorator, TypeEngine

from tillsight.errors import LetGo, NoSpace, SetupError, TillsightError, Unavailable
from tillsight.logs import log
from tillsight.unreached import reason

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_SECONDS = 60
AWAY_SECONDS = 5
STUCK_SECONDS = 5
"""Seconds without a turn to write after which no more than `MOST_WAITING` threads wait for one."""
MOST_WAITING = 15
SAID_AFTER_MS = 1000
"""Milliseconds that a process waits for another before it says so."""
WAITS = "waiting for another process that changes the tables"
UPGRADE_LOCK = 7_455_401  # any number: names the lock that two starting servers compete for
WRITES = "tillsight_writes"
PART = 500
"""Rows of a long list that are read together."""
DRIVERS = {"sqlite+pysqlite", "postgresql+psycopg", "mysql+pymysql", "mariadb+pymysql"}
"""What reads and writes each kind of database; others are not installed."""
NO_ANSWER = (OperationalError, InterfaceError, NoConnectionFree)
"""What is raised when the database is away, ends a connection, or is locked for too long."""

MOST_TRIES = 4
"""Times that a change is done of which the database lets go."""
TRIED_AFTER = 0.05
"""Seconds until the second try, at the most; longer before each one after it."""

_FULL_IN_WORDS = (
    "no space left",
    "not enough space",
    "disk quota exceeded",
    "disk is full",
    "disk full",
    "failed to offload",
    "max_temp_directory_size",
)
_LET_GO = {"40001", "40P01", 1213}
"""A serialization failure and a deadlock of PostgreSQL's, a deadlock of MySQL's."""

Row = TypeVar("Row")
Place = TypeVar("Place")
Done = TypeVar("Done")


def away(error: Exception) -> TillsightError:
    """How one of `NO_ANSWER` is told to whoever asked; the driver's words quote addresses."""
    if says_full(error):
        log.error("the disk of the database is full", error=type(error).__name__)
        return NoSpace()
    if is_let_go(error):
        log.warning("the database let go of a change", error=type(error).__name__)
        return LetGo(
            "Somebody changed the same at the same moment, so this was not done. Try again.",
            retry_after=1,
        )
    log.error("the database does not answer", error=type(error).__name__)
    text = "The database does not answer at the moment. Try again in a few seconds."
    return Unavailable(text, retry_after=AWAY_SECONDS)


def says_full(error: Exception) -> bool:
    """Whether a database, or another engine with files, says that its disk is full."""
    words = str(error).casefold()
    return any(full in words for full in _FULL_IN_WORDS)


def is_let_go(error: Exception) -> bool:
    """Whether the database undid a whole transaction because others were in its way. Nothing of it
    is left, so it can be done again at once.
    """
    told = getattr(error, "orig", None)
    number = told.args[0] if isinstance(told, Exception) and told.args else None
    return getattr(told, "sqlstate", None) in _LET_GO or number in _LET_GO


class Base(DeclarativeBase):
    """What all tables are declared on; constraints get readable names for the migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, stored as naive UTC with microseconds on every database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Ask MySQL for microseconds, which it drops by default."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take any aware time."""
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give it back as UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount with four decimals; text on SQLite, which has only floating numbers."""

    impl = Numeric(18, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep SQLite from rounding."""
        kind = String(24) if dialect.name == "sqlite" else Numeric(18, 4)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        """Write text where the column is text."""
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        """Read either kind."""
        del dialect
        return None if value is None else Decimal(str(value))


UNFINISHED = Table("restore_unfinished", MetaData(), Column("id", Integer, primary_key=True))
"""There while a backup is being put into a database that cannot do that in one transaction."""


def text_enum(kind: type[StrEnum]) -> Enum:
    """A column that holds the values of `kind` as text, which every database can."""
    return Enum(
        kind, native_enum=False, length=20, values_callable=lambda members: [*map(str, members)]
    )


@dataclass(frozen=True)
class Pool:
    """Connections kept to a database server: at most so many, each for so many seconds."""

    connections: int
    recycle_seconds: int


USUAL_POOL = Pool(20, 1800)


class Database:
    """The operational database at `url`; `reading` and `writing` are its two kinds of session."""

    def __init__(self, url: str, pool: Pool = USUAL_POOL) -> None:
        self.engine = _create_engine(url, pool)
        self._writer = _writer_of(self.engine).execution_options(**{WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session whose changes are thrown away."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits when the block ends well, and leaves nothing if it does not.

        Routes close the block before they answer, so a commit that fails is never a success. Its
        connection is given back with every commit and rollback, not only at the end.
        """
        with Session(self._writer) as session:
            yield session
            session.commit()

    def changing(self, change: Callable[[Session], Done]) -> Done:
        """Have `change` done in a session as of `writing`. If the database lets go of it, because
        others change the same at that moment, it is called again, in a new session: it must do
        nothing elsewhere that cannot be done twice.

        Raises:
            OperationalError: it was let go of `MOST_TRIES` times, or cannot be done at all.
        """
        for tried in range(1, MOST_TRIES):
            try:
                with self.writing() as session:
                    return change(session)
            except OperationalError as error:
                if not is_let_go(error):
                    raise
                log.info("the database let go of a change, which is tried again", tried=tried)
                # Not all at once again: those who met wait differently long.
                time.sleep(random.uniform(0.5, 1) * TRIED_AFTER * tried)  # noqa: S311  (no secret)
        with self.writing() as session:
            return change(session)

    @contextmanager
    def as_of_now(self) -> Iterator[Connection]:
        """A connection that reads all tables as of one moment, however long that takes; writers go
        on. The moment is that of the first statement.

        Raises:
            SetupError: the database cannot be reached.
        """
        server = self.engine.dialect.name != "sqlite"
        options = {"isolation_level": "REPEATABLE READ"} if server else {}
        with self._reached(**options) as connection:
            yield connection

    def in_parts(
        self,
        read: Callable[[Session, Place | None, int], list[Row]],
        place_of: Callable[[Row], Place],
    ) -> Iterator[list[Row]]:
        """All rows of a long list, in parts that fit in memory.

        `read` is asked for the rows after a place, at most so many; `place_of` tells that of a row.
        Each part has a session of its own: whoever takes the rows may take their time.
        """
        after = None
        while True:
            with self.reading() as session:
                part = read(session, after, PART)
            if not part:
                return
            yield part
            after = place_of(part[-1])

    def upgrade(self) -> None:
        """Bring the tables to the current layout; a second server that starts waits for the first.

        Raises:
            SetupError: the database cannot be reached or was made by a newer Tillsight.
        """
        with self._changing_tables() as config:
            config.attributes["step_done"] = _told_steps(config.attributes["connection"])
            command.upgrade(config, "head")

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an older layout (`base`: no tables); rows of newer ones go.

        Raises:
            SetupError: the database cannot be reached, or there is no such revision before its own.
        """
        with self._changing_tables() as config:
            command.downgrade(config, revision)

    def rebuild(
        self,
        revision: str,
        fill: Callable[[Connection], None],
        finish: Callable[[Session], None],
    ) -> None:
        """Make all tables anew as they were at `revision`, have `fill` put the rows in, bring them
        to the current layout, and have `finish` do the rest.

        PostgreSQL and SQLite do it in one transaction: until its end what was there is there.
        MariaDB cannot; there the tables are marked, so that nobody takes them for a shop.

        Raises:
            SetupError: the database cannot be reached.
        """
        with self._reached(**{WRITES: True}) as connection, _upgrade_lock(connection):
            marked = connection.dialect.name in {"mysql", "mariadb"}
            if marked:
                UNFINISHED.create(connection, checkfirst=True)
            _drop_ours(connection)
            config = _alembic_config(connection)
            command.upgrade(config, revision)
            fill(connection)
            command.upgrade(config, "head")
            with Session(connection) as session:
                finish(session)
                session.commit()  # of what was begun before the session: that goes on
            if marked:
                connection.commit()  # all rows are in it before it counts as finished
                UNFINISHED.drop(connection)
            connection.commit()

    def revision(self) -> str | None:
        """The layout its tables have now; none where there are no tables yet.

        Raises:
            SetupError: the database cannot be reached.
        """
        with self._reached() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def drift(self) -> list[str]:
        """Where its tables are not as the declared ones; the rooms' tables have to be imported.

        Raises:
            SetupError: the database cannot be reached.
        """
        with self._reached() as connection:
            found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        return [_in_words(difference) for difference in found]

    @contextmanager
    def _changing_tables(self) -> Iterator[Config]:
        """Alone with the tables: servers that start together wait for one another."""
        try:
            with (
                self._reached(**{WRITES: True}) as connection,
                _upgrade_lock(connection),
            ):
                _refuse_unfinished(connection)
                yield _alembic_config(connection)
                connection.commit()  # before the lock goes: the next one has to see it
        except CommandError as error:
            raise SetupError(
                "The operational database and this Tillsight do not know the same revision"
                f" ({error}). It was made by a newer Tillsight, or the revision is misspelt; known"
                f" are {', '.join(revisions())}. Nothing was changed. Start the newer release"
                " again; or, to go back to this one, restore the backup that was made before the"
                " upgrade (docs/operating.md, “Upgrade and downgrade”)."
            ) from None

    @contextmanager
    def _reached(self, **options: object) -> Iterator[Connection]:
        try:
            with self._connected(options) as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._closed(error) from error

    def _connected(self, options: Mapping[str, object]) -> Connection:
        try:
            return self.engine.execution_options(**options).connect()
        except OSError as error:
            raise self._closed(error) from None

    def _closed(self, error: SQLAlchemyError | OSError) -> SetupError:
        in_home = self.engine.dialect.name == "sqlite"
        return SetupError(
            f"The operational database cannot be opened: {reason(error)}. "
            + (
                "It lies in the home folder: check TILLSIGHT_HOME, and that all in it belongs"
                " to the user that runs Tillsight."
                if in_home
                else "Check TILLSIGHT_DATABASE_URL, and that its server is running."
            )
        )

    def is_unfinished(self) -> bool:
        """Whether a backup was being put into it, and that did not end.

        Raises:
            SetupError: the database cannot be reached.
        """
        with self._reached() as connection:
            return inspect(connection).has_table(UNFINISHED.name)

    def connections(self) -> tuple[int, int]:
        """How many connections are in use, and how many can be."""
        pools = {id(one.pool): one.pool for one in (self.engine, self._writer)}.values()
        queues = [one for one in pools if isinstance(one, QueuePool)]
        return sum(one.checkedout() for one in queues), sum(map(_most_of, queues))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
        self._writer.dispose()


def _most_of(pool: QueuePool) -> int:
    return pool.size() + max(pool._max_overflow, 0)  # noqa: SLF001  (it tells only what is in use)


def _refuse_unfinished(connection: Connection) -> None:
    if inspect(connection).has_table(UNFINISHED.name):
        raise SetupError(
            "A backup was being restored into the operational database, and that did not end, so"
            " nothing can be told from it. Run the same tillsight restore again, with --replace."
        )


def _drop_ours(connection: Connection) -> None:
    """Drop our tables; those of others who use the same database stay."""
    ours = {*Base.metadata.tables, "alembic_version"}
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in ours)
    found.drop_all(connection)


def revisions() -> list[str]:
    """Every layout the tables ever had, newest first."""
    script = ScriptDirectory(str(MIGRATIONS))
    return [one.revision for one in script.walk_revisions()]


def _told_steps(connection: Connection) -> Callable[..., None]:
    """Say how many steps lead to the current layout; what it gives says after each that it is done.
    A database without tables is made, which is quick and no change.
    """
    known, now = revisions(), MigrationContext.configure(connection).get_current_revision()
    steps = known.index(now) if now in known else 0
    done = count(1)

    def tell(*, step: MigrationInfo, **_: object) -> None:
        if steps:
            number = next(done)
            log.info("tables changed", step=number, of=steps, revision=step.up_revision_id)

    if steps:
        log.info("changing the tables", steps=steps, revision=now)
    return tell


def _in_words(difference: object) -> str:
    """What Alembic found, without its objects: (`add_column`, None, `users`, Column …)."""
    if isinstance(difference, list):
        return "; ".join(map(_in_words, difference))
    parts = difference if isinstance(difference, tuple) else (difference,)
    names = [getattr(part, "name", part) for part in parts if not isinstance(part, dict)]
    return " ".join(str(name) for name in names if name is not None)


def _alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _upgrade_lock(connection: Connection) -> Iterator[None]:
    """Hold the lock of the migrations; on SQLite the write transaction itself is the lock.

    It has to be begun here: one of its own Alembic would commit after each step, and a server that
    came in between would make the steps after it, too.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        key = {"key": UPGRADE_LOCK}
        if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), key):
            log.info(WAITS)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)
        yield
    elif dialect in {"mysql", "mariadb"}:
        lock = {"name": str(UPGRADE_LOCK), "seconds": LOCK_SECONDS}
        get = text("SELECT GET_LOCK(:name, :seconds)")
        if connection.scalar(get, {**lock, "seconds": 0}) != 1:
            log.info(WAITS)
            if connection.scalar(get, lock) != 1:
                raise SetupError(
                    f"Another server has been changing the tables for {LOCK_SECONDS} seconds. Start"
                    " again when it is done."
                )
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": lock["name"]})
    else:
        _begin_alone(connection)
        yield


def _begin_alone(connection: Connection) -> None:
    """Begin to write to SQLite, and say so where another process has done that for a while."""
    engine = connection.engine
    with engine.connect() as probe:
        raw: Any = probe.connection.dbapi_connection
        raw.execute(f"PRAGMA busy_timeout = {SAID_AFTER_MS}")
        try:
            probe.execute(text("SELECT 1"))
        except OperationalError:
            log.info(WAITS)
        # Not where a server is told to end meanwhile: the connection is closed then.
        raw.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}")
    connection.execute(text("SELECT 1"))


def _create_engine(url: str, pool: Pool) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SetupError(
            "TILLSIGHT_DATABASE_URL is not a database address such as"
            " postgresql+psycopg://user:password@host/name."
        ) from None
    if _driver_of(parsed) not in DRIVERS:
        raise SetupError(
            f"TILLSIGHT_DATABASE_URL begins with “{parsed.drivername}:”; known are sqlite,"
            " postgresql+psycopg and mysql+pymysql."
        )
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        return _sqlite_engine(parsed)
    return create_engine(
        parsed,
        pool_pre_ping=True,
        pool_size=pool.connections,
        max_overflow=0,
        pool_recycle=pool.recycle_seconds,
        hide_parameters=True,
    )


def _driver_of(url: URL) -> str | None:
    try:
        return f"{url.get_backend_name()}+{url.get_driver_name()}"
    except NoSuchModuleError:
        return None


@event.listens_for(Table, "before_create")
def _compare_exactly(table: Table, connection: Connection, **_options: object) -> None:
    # MySQL would take é for e and A for a: names that are not the same would be, there alone.
    if connection.dialect.name in {"mysql", "mariadb"}:
        table.kwargs.setdefault("mysql_charset", "utf8mb4")
        table.kwargs.setdefault("mysql_collate", "utf8mb4_bin")
        table.kwargs.setdefault("mariadb_charset", "utf8mb4")
        table.kwargs.setdefault("mariadb_collate", "utf8mb4_bin")


class _InTurn(QueuePool):
    """SQLite's one connection to write with, handed on in turn.

    Whoever waits for it holds one of the threads that requests share. Where another program keeps
    the file locked, so that turns do not come, only some wait, and the others go on reading.
    """

    def __init__(self, creator: Any, **options: Any) -> None:  # noqa: ANN401  (as the engine says)
        super().__init__(creator, **options)
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._turned = 0.0

    def connect(self) -> PoolProxiedConnection:
        """Wait for a turn.

        Raises:
            NoConnectionFree: turns do not come, and enough wait already; or none came in time.
        """
        while not self._places.acquire(timeout=1):
            if time.monotonic() - self._turned > STUCK_SECONDS:
                raise NoConnectionFree("nobody has had a turn to write for a while")
        try:
            connection = super().connect()
            self._turned = time.monotonic()
        finally:
            self._places.release()
        return connection


def _sqlite_engine(url: URL, **pool: Any) -> Engine:  # noqa: ANN401  (as the engine says)
    engine = create_engine(
        url, connect_args={"timeout": LOCK_SECONDS}, hide_parameters=True, **pool
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _writer_of(engine: Engine) -> Engine:
    """Where writing sessions get their connections.

    SQLite lets one write at a time. One connection, handed on in turn, is both fair and quick,
    where several would ask the file again and again; and readers are left theirs.
    """
    if engine.dialect.name != "sqlite":
        return engine
    return _sqlite_engine(
        engine.url, poolclass=_InTurn, pool_size=1, max_overflow=0, pool_timeout=LOCK_SECONDS
    )


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and late; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a committed import survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another one wrote in
    # between; taking the write lock at the start makes it wait its turn instead.
    writes = connection.get_execution_options().get(WRITES)
    raw: Any = connection.connection.dbapi_connection
    if raw.in_transaction:
        raw.rollback()  # a commit that failed, such as on a full disk, left it open
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
