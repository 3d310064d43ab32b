"""Spreadsheets (.xlsx): the rows of the first sheet that has some, read as a stream."""

import re
import zipfile
from array import array
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from tillsight.errors import InvalidInput, TooLarge
from tillsight.sales.cautions import Caution
from tillsight.sales.formats.limits import LONGEST_LINE, MOST_COLUMNS, Budget, Report
from tillsight.sales.formats.packed import archive, zip_chunks
from tillsight.sales.formats.serials import (
    EPOCH,
    EPOCH_1904,
    Clock,
    clock_of,
    number_text,
    serial_text,
)
from tillsight.sales.formats.table import Table, refuse_wide

CONTENT_TYPES = "[Content_Types].xml"
LAST_ROW = 1_048_576
MOST_SHARED_TEXT = 256 << 20
"""Bytes of the texts that cells share; they are held in memory."""
_SHOWN = 5
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_OFFICE = {
    "word/": "a Word document",
    "ppt/": "a presentation",
    "content.xml": "an OpenDocument file. Save it as .xlsx or CSV",
    "xl/workbook.bin": "a binary workbook (.xlsb). Save it as .xlsx or CSV",
}

Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Read:
    """What came of a workbook: the SHA-256 of its CSV, the row its header is in, and what whoever
    loads it should know.
    """

    content_hash: str
    header_row: int
    cautions: tuple[Caution, ...]


@dataclass(frozen=True)
class _Sheet:
    name: str
    part: str


@dataclass(frozen=True)
class _Workbook:
    sheets: list[_Sheet]  # those that are not hidden
    epoch: datetime
    texts: str | None
    styles: str | None


def is_spreadsheet(opened: zipfile.ZipFile) -> bool:
    """Whether an archive is a workbook.

    Raises:
        InvalidInput: it is a document of another kind.
    """
    names = opened.namelist()
    is_document = CONTENT_TYPES in names or "mimetype" in names
    for start, what in _OFFICE.items():
        if is_document and any(name.startswith(start) for name in names):
            raise InvalidInput(f"This is {what}, whatever its name ends in.")
    return CONTENT_TYPES in names


def spreadsheet_to_csv(
    source: Path, target: Path, budgets: tuple[Budget, Budget], report: Report
) -> Read:
    """Write the first visible sheet that has rows as CSV; blank rows after its header are kept.

    `budgets` bound what is read of the workbook, and the CSV.

    Raises:
        InvalidInput: it is damaged, has no rows, or a formula without a value.
        TooLarge: it unpacks to more than it may.
    """
    with archive(source) as opened:
        parts = _Parts(opened, budgets[0])
        try:
            return _read(parts, target, budgets[1], report)
        except (expat.ExpatError, KeyError, IndexError, ValueError, OverflowError):
            raise _damaged() from None


class _Parts:
    """The XML files of a workbook."""

    def __init__(self, opened: zipfile.ZipFile, budget: Budget) -> None:
        self._opened = opened
        self._budget = budget
        self._names = {one.filename.casefold(): one for one in opened.infolist()}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def parse(
        self,
        name: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
        report: Report = lambda _done, _whole: None,
    ) -> None:
        """Read a part, and call back for each element and text.

        Raises:
            InvalidInput: it is missing, or declares its own document type.
            ExpatError: it is damaged.
        """
        if name not in self:
            raise _damaged()
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        part = self._names[name.casefold()]
        read = 0
        with closing(zip_chunks(self._opened, part, self._budget, report)) as chunks:
            for chunk in chunks:
                parser.Parse(chunk, False)
                read += len(chunk)
                if read - parser.CurrentByteIndex > LONGEST_LINE:  # held until a tag ends
                    raise _damaged()
        parser.Parse(b"", True)


def _read(parts: _Parts, target: Path, budget: Budget, report: Report) -> Read:
    book = _workbook(parts)
    clocks = _clocks(parts, book.styles)
    texts = _Texts(parts, book.texts)
    for sheet in book.sheets:
        with Table(target, budget) as table:
            rows = _Rows(sheet.name, table, texts, clocks, book.epoch)
            parts.parse(sheet.part, rows.start, rows.end, rows.text, report)
        if rows.header_row:
            return Read(table.content_hash(), rows.header_row, _cautions(sheet, book.sheets))
    raise InvalidInput("The workbook has no visible sheet with rows.")


def _cautions(sheet: _Sheet, sheets: list[_Sheet]) -> tuple[Caution, ...]:
    others = [one.name[:40] for one in sheets if one is not sheet]
    if not others:
        return ()
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    names = ", ".join(others[:_SHOWN]) + more
    message = f"Only the sheet “{sheet.name[:40]}” was read. The workbook has others: {names}."
    return (Caution("other_sheets", message, count=0, lines=()),)


def _workbook(parts: _Parts) -> _Workbook:
    """The sheets in their order, and where the rest of the workbook lies."""
    main = next(iter(_relations(parts, "", "officeDocument").values()), "xl/workbook.xml")
    sheets: list[tuple[str, str]] = []
    epoch = EPOCH

    def start(name: str, attributes: Attributes) -> None:
        nonlocal epoch
        match _local(name):
            case "workbookPr":
                if attributes.get("date1904", "0") in {"1", "true", "on"}:
                    epoch = EPOCH_1904
            case "sheet" if attributes.get("state", "visible") == "visible":
                [relation] = [value for key, value in attributes.items() if _local(key) == "id"]
                sheets.append((attributes["name"], relation))

    parts.parse(main, start, _nothing, _nothing)
    worksheets = _relations(parts, main, "worksheet")
    return _Workbook(
        [_Sheet(name, worksheets[one]) for name, one in sheets if one in worksheets],
        epoch,
        next(iter(_relations(parts, main, "sharedStrings").values()), None),
        next(iter(_relations(parts, main, "styles").values()), None),
    )


def _relations(parts: _Parts, of: str, kind: str) -> dict[str, str]:
    """The parts of a kind that a part refers to, by the name it has for them."""
    folder = PurePosixPath(of).parent
    listed = str(folder / "_rels" / f"{PurePosixPath(of).name}.rels")
    found: dict[str, str] = {}

    def start(name: str, attributes: Attributes) -> None:
        if _local(name) == "Relationship" and attributes["Type"].endswith(f"/{kind}"):
            part = attributes["Target"]
            found[attributes["Id"]] = _resolved(folder, part)

    if listed in parts:
        parts.parse(listed, start, _nothing, _nothing)
    return found


def _resolved(folder: PurePosixPath, target: str) -> str:
    steps: list[str] = []
    path = PurePosixPath(target[1:]) if target.startswith("/") else folder / target
    for step in path.parts:
        if step == "..":
            del steps[-1:]
        else:
            steps.append(step)
    return "/".join(steps)


def _clocks(parts: _Parts, styles: str | None) -> list[Clock]:
    """What each cell style shows of a date: nothing, mostly."""
    formats: dict[str, str] = {}
    used: list[str] = []
    is_cell_style = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_cell_style
        match _local(name):
            case "numFmt":
                formats[attributes["numFmtId"]] = attributes["formatCode"]
            case "cellXfs":
                is_cell_style = True
            case "xf" if is_cell_style:
                used.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        nonlocal is_cell_style
        if _local(name) == "cellXfs":
            is_cell_style = False

    if styles:
        parts.parse(styles, start, end, _nothing)
    return [clock_of(one, formats.get(one)) for one in used]


class _Texts:
    """The texts that cells share, packed into one piece of memory.

    Raises:
        TooLarge: they are more than a server should hold.
    """

    def __init__(self, parts: _Parts, name: str | None) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")
        self._pieces: list[str] = []
        self._size = 0
        self._is_text = self._is_phonetic = False
        if name and name in parts:
            parts.parse(name, self._start, self._end, self._add)

    def __getitem__(self, place: int) -> str:
        if place < 0:
            raise IndexError
        start = self._ends[place - 1] if place else 0
        return self._bytes[start : self._ends[place]].decode()

    def _start(self, name: str, _attributes: Attributes) -> None:
        match _local(name):
            case "t":
                self._is_text = not self._is_phonetic
            case "rPh":
                self._is_phonetic = True

    def _end(self, name: str) -> None:
        match _local(name):
            case "t":
                self._is_text = False
            case "rPh":
                self._is_phonetic = False
            case "si":
                self._bytes += _unescaped("".join(self._pieces)).encode()
                self._pieces.clear()
                self._ends.append(len(self._bytes))

    def _add(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)
            self._size += len(text)
            if self._size + 8 * len(self._ends) > MOST_SHARED_TEXT:
                raise TooLarge("The workbook holds too much text. Save the sheet as CSV.")


class _Rows:
    """The rows of a sheet, on their way into a table. The first with something in it is the
    header, `header_row`; 0 while there is none.
    """

    def __init__(
        self, sheet: str, table: Table, texts: _Texts, clocks: list[Clock], epoch: datetime
    ) -> None:
        self.header_row = 0
        self._sheet = sheet
        self._table = table
        self._texts = texts
        self._clocks = clocks
        self._epoch = epoch
        self._places: dict[str, int] = {}
        self._width = 0
        self._row = self._written = 0
        self._cells: list[str] = []
        self._size = 0  # of the row
        self._place = -1
        self._kind = self._style = ""
        self._has_formula = self._is_value = self._is_phonetic = False
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        match _local(name):
            case "c":
                self._begin_cell(attributes)
            case "v" | "t":
                self._is_value = not self._is_phonetic
            case "f":
                self._has_formula = True
            case "row":
                self._begin_row(attributes)
            case "rPh":
                self._is_phonetic = True

    def end(self, name: str) -> None:
        """An element ends."""
        match _local(name):
            case "c":
                self._end_cell()
            case "v" | "t":
                self._is_value = False
            case "row":
                self._end_row()
            case "rPh":
                self._is_phonetic = False

    def text(self, text: str) -> None:
        """Text in the element that began last."""
        if self._is_value:
            self._pieces.append(text)
            self._grow(len(text))

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > LONGEST_LINE:
            raise InvalidInput(f"Row {self._row} of the sheet holds more than 10 MB of text.")

    def _begin_row(self, attributes: Attributes) -> None:
        row = int(attributes.get("r", self._row + 1))
        if not self._row < row <= LAST_ROW:
            raise _damaged()
        self._row = row
        self._cells = []
        self._size = 0
        self._place = -1

    def _begin_cell(self, attributes: Attributes) -> None:
        self._place = self._place_of(attributes["r"]) if "r" in attributes else self._place + 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._has_formula = False
        self._pieces.clear()

    def _place_of(self, name: str) -> int:
        """The place of a cell such as AB12 in its row, from 0."""
        letters = name.rstrip("0123456789")
        if letters not in self._places:
            place = 0
            for letter in letters[:4].upper():
                place = 26 * place + ord(letter) - ord("A") + 1
            if place < 1:
                raise _damaged()
            self._places[letters] = place - 1
        return self._places[letters]

    def _end_cell(self) -> None:
        value = "".join(self._pieces)
        if not value:
            if self._has_formula and self._kind != "str":
                raise InvalidInput(
                    f"Cell {_letters(self._place)}{self._row} of the sheet “{self._sheet[:40]}”"
                    " holds a formula whose value was not saved. Open the workbook in a spreadsheet"
                    " program and save it, or save the sheet as CSV."
                )
            return
        if self._place >= MOST_COLUMNS:
            refuse_wide(self._place + 1)
        cells, text = self._cells, self._value(value)
        if self._place < len(cells):
            raise _damaged()
        cells.extend([""] * (self._place - len(cells)))
        cells.append(text)

    def _value(self, value: str) -> str:
        match self._kind:
            case "s":
                text = self._texts[int(value)]
                self._grow(len(text))
                return text
            case "n":
                clock = self._clocks[int(self._style)] if self._clocks else Clock.none
                if clock is Clock.none:
                    return number_text(value)
                return serial_text(value, clock, self._epoch)
            case "b":
                return "true" if value == "1" else "false"
            case _:
                return _unescaped(value)

    def _end_row(self) -> None:
        if not any(self._cells):
            return
        if not self.header_row:
            self.header_row = self._written = self._row
            self._width = len(self._cells)
        self._table.skip(self._row - self._written - 1)
        self._cells.extend([""] * (self._width - len(self._cells)))
        self._table.add(self._cells)
        self._written = self._row


def _letters(place: int) -> str:
    letters = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _unescaped(text: str) -> str:
    """Characters that XML cannot hold are written as _x000D_."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _nothing(*_: object) -> None:
    pass


def _refuse_doctype(*_: object) -> None:
    raise _damaged()


def _damaged() -> InvalidInput:
    return InvalidInput(
        "The workbook is damaged or was cut off. Upload it again, or save the sheet as CSV."
    )
