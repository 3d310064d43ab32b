"""Building the summaries of a whole journal on a cluster, as a new set beside the journal.

What counts after all entries is decided here, as for a warehouse that is laid out from nothing
(`anew.py`); the cluster gets a list of files, and single purchases as a file of their own.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import duckdb
from sqlalchemy.exc import SQLAlchemyError

from tillsight.database import Database
from tillsight.errors import Conflict
from tillsight.jobs import lease
from tillsight.sales import journal
from tillsight.sales.disk import full_disk_told
from tillsight.sales.folders import Folders
from tillsight.sales.journal import AnyEntry, Entry, ErasureEntry, Head
from tillsight.sales.layouts import FileKind
from tillsight.sales.purchases import purchases_of
from tillsight.warehouse.ailments import held_up, is_lost, is_missing, without_lost
from tillsight.warehouse.anew import Counting, what_counts
from tillsight.warehouse.built_sets import BuiltSet, BuiltSets
from tillsight.warehouse.purchases import grouped, make_batch

LEASE = "summaries"
LEASE_SPAN = timedelta(seconds=60)
"""How long a build that was killed keeps others from beginning."""
RENEWED_EVERY = 15.0  # seconds
TABLES = (
    *("order_parts", "customers", "customer_countries", "customer_facts", "daily_sales"),
    *("product_months", "product_sales", "anonymous_sales", "products", "product_facts"),
    *("product_labels", "hidden_orders", "purchases"),
)
"""What a set holds: tables that questions read, what the view of the lines needs, and labels, of
which the next set's products are made.
"""
LINES_A_BUCKET = 500_000
BUCKETS = range(8, 257)
"""Into how many parts customers are divided, by the lines there are when all is built."""

BUILT_ALREADY = (
    "Summaries are being built already, or were until a minute ago by a process that"
    " was killed. Wait for that build, or try again in a minute."
)
OVERTAKEN = (
    "This build was held up for longer than a minute, and another one took its place. What this one"
    " made does not count; what the other made does. Run it again if sales came since."
)
Tell = Callable[[str], None]
"""Called with the name of each step before it begins."""


@dataclass(frozen=True)
class Given:
    """What a build starts from: files of imports that count, and single purchases, by kind."""

    folder: Path
    imports: Sequence[Entry]
    purchases: Path
    buckets: int

    @property
    def hidden(self) -> list[Path]:
        """The files of the orders that imports in force hide."""
        return [self.folder / one.hidden for one in self.imports if one.hidden]

    def of_kind(self, kind: FileKind) -> list[Entry]:
        """The imports of a kind of file."""
        return [one for one in self.imports if one.file_kind == kind]

    @property
    def sources(self) -> dict[int, str]:
        """Of each import of sales, the source of its order ids."""
        return {one.import_id: one.layout for one in self.of_kind(FileKind.sales)}

    @property
    def batches(self) -> dict[int, str]:
        """Of each import of sales, the name of the file of its lines."""
        return {one.import_id: one.batch for one in self.of_kind(FileKind.sales)}


@dataclass(frozen=True)
class Change:
    """What counts otherwise than in a set: imports that came and went, and purchases that did.

    `files` are those of the set, by table.
    """

    before: BuiltSet
    files: Mapping[str, list[Path]]
    came: Sequence[Entry]
    gone: Sequence[Entry]
    purchases: Sequence[int]


KeptFiles = Mapping[str, Sequence[Path]]
"""By table, files of the set before that belong to a new one as well."""


class Engine(Protocol):
    """What computes the tables and writes each into a folder of its own below `out`."""

    def build(self, given: Given, out: Path, tell: Tell) -> None:
        """Write all of `TABLES` but purchases into `out`."""

    def renew(self, given: Given, change: Change, out: Path, tell: Tell) -> KeptFiles:
        """Write into `out` what a change touched; returns the files of the rest."""


@dataclass(frozen=True)
class Built:
    """The set that counts now, and whether there was anything to build."""

    set: BuiltSet
    is_new: bool


def build(database: Database, folders: Folders, engine: Engine, tell: Tell) -> Built:
    """Build the summaries of all that the journal says, unless that is done already: of what the
    last ones do not have, where there are any that it can be added to.

    Raises:
        Conflict: another build is under way, or took the place of this one meanwhile.
        HeldUp: the file of an import is missing, or not as long as the one that was written.
        NoSpace: the disk is full.
    """
    with _alone(database, folders) as turn:
        head, last = _standing(database, folders)
        if last and last.version == head.version and _is_whole(last, folders):
            return Built(last, is_new=False)
        start = _start(database, folders, head, last)
        change = _change(last, start, folders) if last else None
        return _make(database, folders, _Work(start, change, engine, tell), turn)


def build_anew(database: Database, folders: Folders, engine: Engine, tell: Tell) -> Built:
    """Build all summaries from nothing, whatever there is of them.

    Raises:
        Conflict, HeldUp, NoSpace: as `build`.
    """
    with _alone(database, folders) as turn:
        start = _start(database, folders, *_standing(database, folders))
        return _make(database, folders, _Work(start, None, engine, tell), turn)


@dataclass(frozen=True)
class _Start:
    """Where a build begins: the entries up to where the journal stands, what counts after them, and
    the last set of that journal.
    """

    head: Head
    entries: Sequence[AnyEntry]
    counting: Counting
    last: BuiltSet | None


@dataclass(frozen=True)
class _Work:
    """What is to be built: what changed, or all, where `change` is none."""

    start: _Start
    change: Change | None
    engine: Engine
    tell: Tell


class _Turn:
    """The right to build, which this process has until it ends; but while it is held up, or the
    database away, for longer than a lease, another may build and end in its place.
    """

    def __init__(self, database: Database, sets: BuiltSets) -> None:
        self.ended = threading.Event()
        self.sets = sets
        self._database = database
        self._before = sets.current()
        self._is_lost = False

    def renew(self) -> None:
        """Keep the right until the end."""
        while not self.ended.wait(RENEWED_EVERY):
            with suppress(SQLAlchemyError):  # a database that is away may be back in time
                self._is_lost |= not lease(self._database, LEASE, LEASE_SPAN)

    def is_overtaken(self, name: str) -> bool:
        """Whether another build came meanwhile; `name` is the set that this one has begun."""
        is_other = self.sets.current() != self._before
        return self._is_lost or is_other or not self.sets.is_there(name)

    def require(self, name: str) -> None:
        """Refuse to have a set count that another build has overtaken.

        Raises:
            Conflict: another has the right now, or had it meanwhile.
        """
        if not lease(self._database, LEASE, LEASE_SPAN) or self.is_overtaken(name):
            raise Conflict(OVERTAKEN)


def _standing(database: Database, folders: Folders) -> tuple[Head, BuiltSet | None]:
    """Where the journal stands, and the set that counts now, if it is of this journal."""
    found = BuiltSets(folders.summaries).current()
    with database.reading() as session:
        head = journal.head(session)
        return head, found if found and found.is_of_journal(session, head) else None


def _start(database: Database, folders: Folders, head: Head, last: BuiltSet | None) -> _Start:
    with database.reading() as session:
        entries = journal.entries_after(session, 0)
    entries = without_lost([one for one in entries if one.version <= head.version], folders)
    return _Start(head, entries, what_counts(entries), last)


def _make(database: Database, folders: Folders, work: _Work, turn: _Turn) -> Built:
    """Write a new set, and have it count."""
    last, entries = work.start.last, work.start.entries
    _check_files(work.start.counting, work.change, folders.batches)
    turn.sets.clear_away()
    name = turn.sets.begin(work.start.head.version)
    try:
        made = _written(database, folders, work, name)
    except Exception:
        if turn.is_overtaken(name):  # its files are gone, and whatever failed is of that
            raise Conflict(OVERTAKEN) from None
        raise
    turn.require(name)
    turn.sets.publish(made)
    turn.sets.clear_away(keep_earlier=not _erased_since(last, entries))
    return Built(made, is_new=True)


def _written(database: Database, folders: Folders, work: _Work, name: str) -> BuiltSet:
    """Write the files of a set that was begun; it does not count yet."""
    start, change, counting = work.start, work.change, work.start.counting
    out = folders.summaries / name
    with full_disk_told():
        purchases = _write_purchases(database, counting, out)
        buckets = change.before.buckets if change else _buckets(counting)
        given = Given(folders.batches, counting.imports, purchases, buckets)
        kept: KeptFiles = {}
        if change:
            kept = work.engine.renew(given, change, out, work.tell)
        else:
            work.engine.build(given, out, work.tell)
    sets = BuiltSets(folders.summaries)
    return BuiltSet(
        name,
        start.last.name if start.last else None,
        start.head.journal,
        start.head.version,
        start.entries[-1].at.isoformat() if start.entries else None,
        counting.lines,
        buckets,
        given.sources,
        given.batches,
        {table: sets.files_of(name, table, kept.get(table, ())) for table in TABLES},
    )


def _change(before: BuiltSet, start: _Start, folders: Folders) -> Change | None:
    """What changed since a set, if a new one can be made of it and that."""
    entries, counting = start.entries, start.counting
    earlier = what_counts([one for one in entries if one.version <= before.version])
    files = _files(before, folders)
    change = Change(
        before,
        files,
        _others(counting.imports, earlier.imports),
        _others(earlier.imports, counting.imports),
        sorted(
            {one.purchase_id for one in counting.purchases}
            ^ {one.purchase_id for one in earlier.purchases}
        ),
    )
    is_known = before.imports == {one.import_id: one.layout for one in earlier.sales}
    is_at_hand = not any(is_lost(one, folders.batches) for one in change.gone if _has_rows(one))
    if _erased_since(before, entries) or not files["order_parts"]:
        return None
    return change if is_known and _is_whole(before, folders) and is_at_hand else None


def _files(found: BuiltSet, folders: Folders) -> dict[str, list[Path]]:
    """The files of a set, by table."""
    return {
        table: [folders.summaries / one for one in names] for table, names in found.tables.items()
    }


def _is_whole(found: BuiltSet, folders: Folders) -> bool:
    """Whether all files of a set are there, each as long as it was."""
    return not any(BuiltSets(folders.summaries).damaged(found))


def _others(imports: Sequence[Entry], known: Sequence[Entry]) -> list[Entry]:
    ids = {one.import_id for one in known}
    return [one for one in imports if one.import_id not in ids]


def _has_rows(entry: Entry) -> bool:
    """Whether the summaries are of the rows of an import."""
    return entry.file_kind != FileKind.kpi_values


def _check_files(counting: Counting, change: Change | None, folder: Path) -> None:
    """Look at the files of imports: closely where they were not in a set yet.

    Raises:
        HeldUp: one is missing, or not as long as the one that was written.
    """
    known = {*counting.imports} - {*change.came} if change else set()
    for one in filter(_has_rows, counting.imports):
        if is_missing(one, folder) if one in known else is_lost(one, folder):
            raise held_up(one.import_id)


def _buckets(counting: Counting) -> int:
    return min(max(counting.lines // LINES_A_BUCKET, BUCKETS[0]), BUCKETS[-1])


def _erased_since(before: BuiltSet | None, entries: Sequence[AnyEntry]) -> bool:
    known = before.version if before else 0
    return any(isinstance(one, ErasureEntry) and one.version > known for one in entries)


@contextmanager
def _alone(database: Database, folders: Folders) -> Iterator[_Turn]:
    """Be the only build."""
    if not lease(database, LEASE, LEASE_SPAN):
        raise Conflict(BUILT_ALREADY)
    turn = _Turn(database, BuiltSets(folders.summaries))
    renewing = threading.Thread(target=turn.renew, daemon=True)
    renewing.start()
    try:
        yield turn
    finally:
        turn.ended.set()
        renewing.join()
        lease(database, LEASE, timedelta())


def _write_purchases(database: Database, counting: Counting, out: Path) -> Path:
    """Write the lines of single purchases as a file like those of imports; returns its folder."""
    folder = out / "purchases"
    folder.mkdir()
    with duckdb.connect() as duck:
        duck.execute("SET enable_progress_bar = false")
        make_batch(duck, [])
        duck.execute("ALTER TABLE batch RENAME TO purchases")
        for some in grouped(counting.purchases):
            if isinstance(some, list):
                with database.reading() as session:
                    stored = purchases_of(session, some)
                counting_now = {one.purchase_id for one in some}
                make_batch(duck, [one for one in stored if one.purchase.id in counting_now])
                duck.execute("INSERT INTO purchases SELECT * FROM batch")
                duck.execute("DROP TABLE batch")
        file = str(folder / "0.parquet").replace("'", "''")
        duck.execute("ALTER TABLE purchases DROP COLUMN order_id")
        duck.execute(f"COPY purchases TO '{file}' (FORMAT parquet)")
    return folder
