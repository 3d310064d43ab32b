"""Laying a journal out from nothing: what counts in the end, many imports at once.

What was undone is passed over, and summaries are made of all lines together. The outcome is that of
applying one entry after the other, which takes many times as long where there are many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tillsight.sales.folders import Folders
from tillsight.sales.journal import AnyEntry, Entry, PurchaseEntry
from tillsight.sales.layouts import FileKind
from tillsight.sales.models import EntryKind
from tillsight.warehouse import customer_facts, hidden_orders, product_facts
from tillsight.warehouse.ailments import check_batch
from tillsight.warehouse.progress import LayingOut
from tillsight.warehouse.purchases import grouped
from tillsight.warehouse.summaries import NOT_HIDDEN, add_batch

MOST_TOGETHER = 10_000_000
"""Lines that are laid out in one step, unless one import alone has more: what sorting them takes
beyond the memory of the engine goes to the disk.
"""
FILES_TOGETHER = 32
"""Imports whose files are looked at together."""
FACTS = {
    FileKind.customers: customer_facts.add_facts,
    FileKind.products: product_facts.add_facts,
}


@dataclass(frozen=True)
class Counting:
    """What counts after all entries of a journal: imports in the order in which they came first,
    purchases in that of the entries that have them count.
    """

    imports: Sequence[Entry]
    purchases: Sequence[PurchaseEntry]

    @property
    def sales(self) -> list[Entry]:
        """Imports of sales."""
        return [one for one in self.imports if one.file_kind == FileKind.sales]

    @property
    def lines(self) -> int:
        """How much there is to lay out: lines of files, and purchases."""
        return sum(one.rows for one in self.sales) + len(self.purchases)


def what_counts(entries: Sequence[AnyEntry]) -> Counting:
    """What is left of the entries of a whole journal; the files say already who was erased."""
    imports: dict[int, Entry] = {}
    purchases: dict[int, PurchaseEntry] = {}
    for entry in entries:
        if isinstance(entry, Entry):
            imports[entry.import_id] = entry
        elif isinstance(entry, PurchaseEntry):
            purchases[entry.purchase_id] = entry
    return Counting(
        sorted(
            (one for one in imports.values() if one.kind is not EntryKind.undo),
            key=lambda one: one.import_version,
        ),
        sorted(
            (one for one in purchases.values() if one.kind is EntryKind.purchase),
            key=lambda one: one.version,
        ),
    )


def steps_of(counting: Counting) -> Iterator[list[Entry] | list[PurchaseEntry]]:
    """Imports of sales that are laid out together, then purchases."""
    together: list[Entry] = []
    for entry in counting.sales:
        if together and sum(one.rows for one in together) + entry.rows > MOST_TOGETHER:
            yield together
            together = []
        together.append(entry)
    if together:
        yield together
    for change in grouped(counting.purchases):
        if isinstance(change, list):
            yield change


def note_files(duck: duckdb.DuckDBPyConnection, counting: Counting, folders: Folders) -> None:
    """What files of customers and products tell, which imports count, and which orders they hide:
    all before the first line comes, which then need not be changed any more.

    Raises:
        HeldUp: the file of an import is missing, damaged, or another one.
        JournalAway: the place of the files does not answer.
    """
    with_rows = [one for one in counting.imports if one.file_kind != FileKind.kpi_values]
    for some in _some_of(with_rows):
        paths = [path for entry in some for path in entry.paths(folders.batches)]
        with folders.kept.reading(paths):
            for entry in some:
                _note_file(duck, entry, folders)


def _note_file(duck: duckdb.DuckDBPyConnection, entry: Entry, folders: Folders) -> None:
    check_batch(duck, entry, folders)
    if add_facts := FACTS.get(FileKind(entry.file_kind)):
        add_facts(duck, entry, folders.batches)
    if entry.file_kind == FileKind.sales:
        hidden_orders.take_effect(duck, entry, folders.batches)


def _some_of(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """So few that their files may be here at one time, so many that they are fetched together."""
    for start in range(0, len(entries), FILES_TOGETHER):
        yield entries[start : start + FILES_TOGETHER]


def add_imports(
    duck: duckdb.DuckDBPyConnection, entries: Sequence[Entry], folder: Path, at: LayingOut
) -> None:
    """Add the lines of imports of sales that are noted; `folder` is that of the batches."""
    duck.execute(f"CREATE TEMP VIEW batch AS {' UNION ALL '.join(_lines(duck, entries, folder))}")
    ids = ", ".join(str(int(one.import_id)) for one in entries)
    add_batch(duck, f"import_id IN ({ids})", at.passed)
    duck.execute("DROP VIEW batch")


def _lines(
    duck: duckdb.DuckDBPyConnection, entries: Sequence[Entry], folder: Path
) -> Iterator[str]:
    for entry in entries:
        lines = hidden_orders.lines_of(entry.import_id, entry.layout, folder / entry.batch)
        hidden = NOT_HIDDEN if hidden_orders.has_hidden(duck, entry.import_id) else ""
        yield f"SELECT * FROM ({lines}) {hidden}"
