"""The XML files in a workbook, watched while a library reads them: it holds in memory what it is
given, whatever that is.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import IO, Literal
from xml.parsers import expat

from tillsight.errors import InvalidInput, TooLarge
from tillsight.sales.formats.limits import LONGEST_LINE, Report

LAST_ROW = 1_048_576
MOST_SHARED_TEXTS = 2_000_000
MOST_SHARED_XML = 128 << 20
"""Bytes of XML of the texts that cells share."""
MOST_ELEMENTS = 500_000
"""XML elements in one row, or beside the rows: styles, merged cells, names."""
MOST_BESIDE = 64 << 20
"""Bytes of XML beside the rows."""
_STRICT = "http://purl.oclc.org/ooxml"

Attributes = Mapping[str, str]


class WorkbookParts(zipfile.ZipFile):
    """The files of a workbook. `report` is told how far a file is read; `sheet` is the one whose
    rows are read, if any are.
    """

    sheet: str | None = None
    report: Report = staticmethod(lambda _done, _whole: None)

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """A file, which is refused as soon as it holds what it should not."""
        part = super().open(name, mode, pwd, force_zip64=force_zip64)
        size = name.file_size if isinstance(name, zipfile.ZipInfo) else self.getinfo(name).file_size
        self._check = _Check(self.sheet)
        return io.BufferedReader(_Watched(part, size, self._check, self.report), 1 << 16)

    @property
    def last_row(self) -> int | None:
        """The last row of the sheet that was opened last, once all its rows went by."""
        return self._check.last_row


class _Watched(io.RawIOBase):
    def __init__(self, part: IO[bytes], size: int, check: "_Check", report: Report) -> None:
        self._part = part
        self._size = size
        self._report = report
        self._check = check

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # of io's own reader
        chunk = self._part.read(len(buffer))
        self._check.feed(chunk)
        buffer[: len(chunk)] = chunk
        self._report(self._check.read, self._size)
        return len(chunk)

    def close(self) -> None:
        self._part.close()
        super().close()


class _Check:
    """Looks through XML, a chunk at a time.

    Raises:
        InvalidInput: it is damaged, declares a document type, or `sheet` holds a formula without
            its value.
        TooLarge: the library would hold too much of it in memory.
    """

    def __init__(self, sheet: str | None) -> None:
        self.read = 0
        self.last_row: int | None = None
        self._sheet = sheet
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self._root
        self._parser.EndElementHandler = self._end
        self._ended = self._is_inside = self._lacks_value = False
        self._row = self._texts = 0
        self._mark = self._beside = 0  # bytes: where the row began or ended; what is in none
        self._elements = self._elements_beside = 0
        self._cell: Attributes = {}

    def feed(self, chunk: bytes) -> None:
        """Look at what comes next; nothing is the end."""
        if self._ended:
            return
        self._ended = not chunk
        try:
            self._parser.Parse(chunk, self._ended)
        except (expat.ExpatError, ValueError):
            raise damaged() from None
        self.read += len(chunk)
        if self.read - self._parser.CurrentByteIndex > LONGEST_LINE:  # held until a tag ends
            raise damaged()
        self._weigh(self.read)

    def _weigh(self, place: int) -> int:
        """The bytes since the last row began or ended, if they are not too many."""
        size = place - self._mark
        if self._is_inside and size > LONGEST_LINE:
            raise long_row(self._row)
        if not self._is_inside and self._beside + size > MOST_BESIDE:
            raise _too_much()
        return size

    def _root(self, tag: str, attributes: Attributes) -> None:
        if any(value.startswith(_STRICT) for value in attributes.values()):
            raise InvalidInput(
                "This is a workbook in the strict form of Open XML. Save it as a usual .xlsx"
                " workbook, or as CSV."
            )
        self._parser.StartElementHandler = self._start
        self._start(tag, attributes)

    def _start(self, tag: str, attributes: Attributes) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        self._elements += 1
        if self._elements > MOST_ELEMENTS:
            raise _too_much()
        if name == "c":
            self._cell = attributes
            self._lacks_value = False
        elif name == "f":
            self._lacks_value = True
        elif name == "v" and self._lacks_value:
            self._parser.CharacterDataHandler = self._found_value
        elif name in {"row", "si"}:
            self._begin(name, attributes)

    def _begin(self, name: str, attributes: Attributes) -> None:
        if self._is_inside:
            raise damaged()
        if name == "row":
            row = int(attributes.get("r", self._row + 1))
            if not self._row < row <= LAST_ROW:
                raise damaged()
            self._row = row
        else:
            self._texts += 1
            if self._texts > MOST_SHARED_TEXTS or self.read > MOST_SHARED_XML:
                raise TooLarge("The workbook holds too much text. Save the sheet as CSV.")
        place = self._parser.CurrentByteIndex
        self._beside += self._weigh(place) + sum(map(len, attributes.values()))
        self._is_inside, self._mark = True, place
        self._elements_beside = self._elements - 1

    def _found_value(self, _text: str) -> None:
        self._lacks_value = False

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name == "v":
            self._parser.CharacterDataHandler = None
        elif name == "c":
            if self._lacks_value and self._sheet is not None and self._cell.get("t") != "str":
                raise _unsaved(self._cell.get("r", f"in row {self._row}"), self._sheet)
        elif name == "sheetData":
            self.last_row = self._row
        elif name in {"row", "si"}:
            place = self._parser.CurrentByteIndex
            self._weigh(place)
            self._is_inside, self._mark = False, place
            self._elements = self._elements_beside


def _unsaved(cell: str, sheet: str) -> InvalidInput:
    return InvalidInput(
        f"Cell {cell[:20]} of the sheet “{sheet[:40]}” holds a formula whose value was not saved."
        " Open the workbook in a spreadsheet program and save it, or save the sheet as CSV."
    )


def damaged() -> InvalidInput:
    """The refusal of a workbook that makes no sense."""
    return InvalidInput(
        "The workbook is damaged or was cut off. Upload it again, or save the sheet as CSV."
    )


def long_row(row: int) -> InvalidInput:
    """The refusal of a row that is too long."""
    return InvalidInput(f"Row {row} of the sheet holds more than 10 MB of text.")


def _too_much() -> TooLarge:
    return TooLarge("The workbook holds too much besides its rows. Save the sheet as CSV.")


def _refuse_doctype(*_: object) -> None:
    raise damaged()
