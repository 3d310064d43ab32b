"""Tables as files: CSV that is sent while it is read, or a workbook; a spreadsheet opens both
without taking what people wrote for formulas.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fastapi.responses import StreamingResponse

from tillsight.api.workbook import Parts, Rounded, as_text, workbook
from tillsight.metrics.catalogue import Unit
from tillsight.metrics.whole import Whole

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = {Unit.money: 2, Unit.ratio: 6}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FILES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, XLSX: {}}}}
"""What a route that offers downloads says of its answers."""


class Format(StrEnum):
    """How an answer is written."""

    json = "json"
    csv = "csv"
    xlsx = "xlsx"


def download(format: Format, header: Sequence[str], parts: Parts, name: str) -> StreamingResponse:
    """All rows as a file called `name` with the ending of its format."""
    sent = workbook(header, parts, name) if format is Format.xlsx else _csv(header, parts)
    kind = XLSX if format is Format.xlsx else "text/csv; charset=utf-8"
    ending = Format.xlsx if format is Format.xlsx else Format.csv
    return StreamingResponse(
        sent,
        media_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}.{ending}"'},
    )


def download_answer(format: Format, found: Whole, name: str) -> StreamingResponse:
    """All rows of an answer: catalogue names on top, unknown as an empty cell."""
    columns = [(one.name, DECIMALS.get(one.unit)) for one in found.columns]
    parts = (
        [[_rounded(row[name], decimals) for name, decimals in columns] for row in rows]
        for rows in found.chunks
    )
    return download(format, [name for name, _ in columns], parts, name)


def _rounded(value: object, decimals: int | None) -> object:
    if decimals is None or not isinstance(value, int | float):
        return value
    return Rounded(value, decimals)


def safe_text(text: str) -> str:
    """Text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_cell(value: object) -> str:
    """A cell of a value whatever it is: nothing for none, numbers exact, moments in ISO form."""
    if value is None:
        return ""
    if isinstance(value, Rounded):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    return safe_text(as_text(value))


def _csv(header: Sequence[str], parts: Parts) -> Iterator[str]:
    yield _lines([[*header]])
    for rows in parts:
        yield _lines([[csv_cell(one) for one in row] for row in rows])


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
