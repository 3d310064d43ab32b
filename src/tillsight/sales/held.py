"""What the files of imports hold about one customer, counting or not."""

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from tillsight.errors import FileMissing
from tillsight.sales import pseudonyms
from tillsight.sales.as_loaded import are_as_loaded
from tillsight.sales.erasing import ImportFiles
from tillsight.sales.folders import Folders
from tillsight.sales.layouts import FileKind

Row = dict[str, Any]


def held_rows(
    folders: Folders, files: Sequence[ImportFiles], customer_id: str
) -> Iterator[tuple[ImportFiles, list[Row]]]:
    """The rows of each batch that name the customer, by their columns, in file order.

    Raises:
        FileMissing: the file of an import is not as it was when it was loaded.
    """
    wanted = [one for one in files if one.kind in pseudonyms.OF_PEOPLE]
    with pseudonyms.reading_files(folders.incoming) as duck:
        for one in wanted:
            batch = folders.batches / one.batch
            if not are_as_loaded(folders, one):
                raise FileMissing(
                    f"A file of import {one.id} is not as it was when it was loaded, so nobody can"
                    " tell what it holds about this customer. Restore it from a backup first."
                )
            with folders.kept.reading([batch]):
                rows = pseudonyms.rows_of(duck, batch, customer_id)
            if rows:
                yield one, rows


def hidden_pairs(
    folders: Folders, files: Sequence[ImportFiles], orders: Collection[str]
) -> set[tuple[int, str]]:
    """Which of these orders of which imports do not count while `files` are those that do."""
    found: set[tuple[int, str]] = set()
    with pseudonyms.reading_files(folders.incoming) as duck:
        for one in files:
            if one.hidden and one.kind == FileKind.sales:
                hidden = folders.batches / one.hidden
                with folders.kept.reading([hidden]):
                    found |= pseudonyms.pairs_of(duck, hidden, orders)
    return found


def held_rejects(folders: Folders, one: ImportFiles, names: Collection[str]) -> list[Row]:
    """The rejected rows of an import that name the customer: line, reason, and the cells by their
    columns.
    """
    paths = [folders.rejects / one.rejects] if one.rejects else []
    with folders.kept.reading(paths):
        rejects = one.rejected(folders)
        return _named_in(rejects, one, names) if rejects else []


def _named_in(rejects: Path, one: ImportFiles, names: Collection[str]) -> list[Row]:
    wanted = dict.fromkeys(names, "named")
    with rejects.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        return [
            {
                "line": row[-2],
                "reason": row[-1],
                "cells": dict(zip(header[:-2], row[:-2], strict=False)),
            }
            for row in rows
            if pseudonyms.is_named(row, header, one.layout, wanted)
        ]
