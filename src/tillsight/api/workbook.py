"""A table as a workbook (.xlsx), written row by row so that no size of it fills the memory."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

SHEET_ROWS = 1_048_576
"""Rows of a sheet, its header among them; what is more goes on in another one."""
LONGEST_CELL = 32_767
EXACT = 10**15
"""Spreadsheets keep fifteen digits; longer numbers are written as text."""
LONGEST_TITLE = 25
SENT_AT_ONCE = 1 << 16  # bytes

Parts = Iterable[Iterable[Sequence[object]]]
"""Rows of values, some at a time: texts, numbers, dates, moments, mappings, or none."""


@dataclass(frozen=True)
class Rounded:
    """A number that is written with so many decimals."""

    value: float | Decimal
    decimals: int

    def __str__(self) -> str:
        """As plain text, such as 12.30."""
        return f"{self.value:.{self.decimals}f}"


def as_text(value: object) -> str:
    """What is no number and no date, as it stands in a cell."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def workbook(header: Sequence[str], parts: Parts, title: str) -> Iterator[bytes]:
    """The bytes of a workbook whose header stays in sight.

    It is made in a file that is gone afterwards: the index of a workbook stands at its end.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet, left = _sheet(book, header, title), SHEET_ROWS - 1
    for rows in parts:
        for row in rows:
            if left == 0:
                sheet, left = _sheet(book, header, title), SHEET_ROWS - 1
            sheet.append([_cell(sheet, one) for one in row])
            left -= 1
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while part := file.read(SENT_AT_ONCE):
            yield part


def _sheet(book: Any, header: Sequence[str], title: str) -> Any:  # noqa: ANN401  (no type of it)
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    number = len(book.sheetnames) + 1
    short = title[:LONGEST_TITLE]
    sheet = book.create_sheet(short if number == 1 else f"{short} {number}")
    sheet.freeze_panes = "A2"
    for place, name in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(place)].width = max(12, len(name) + 2)
    cells = [_cell(sheet, name) for name in header]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    return sheet


def _cell(sheet: Any, value: object) -> Any:  # noqa: ANN401
    """A number or a date as such, anything else as text, never as a formula."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, Rounded):
        cell = WriteOnlyCell(sheet, float(value.value))
        cell.number_format = f"#,##0.{'0' * value.decimals}"
        return cell
    if value is None or isinstance(value, bool) or _fits(value):
        return WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    return _text_cell(sheet, value)


def _fits(value: object) -> bool:
    """Whether a spreadsheet can hold it as a number, date or time."""
    if isinstance(value, int | float | Decimal):
        return -EXACT < value < EXACT
    if isinstance(value, datetime):
        return value.tzinfo is None
    return isinstance(value, date | time)


def _text_cell(sheet: Any, value: object) -> Any:  # noqa: ANN401
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = value.isoformat() if isinstance(value, datetime) else as_text(value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text)[:LONGEST_CELL])
    cell.data_type = "s"
    return cell
