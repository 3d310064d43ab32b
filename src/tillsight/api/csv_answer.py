"""Rows as CSV that is sent while it is read, and safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from fastapi.responses import StreamingResponse

from tillsight.metrics.catalogue import Unit
from tillsight.metrics.plan import Column
from tillsight.metrics.question import Value
from tillsight.metrics.whole import Whole

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = {Unit.money: ".2f", Unit.ratio: ".6f"}


class Format(StrEnum):
    """How an answer is written."""

    json = "json"
    csv = "csv"


def csv_answer(found: Whole, file_name: str) -> StreamingResponse:
    """A download of all rows: catalogue names on top, unknown as an empty cell.

    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    cells = (
        [[_cell(row[one.name], one) for one in found.columns] for row in rows]
        for rows in found.chunks
    )
    return csv_download([column.name for column in found.columns], cells, file_name)


def csv_download(
    header: Sequence[str], parts: Iterable[list[list[str]]], file_name: str
) -> StreamingResponse:
    """A download of cells, sent part by part; text that people wrote is made safe before."""
    return StreamingResponse(
        _lines_of(header, parts),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def safe_text(text: str) -> str:
    """Text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_cell(value: object) -> str:
    """A cell of a value whatever it is: nothing for none, numbers exact, moments in ISO form."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return safe_text(
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    )


def _lines_of(header: Sequence[str], parts: Iterable[list[list[str]]]) -> Iterator[str]:
    yield _lines([[*header]])
    for rows in parts:
        yield _lines(rows)


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Value, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    return format(value, DECIMALS.get(column.unit, ""))
