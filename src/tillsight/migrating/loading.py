"""Rows of an older database on their way in, as a file that is loaded like any other."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tillsight.database import Database
from tillsight.errors import BadRows
from tillsight.migrating.moving import LeftOut
from tillsight.sales.choices import Choices, Locale, Mapping, Overlap
from tillsight.sales.disk import full_disk_told
from tillsight.sales.folders import Folders
from tillsight.sales.imports import load
from tillsight.sales.loading import Loading, Outcome
from tillsight.sales.uploads import new_upload

KEY = "id"
"""The first column of every file: the older key, by which rows that were left out are told."""
Row = Sequence[object]


@dataclass(frozen=True)
class Place:
    """Where rows are loaded to."""

    database: Database
    folders: Folders
    locale: Locale


@dataclass(frozen=True)
class Loaded:
    """How a load ended; without an `import_id` nothing could be loaded."""

    import_id: int = 0
    rows: int = 0
    revenue: Decimal = Decimal(0)
    left_out: list[LeftOut] = field(default_factory=list)


Load = Callable[[str, Mapping, Iterable[Row]], Loaded]
"""Loads rows as a file of this name, or tells how many they are: `load_rows`, `count_rows`."""


def count_rows(_name: str, _mapping: Mapping, rows: Iterable[Row]) -> Loaded:
    """Read rows that would be loaded, and load none."""
    return Loaded(rows=sum(1 for _ in rows))


def load_rows(place: Place, name: str, mapping: Mapping, rows: Iterable[Row]) -> Loaded:
    """Load rows that have the columns of the mapping after their key; `name` is the file's.

    What fails the check is left out. Rows that an import holds already, all of them and no other,
    are that import, which counts again if it was undone.

    Raises:
        NoSpace: the disk is full.
    """
    upload = new_upload(place.folders.incoming)
    try:
        with full_disk_told():
            _write(upload.file, [KEY, *mapping.columns], rows)
        # Which rows are new was told by their keys, so orders need not be looked for.
        choices = Choices(skip_bad_rows=True, overlap=Overlap.add, mapping=mapping)
        loading = Loading(upload.file, name, None, choices)
        try:
            outcome = load(place.database, place.folders, place.locale, loading)
        except BadRows as error:
            return Loaded(left_out=_all_left_out(upload.file, error))
        return _loaded(place, outcome)
    finally:
        upload.end()


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _loaded(place: Place, outcome: Outcome) -> Loaded:
    one = outcome.loaded
    left_out = []
    if one.rejects:
        path = place.folders.rejects / one.rejects
        with (
            place.folders.kept.reading([path]),
            path.open(encoding="utf-8", newline="") as file,
        ):
            left_out = [LeftOut(row[0], row[-1]) for row in list(csv.reader(file))[1:]]
    return Loaded(one.id, one.rows, one.revenue, left_out)


def _all_left_out(path: Path, error: BadRows) -> list[LeftOut]:
    """Every row of the file, with the reason it shares with the first."""
    with path.open(encoding="utf-8", newline="") as file:
        return [LeftOut(row[0], error.message) for row in list(csv.reader(file))[1:]]
