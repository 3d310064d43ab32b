"""The database of an older product: opened read-only, and read as of one moment."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    Engine,
    Row,
    Select,
    create_engine,
    func,
    inspect,
    select,
    tuple_,
)
from sqlalchemy import column as a_column
from sqlalchemy import table as a_table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError

from tillsight.errors import SetupError

OlderRow = Row[*tuple[Any, ...]]
"""A row of an older table, with the columns that the schema names as attributes."""
CONNECT_SECONDS = 10
CHUNK = 2000
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
"""Which driver of ours reads what an address names, whichever driver stands behind its plus."""
REFUSED_BY_MYSQL = frozenset({1044, 1045, 1049, 1130, 1698})
NO_ADDRESS = (
    "That is no address of an older database. Write it as"
    " postgresql://user:password@host:port/name or mysql://user:password@host:port/name; a sign"
    " such as @ or / in the password is written %40 or %2F."
)
REFUSES = (
    "The server of the older database refuses to open it. Check the user, the password and the name"
    " of the database in the address."
)
NO_ANSWER = (
    "The server of the older database does not answer. Check host, port and what stands behind a ?"
    " in the address, and that the server lets this machine in."
)


@dataclass(frozen=True)
class Schema:
    """The tables an older product is known by, each with its columns; `product` is its name.

    The first `keys` columns of a table are its primary key: one unless it is named there.
    """

    product: str
    tables: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, int]


class Older:
    """An open database of an older product. It shows what was true when it was opened, whatever is
    written to it meanwhile; nothing can be written through it.
    """

    def __init__(self, connection: Connection, schema: Schema) -> None:
        self._connection = connection
        self._schema = schema

    def rows(self, table: str, after: tuple[object, ...] | None = None) -> Iterator[OlderRow]:
        """All rows of a table by its key, with the columns that the schema names; or those whose
        key comes `after` one.

        They are fetched some at a time. Other tables may be read in between.

        Raises:
            SetupError: it may not be read, or the connection ended.
        """
        names = self._schema.tables[table]
        columns: list[ColumnClause[Any]] = [a_column(name) for name in names]
        key = columns[: self._schema.keys.get(table, 1)]
        query: Select[*tuple[Any, ...]] = select(*columns).select_from(a_table(table))
        query = query.order_by(*key)
        last = after
        while True:
            part = query if last is None else query.where(tuple_(*key) > last)
            try:
                found = self._connection.execute(part.limit(CHUNK)).all()
            except SQLAlchemyError as error:
                raise _unreadable(table, error) from None
            yield from found
            if len(found) < CHUNK:
                return
            last = tuple(found[-1])[: len(key)]

    def totals(
        self, table: str, of: str, after: int, up_to: int | None = None
    ) -> tuple[int, Decimal, int]:
        """How many rows have keys above `after`, and not above `up_to`; what their column `of` adds
        up to; and the largest key.

        Raises:
            SetupError: as `rows`.
        """
        key: ColumnClause[Any] = a_column(self._schema.tables[table][0])
        summed: ColumnClause[Any] = a_column(of)
        query: Select[*tuple[Any, ...]] = select(func.count(), func.sum(summed), func.max(key))
        query = query.select_from(a_table(table)).where(key > after)
        if up_to is not None:
            query = query.where(key <= up_to)
        try:
            count, total, last = self._connection.execute(query).one()
        except SQLAlchemyError as error:
            raise _unreadable(table, error) from None
        return count, Decimal(total or 0), last or after

    def copies(self, table: str) -> Sequence[int]:
        """The keys, in order, of rows that say in all other columns what one before them says.

        Raises:
            SetupError: as `rows`.
        """
        columns: list[ColumnClause[Any]] = [a_column(name) for name in self._schema.tables[table]]
        key, *others = columns
        place = func.row_number().over(partition_by=others, order_by=key)
        numbered = select(key, place.label("place")).select_from(a_table(table)).subquery()
        query = select(numbered.c[key.name]).where(numbered.c.place > 1)
        try:
            found = self._connection.execute(query.order_by(numbered.c[key.name]))
            return array("q", found.scalars())
        except SQLAlchemyError as error:
            raise _unreadable(table, error) from None


@contextmanager
def older_database(address: str, schema: Schema) -> Iterator[Older]:
    """Open the database of an older product, read-only.

    Raises:
        SetupError: the address is none, the database cannot be opened, or it is another product's;
            no text tells the address.
    """
    engine = create_engine(_url(address), **_options(address), hide_parameters=True)
    try:
        connection = _opened(engine)
        with connection:
            _require(connection, schema)
            yield Older(connection, schema)
    finally:
        engine.dispose()


def _url(address: str) -> URL:
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise SetupError(NO_ADDRESS) from None
    driver = DRIVERS.get(url.get_backend_name())
    if driver is None or not url.database:
        raise SetupError(NO_ADDRESS)
    url = url.set(drivername=driver)
    return url.update_query_dict({"charset": "utf8mb4"}) if "mysql" in driver else url


def _options(address: str) -> dict[str, Any]:
    """How the transaction is: no write can be in it, and it sees one moment."""
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"}
    if _url(address).get_backend_name() == "postgresql":
        options["postgresql_readonly"] = True
    return {
        "execution_options": options,
        "connect_args": {"connect_timeout": CONNECT_SECONDS},
    }


def _opened(engine: Engine) -> Connection:
    try:
        connection = engine.connect()
        if engine.dialect.name != "postgresql":
            connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    except SQLAlchemyError as error:
        raise SetupError(REFUSES if _is_refusal(error) else NO_ANSWER) from None
    except (TypeError, ValueError):  # the driver knows no such parameter, or the host is no name
        raise SetupError(NO_ANSWER) from None
    return connection


def _is_refusal(error: SQLAlchemyError) -> bool:
    """Whether a server answered, and said no. PostgreSQL tells it in words alone."""
    said = getattr(error, "orig", None)
    number = said.args[0] if isinstance(said, Exception) and said.args else None
    return number in REFUSED_BY_MYSQL or "FATAL" in str(said)


def _require(connection: Connection, schema: Schema) -> None:
    """Refuse a database that lacks a table or column that the product had."""
    inspector = inspect(connection)
    for table, columns in schema.tables.items():
        try:
            found = {one["name"] for one in inspector.get_columns(table)}
        except NoSuchTableError:
            raise _other_product(schema, f"there is no table “{table}”") from None
        except SQLAlchemyError as error:
            raise _unreadable(table, error) from None
        for column in columns:
            if column not in found:
                lacks = f"its table “{table}” has no column “{column}”"
                raise _other_product(schema, lacks)


def _other_product(schema: Schema, lacks: str) -> SetupError:
    return SetupError(
        f"This is not a database of {schema.product}: {lacks}. Check the name of the database in"
        " the address, and which product it belongs to."
    )


def _unreadable(table: str, error: SQLAlchemyError) -> SetupError:
    return SetupError(
        f"The table “{table}” of the older database cannot be read. The user of the address needs"
        f" the right to read it, and the connection must not end ({type(error).__name__})."
    )
