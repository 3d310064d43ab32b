"""A warehouse that answers from the summaries that Spark built, and lays nothing out itself."""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb

from tillsight.database import Database
from tillsight.errors import Unavailable
from tillsight.logs import log
from tillsight.sales import journal
from tillsight.sales.erasing import files_of_imports
from tillsight.sales.folders import Folders
from tillsight.sales.journal import Head
from tillsight.sales.rows.kind import text
from tillsight.warehouse.ailments import file_at_fault, held_up, in_words
from tillsight.warehouse.built_sets import BuiltSet, BuiltSets
from tillsight.warehouse.definitions import lines_in_force, sales
from tillsight.warehouse.noted import NO_LIMIT, Noted
from tillsight.warehouse.slot import LAYOUT, File
from tillsight.warehouse.snapshot import Snapshot
from tillsight.warehouse.store import MEMORY_MB, QUESTION_SECONDS, Warehouse
from tillsight.warehouse.writing import RowsLoaded

NOT_BUILT = (
    "There are no summaries of these sales yet. Have the operator build them: tillsight summaries"
    " build --spark MASTER. Or set TILLSIGHT_SUMMARIES=local, and this server lays the sales out"
    " itself."
)
LINES_GONE = (
    "Files of the sales changed since the summaries were built, so single lines cannot be shown."
    " Have the operator build them again: tillsight summaries build --spark MASTER."
)
NOT_SO_NEW = (
    "This needs what was changed since the summaries were built. Have the operator build them"
    " again: tillsight summaries build --spark MASTER. Then try again."
)
DAMAGED = (
    "A file of the summaries is missing or damaged, so this cannot be answered. None of the sales"
    " is lost. Have the operator build the summaries anew: tillsight summaries build --spark MASTER"
    " --anew"
)
UNKNOWN = "unknown: tillsight verify reads all of the summaries and of the sales"
OF_A_READER = duckdb.Error
"""What DuckDB raises itself is of a more special class; this one is what it passes on of whoever
reads a Parquet file for it and finds what was never written.
"""
AGAIN_AFTER = 30
"""Seconds after which it is worth asking again."""
SMALL = ("daily_sales", "product_sales", "anonymous_sales", "hidden_orders")
"""Tables that grow with days, products or corrections only: copied, as most questions read them."""
LARGE = (
    *("order_parts", "customers", "customer_countries", "customer_facts", "product_months"),
    *("products", "product_facts"),
)
"""Tables that are read where they lie."""


class SummariesDamaged(Unavailable):
    """A file of the set that is answered from is missing or damaged."""

    code = "summaries_damaged"

    def __init__(self) -> None:
        super().__init__(DAMAGED, retry_after=AGAIN_AFTER)


class BuiltWarehouse(Warehouse):
    """Answers from the newest set of summaries, whose version is that of the answers.

    Sales that came since are shown once a set with them is built: nobody waits for that. What it
    keeps on this machine is a small file with the names of the set's files.
    """

    def __init__(
        self,
        home: Path,
        database: Database,
        question_seconds: float = QUESTION_SECONDS,
        memory_mb: int = MEMORY_MB,
        slow_seconds: float = NO_LIMIT,
        folders: Folders | None = None,
    ) -> None:
        """Raises SetupError if its file cannot be written, and NoSpace where the disk is full."""
        folders = folders or Folders(home)
        super().__init__(home, database, question_seconds, memory_mb, slow_seconds, folders)
        self._sets = BuiltSets(folders.summaries)
        self._batches = folders.batches.resolve()
        self._opened: BuiltSet | None = None
        self._opening = threading.Lock()
        self._noted: str | None = None
        self._slot.delete_others("built-*.duckdb", self._in_use.file.path)

    @contextmanager
    def _asked_at(self, noted: Noted, min_version: int, wait: float) -> Iterator[Snapshot]:  # noqa: ARG002
        with self._told():
            self._follow()
        if self._opened is None:
            raise Unavailable(NOT_BUILT, retry_after=AGAIN_AFTER)
        noted.begins()
        with self._told(), self._in_use.reading() as (file, cursor):
            cursor.begin()
            at = Snapshot(cursor, file.kept, self._question_seconds, noted, self._ending)
            if at.version < min_version:
                raise self.not_yet()
            yield at

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What ails a file that is read where it lies is told as that; what ails the own one as in
        every warehouse.
        """
        opened = self._opened
        with super()._told():
            try:
                yield
            except duckdb.Error as error:
                if refusal := self._refusal(error, opened):
                    raise refusal from None
                raise

    def _refusal(self, error: duckdb.Error, read: BuiltSet | None) -> Unavailable | None:
        """What is told of a file of a set, or of the sales, that a statement failed of."""
        lines_gone = Unavailable(LINES_GONE, retry_after=AGAIN_AFTER)
        if LINES_GONE in str(error):
            return lines_gone
        if read and (damaged := self._file_at_fault(error, read)):
            return self._damaged(damaged)
        today = {self._batches / batch: one for one, batch in self._batches_of_today().items()}
        earlier = [self._batches / batch for batch in read.batches.values()] if read else []
        if found := file_at_fault(error, [*{*today, *earlier}]):
            return held_up(today[found]) if found in today else lines_gone
        return self._damaged(UNKNOWN) if type(error) is OF_A_READER else None

    def _file_at_fault(self, error: duckdb.Error, read: BuiltSet) -> str | None:
        """The file of a set that a statement failed of, if it was one."""
        folder = self._sets.folder.resolve()
        found = file_at_fault(error, [folder / one for one in sorted(read.files)])
        if found:
            return str(found.relative_to(folder))
        return next(self._sets.damaged(read), None) if in_words(error) is None else None

    def _batches_of_today(self) -> dict[int, str]:
        """The files of the imports, by import: an erasure gives them other names, and a purge has
        those of imports go that are undone.
        """
        with self._database.reading() as session:
            return {one.id: one.batch for one in files_of_imports(session)}

    def _damaged(self, file: str) -> SummariesDamaged:
        """Have the log say once which file it is: whoever asks is told no names."""
        if file != self._noted:
            self._noted = file
            log.error("a file of the summaries is missing or damaged", file=file)
        return SummariesDamaged()

    def not_yet(self) -> Unavailable:
        """The refusal of whom needs what came since the last build."""
        return Unavailable(NOT_SO_NEW, retry_after=AGAIN_AFTER)

    def promise(self, versions: Collection[int], wait: float) -> None:
        """Nothing can be promised: purchases are shown after the next build."""

    def catch_up(self, wait: float, on_rows: RowsLoaded | None = None) -> int:  # noqa: ARG002
        """Take the newest set that is built; returns its version. What keeps it from that is told
        to whoever asks a question.
        """
        with suppress(Unavailable), self._told():
            self._follow()
        return self.version

    def reachable(self, version: int) -> int:
        """That of the newest set: what came since is there after the next build, however long that
        takes.
        """
        return min(version, self.catch_up(wait=0))

    @property
    def version(self) -> int:
        """The last entry of the journal that the set in use holds; 0 where none is built."""
        return self._opened.version if self._opened else 0

    @property
    def is_preparing(self) -> bool:
        """Whether there is no set to answer from."""
        return self._opened is None

    def _follow(self) -> None:
        """Have questions from now on read the newest set of this journal, if there is one. Where
        the folder is away for a while, that which is open is kept: what it has here is whole.

        Raises:
            SummariesDamaged, HeldUp: one of its files, or of the sales, is missing or damaged.
        """
        known = [self._opened]
        with suppress(OSError):
            known.insert(0, self._sets.current())
        with self._database.reading() as session:
            head = journal.head(session)
            sets = (one for one in known if one and one.is_of_journal(session, head))
            wanted = next(sets, None)
        if wanted == self._opened and (wanted is None or not self._in_use.file.ailment):
            return
        with self._opening:
            if wanted is None:
                self._opened = None
            elif wanted != self._opened or self._in_use.file.ailment:
                begun = time.monotonic()
                self._in_use.replace_by(self._filled(wanted, head))
                self._opened = wanted
                seconds = round(time.monotonic() - begun, 2)
                log.info("summaries opened", version=wanted.version, seconds=seconds)

    def _start(self, on_rows: RowsLoaded | None = None) -> Future[None]:  # noqa: ARG002
        """Open the set again in the background, after something went wrong with its file."""
        return self._worker.submit(self._follow)

    def _filled(self, found: BuiltSet, head: Head) -> File:
        file = self._slot.open_empty(f"built-{found.name}", head)
        try:
            self._fill(file.duck, found, head)
        except duckdb.Error as error:
            file.discard()
            raise self._refusal(error, found) or in_words(error) or error from None
        except BaseException:
            file.discard()
            raise
        return file

    def _fill(self, duck: duckdb.DuckDBPyConnection, found: BuiltSet, head: Head) -> None:
        if damaged := next(self._sets.damaged(found), None):
            raise self._damaged(damaged)
        duck.execute("SET GLOBAL parquet_metadata_cache = true")
        for table in (*SMALL, *LARGE):
            if names := [*found.tables[table]]:
                kind = "TABLE" if table in SMALL else "VIEW"
                duck.execute(f"DROP TABLE {table}")
                duck.execute(f"CREATE {kind} {table} AS {_read(self._sets.folder, names)}")
        if found.batches.items() <= self._batches_of_today().items():
            self._view_lines(duck, found)
        else:
            _view_no_lines(duck)
        duck.execute(f"CREATE OR REPLACE VIEW sales AS {sales('lines')}")
        entered = found.entered_at and datetime.fromisoformat(found.entered_at).replace(tzinfo=None)
        state = [head.journal, found.version, entered, LAYOUT]
        duck.execute("INSERT INTO state VALUES (?, ?, ?, ?)", state)

    def _view_lines(self, duck: duckdb.DuckDBPyConnection, found: BuiltSet) -> None:
        """Have `lines` be the rows of the journal's own files, and of single purchases."""
        selects = [_read(self._sets.folder, [*found.tables["purchases"]])]
        if found.batches:
            known = [[one, found.imports[one], batch] for one, batch in found.batches.items()]
            duck.executemany("INSERT INTO imports_in_force VALUES (?, ?, ?)", known)
            batches = _read(self._batches, [*found.batches.values()], "filename = true")
            rows = f"""(
                SELECT known.import_id, known.source, rows.*
                FROM ({batches}) AS rows
                JOIN imports_in_force AS known ON known.batch = parse_filename(rows.filename)
            )"""
            selects.append(lines_in_force(rows, "hidden_orders"))
        duck.execute("DROP TABLE lines")
        duck.execute(f"CREATE VIEW lines AS {' UNION ALL '.join(selects)}")


def _view_no_lines(duck: duckdb.DuckDBPyConnection) -> None:
    """Have whoever reads `lines` be refused: not all files are there of which the set was made, and
    of those that are there now the totals would be others.
    """
    duck.execute("ALTER TABLE lines RENAME TO no_lines")
    duck.execute(f"""
        CREATE VIEW lines AS
        SELECT no_lines.*
        FROM (SELECT error({text(LINES_GONE)}) AS told FROM range(1)) AS refused
        LEFT JOIN no_lines ON true
        WHERE refused.told IS NULL
    """)


def unreadable_files(folders: Folders) -> list[str]:
    """The files of the set that counts which are missing or damaged; each is read whole."""
    sets = BuiltSets(folders.summaries)
    found = sets.current()
    if found is None:
        return []
    damaged = {*sets.damaged(found)}
    with duckdb.connect() as duck:
        for one in found.files.keys() - damaged:
            if not _is_readable(duck, folders.summaries / one):
                damaged.add(one)
    return sorted(damaged)


def _is_readable(duck: duckdb.DuckDBPyConnection, file: Path) -> bool:
    try:
        everything = "SELECT bit_xor(hash(*COLUMNS(*))) FROM read_parquet(?)"
        duck.execute(everything, [str(file)]).fetchall()
    except duckdb.Error:
        return False
    return True


def _read(folder: Path, names: Sequence[str], options: str = "hive_partitioning = false") -> str:
    """SQL for the rows of Parquet files in a folder."""
    listed = ", ".join(text(str(folder.resolve() / one)) for one in names)
    return f"SELECT * FROM read_parquet([{listed}], {options})"
