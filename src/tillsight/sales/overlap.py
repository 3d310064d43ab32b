"""Sales of a new file that earlier imports of the same source hold already.

Orders are told by their ids, and looked for in the batches themselves: the journal is the truth,
and a warehouse may be behind it. DuckDB reads one column of each batch, and of that only the parts
whose ids lie between the smallest and the largest of the new file's. Without ids nobody can tell a
repeated row from a second purchase, so there rows that are alike are only pointed out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from tillsight.database import Database
from tillsight.errors import FileMissing, OrdersLoadedBefore
from tillsight.sales import journal
from tillsight.sales.as_loaded import are_as_loaded
from tillsight.sales.cautions import Caution
from tillsight.sales.choices import Overlap
from tillsight.sales.folders import Folders
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import Import
from tillsight.sales.rows.kind import text
from tillsight.sales.staging import Totals

MEMORY = "400 MB"
"""What a search may hold; what does not fit goes to a folder."""
SHOWN_IMPORTS = 20
ANSWERS = tuple(str(one) for one in Overlap if one is not Overlap.ask)

Found = TypeVar("Found")


@dataclass(frozen=True)
class Holder:
    """An earlier import, and how many orders of the new file count there."""

    id: int
    file: str
    orders: int


@dataclass(frozen=True)
class Shared:
    """What a new file has in common with imports in force: how many orders, how many of its own
    rows these are, and who holds them, most first. `version` is where the journal stood.
    """

    version: int
    orders: int = 0
    rows: int = 0
    holders: Sequence[Holder] = ()


class OverlapSearch:
    """Looks for the orders of one batch in the others of its source."""

    def __init__(
        self, folders: Folders, source: str, batch: Path, duck: duckdb.DuckDBPyConnection
    ) -> None:
        self._folders = folders
        self._source = source
        self._batch = batch
        self._duck = duck

    def look(self, database: Database) -> Shared:
        """Find the orders that imports in force hold, as the journal stands now.

        Raises:
            FileMissing: the file of one is missing or damaged.
        """
        return _among_earlier(database, self._folders, self._source, self._found)

    def _found(self, version: int, earlier: Sequence[Import]) -> Shared:
        self._duck.execute(_ORDERS.format(batch=_read([self._batch])))
        self._duck.execute(_NO_PAIRS)
        if not earlier:
            return Shared(version)
        self._note_pairs(earlier)
        [[orders, rows]] = self._duck.execute(_COUNTING).fetchall()
        names = {one.id: one.file_name for one in earlier}
        holders = [
            Holder(one, names[one], n) for one, n in self._duck.execute(_BY_IMPORT).fetchall()
        ]
        return Shared(version, orders, int(rows), holders)

    def write_new_orders(self, target: Path) -> None:
        """Write the batch without the orders that were found, in its own order."""
        _write(self._duck, _NEW_ORDERS.format(batch=_read([self._batch])), target)

    def write_hidden(self, target: Path) -> None:
        """Write which orders of which imports the batch takes the place of.

        Those that count nowhere now, because another import hides them, are among them: they stay
        hidden when that one is undone.
        """
        _write(self._duck, "SELECT import_id, order_id FROM pairs ORDER BY ALL", target)

    def totals(self, batch: Path) -> Totals:
        """What the rows of a batch add up to."""
        [found] = self._duck.execute(_TOTALS.format(batch=_read([batch]))).fetchall()
        return Totals(*found)

    def _note_pairs(self, earlier: Sequence[Import]) -> None:
        folder = self._folders.batches
        batches = [folder / one.batch for one in earlier]
        hidden = [folder / one.hidden for one in earlier if one.hidden]
        numbers = ", ".join(
            f"({one.id}, {text(str(batch))})" for one, batch in zip(earlier, batches, strict=True)
        )
        with self._folders.kept.reading([*batches, *hidden]):
            self._duck.execute(_PAIRS.format(batches=_read(batches), numbers=numbers))
            if hidden:
                self._duck.execute(_HIDE_PAIRS.format(hidden=_read(hidden)))


@contextmanager
def overlap_search(
    folders: Folders, source: str, batch: Path, spill: Path
) -> Iterator[OverlapSearch]:
    """A search for the orders of `batch`; what does not fit into memory goes to `spill`."""
    with _engine(spill) as duck:
        yield OverlapSearch(folders, source, batch, duck)


def refusal(shared: Shared) -> OrdersLoadedBefore:
    """What is told where nobody said what becomes of orders that were loaded before."""
    shown = shared.holders[:SHOWN_IMPORTS]
    named = f"import {shown[0].id} (“{shown[0].file}”)"
    others = f" and {len(shared.holders) - 1} more" if len(shared.holders) > 1 else ""
    return OrdersLoadedBefore(
        f"{shared.orders:,} orders of this file ({shared.rows:,} rows) are loaded already, by"
        f" {named}{others}. Nothing was loaded. Skip these orders, replace the earlier ones by"
        " those of this file, or add the rows to them.",
        orders=shared.orders,
        rows=shared.rows,
        imports=[vars(one) for one in shown],
        options=list(ANSWERS),
    )


def similar_rows(
    database: Database, folders: Folders, source: str, batch: Path, spill: Path
) -> Caution | None:
    """A warning of rows whose customer, day and amount an import in force has too, if any.

    Raises:
        FileMissing: the file of one is missing or damaged.
    """

    def count(_version: int, earlier: Sequence[Import]) -> int:
        batches = [folders.batches / one.batch for one in earlier]
        if not batches:
            return 0
        with folders.kept.reading(batches), _engine(spill) as duck:
            statement = _SIMILAR.format(batch=_read([batch]), batches=_read(batches))
            [[rows]] = duck.execute(statement).fetchall()
        return int(rows)

    rows = _among_earlier(database, folders, source, count)
    if not rows:
        return None
    message = (
        f"{rows:,} rows have the customer, day and amount of rows loaded before. They were added;"
        " if they are the same purchases, undo this import."
    )
    return Caution("similar_rows", message, rows, [])


def _among_earlier(
    database: Database,
    folders: Folders,
    source: str,
    find: Callable[[int, Sequence[Import]], Found],
) -> Found:
    """What is found in the files of the imports of a source in force, given the journal's version.
    An erasure may put other files in their place meanwhile, and a copy of one may be damaged.

    Raises:
        FileMissing: the file of one is missing or damaged.
    """
    looked = False
    while True:
        with database.reading() as session:
            version, earlier = journal.head(session).version, _in_force(session, source)
        try:
            return find(version, earlier)
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            with database.reading() as session:
                moved = journal.head(session).version != version
            if looked and not moved:
                raise
            if not moved:
                _refuse_damaged(folders, earlier)
                looked = True


def _refuse_damaged(folders: Folders, earlier: Sequence[Import]) -> None:
    for one in earlier:
        if not are_as_loaded(folders, one):
            raise FileMissing(
                f"A file of import {one.id} is missing or damaged, so nobody can tell which sales"
                " of this file are loaded already, and nothing was loaded. Have the operator"
                " restore it from a backup, then load this file again."
            )


def _in_force(session: Session, source: str) -> Sequence[Import]:
    query = select(Import).where(
        Import.kind == FileKind.sales, Import.layout == source, Import.in_force.is_not(None)
    )
    return session.scalars(query.order_by(Import.id)).unique().all()


@contextmanager
def _engine(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        duck.execute(f"SET temp_directory = {text(str(spill))}")
        yield duck


def _write(duck: duckdb.DuckDBPyConnection, statement: str, target: Path) -> None:
    duck.execute(
        f"COPY ({statement}) TO {text(str(target))}"
        " (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2)"
    )


def _read(files: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(text(str(file)) for file in files)}], filename = true)"


_ORDERS = """
    CREATE OR REPLACE TEMP TABLE orders AS
    SELECT order_id, count(*) AS rows FROM {batch} WHERE order_id IS NOT NULL GROUP BY order_id
"""
_NO_PAIRS = """
    CREATE OR REPLACE TEMP TABLE pairs (import_id BIGINT, order_id VARCHAR, counts BOOLEAN)
"""
_PAIRS = """
    INSERT INTO pairs
    WITH found AS (
        SELECT DISTINCT filename, order_id FROM {batches}
        WHERE order_id IN (SELECT order_id FROM orders)
    )
    SELECT import_id, order_id, true
    FROM found JOIN (VALUES {numbers}) AS numbers (import_id, file) ON file = filename
"""
_HIDE_PAIRS = """
    UPDATE pairs SET counts = false FROM {hidden} AS hidden
    WHERE hidden.import_id = pairs.import_id AND hidden.order_id = pairs.order_id
"""
_COUNTING = """
    SELECT count(*), coalesce(sum(rows), 0) FROM orders
    WHERE order_id IN (SELECT order_id FROM pairs WHERE counts)
"""
_BY_IMPORT = """
    SELECT import_id, count(*) AS orders FROM pairs WHERE counts
    GROUP BY import_id ORDER BY orders DESC, import_id DESC
"""
_NEW_ORDERS = """
    SELECT * EXCLUDE (filename) FROM {batch}
    WHERE order_id IS NULL OR order_id NOT IN (SELECT order_id FROM pairs WHERE counts)
"""
_TOTALS = """
    SELECT count(*), coalesce(sum(amount) FILTER (kind = 'sale'), 0),
           min(time)::DATE, max(time)::DATE, 0
    FROM {batch}
"""
_SIMILAR = """
    WITH earlier AS (
        SELECT DISTINCT customer_id, CAST(time AS DATE) AS day, amount FROM {batches}
    )
    SELECT count(*) FROM {batch} AS batch
    SEMI JOIN earlier ON earlier.customer_id = batch.customer_id
         AND earlier.day = CAST(batch.time AS DATE) AND earlier.amount = batch.amount
"""
