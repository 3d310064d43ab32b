"""Spreadsheets (.xlsx): the rows of the first sheet that has some, read as a stream."""

import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import STRIP_RE
from openpyxl.utils.escape import unescape

from tillsight.errors import InvalidInput
from tillsight.sales.cautions import Caution
from tillsight.sales.formats.limits import LONGEST_LINE, Budget, Report
from tillsight.sales.formats.packed import refuse_unreadable
from tillsight.sales.formats.table import Table, refuse_wide
from tillsight.sales.formats.workbook_parts import WorkbookParts, damaged, long_row

_SHOWN = 5
_EXACT_DIGITS = 15
_HALF_SECOND = timedelta(microseconds=500_000)
_DAMAGED = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError),
    *(ParseError, OSError, EOFError, zipfile.BadZipFile, zlib.error),
)
"""What openpyxl and zipfile raise of a workbook that is not as it should be."""

# It warns of what it does not read, such as rules for colours.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\b")


@dataclass(frozen=True)
class Read:
    """What came of a workbook: the SHA-256 of its CSV, the row its header is in, and what whoever
    loads it should know.
    """

    content_hash: str
    header_row: int
    cautions: tuple[Caution, ...]


class _Reader(ExcelReader):
    """Reads what the rows of sheets need. The rest may be wrong, and nobody asks for it."""

    def read_properties(self) -> None:
        """Not the author."""

    def read_custom(self) -> None:
        """Not what the author added."""

    def read_theme(self) -> None:
        """Not the colours."""

    def read_chartsheet(self, *_: object) -> None:
        """Not the charts."""


def spreadsheet_to_csv(
    source: Path, target: Path, budgets: tuple[Budget, Budget], report: Report
) -> Read:
    """Write the first visible sheet that has rows as CSV; blank rows after its header are kept.

    `source` is an archive that could be opened once. `budgets` bound what it unpacks to, and the
    CSV.

    Raises:
        InvalidInput: it is damaged, has no rows, or a formula without a value.
        TooLarge: it unpacks to more than it may.
    """
    with source.open("rb") as file, WorkbookParts(file) as parts:
        for part in parts.infolist():
            refuse_unreadable(part)
            budgets[0].take(part.file_size)  # zipfile never gives more than that
        parts.report = lambda _done, _whole: report(0, 0)  # how far, the rows alone will tell
        sheets = _visible_sheets(file, parts)
        parts.report = report
        for sheet in sheets:
            parts.sheet = sheet.title
            with Table(target, budgets[1]) as table, closing(_rows(sheet, parts)) as rows:
                header_row = _write(rows, table)
            if header_row:
                others = [one.title for one in sheets if one is not sheet]
                return Read(table.content_hash(), header_row, _cautions(sheet.title, others))
    raise InvalidInput("The workbook has no visible sheet with rows.")


def _visible_sheets(file: IO[bytes], parts: WorkbookParts) -> list[Any]:
    try:
        reader = _Reader(file, read_only=True, data_only=True, keep_links=False)
        reader.archive = parts
        reader.read()
    except _DAMAGED:
        raise damaged() from None
    return [one for one in reader.wb.worksheets if one.sheet_state == "visible"]


def _rows(sheet: Any, parts: WorkbookParts) -> Generator[list[str]]:  # noqa: ANN401
    """The texts of each row from the first, up to the last cell that has some."""
    sheet.reset_dimensions()  # what a program says of them may be wrong
    number = 0
    try:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            yield _texts(number, cells)
    except _DAMAGED:
        if number != parts.last_row:  # what follows the rows, such as filters, does not matter
            raise damaged() from None


def _texts(number: int, cells: Sequence[Any]) -> list[str]:
    texts = []
    size = width = 0
    for place, cell in enumerate(cells, 1):
        text = "" if cell.value is None else _text(cell)
        texts.append(text)
        if text:
            width = place
            size += len(text)
            if size > LONGEST_LINE:
                raise long_row(number)
    refuse_wide(width)
    return texts[:width]


def _write(rows: Iterator[list[str]], table: Table) -> int:
    """Write the rows; the number of the first with something in it, the header, or 0."""
    header_row = written = width = 0
    for number, cells in enumerate(rows, 1):
        if not cells:
            continue
        if not header_row:
            header_row, written, width = number, number - 1, len(cells)
        table.skip(number - written - 1)
        table.add(cells + [""] * (width - len(cells)))
        written = number
    return header_row


def _text(cell: Any) -> str:  # noqa: ANN401
    value = cell.value
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = format(value, f".{_EXACT_DIGITS}g")
        return format(Decimal(text), "f") if "e" in text else text
    if isinstance(value, (datetime, time, timedelta)):
        return _time_text(value, cell.number_format)
    return str(value)


def _time_text(value: datetime | time | timedelta, number_format: str) -> str:
    """A time to the second; the day alone where the cell shows no time and has none."""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}:{minutes:02}:{seconds:02}"
    if isinstance(value, time):
        return f"{datetime.combine(date.min, value) + _HALF_SECOND:%H:%M:%S}"
    text = (value + _HALF_SECOND).isoformat(" ", "seconds")
    shown = STRIP_RE.sub("", number_format).casefold()
    return text if "h" in shown or "s" in shown else text.removesuffix(" 00:00:00")


def _cautions(sheet: str, others: Sequence[str]) -> tuple[Caution, ...]:
    if not others:
        return ()
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    names = ", ".join(one[:40] for one in others[:_SHOWN]) + more
    message = f"Only the sheet “{sheet[:40]}” was read. The workbook has others: {names}."
    return (Caution("other_sheets", message, count=0, lines=()),)
