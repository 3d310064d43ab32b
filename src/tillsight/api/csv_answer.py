"""Rows as CSV that is sent while it is read, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import StreamingResponse

from tillsight.metrics.catalogue import Unit
from tillsight.metrics.plan import Column
from tillsight.metrics.question import Row, Value
from tillsight.metrics.whole import Whole

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = {Unit.money: ".2f", Unit.ratio: ".6f"}


def csv_answer(found: Whole, file_name: str) -> StreamingResponse:
    """A download of all rows: catalogue names on top, unknown as an empty cell.

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    return StreamingResponse(
        _parts(found.columns, found.chunks),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _parts(columns: Sequence[Column], chunks: Iterable[list[Row]]) -> Iterator[str]:
    yield _lines([[column.name for column in columns]])
    for rows in chunks:
        yield _lines([_cell(row[column.name], column) for column in columns] for row in rows)


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Value, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return format(value, DECIMALS.get(column.unit, ""))
