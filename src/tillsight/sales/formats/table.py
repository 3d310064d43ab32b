"""The CSV text that becomes of a file that is none."""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tillsight.errors import InvalidInput
from tillsight.sales.formats.limits import CHUNK, LONGEST_LINE, MOST_COLUMNS, Budget


class Table:
    """Rows on their way into a CSV file; each takes its place, and blank rows theirs."""

    def __init__(self, path: Path, budget: Budget) -> None:
        self._file = path.open("wb")
        self._budget = budget
        self._digest = hashlib.sha256()
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._file:
            if kind is None:
                self._flush()

    def add(self, cells: Sequence[str]) -> None:
        """Add a row.

        Raises:
            TooLarge: the table holds more than it may.
            InvalidInput: a cell holds what no text has.
        """
        self._writer.writerow(cells)
        if self._text.tell() >= CHUNK:
            self._flush()

    def skip(self, rows: int) -> None:
        """Add blank rows, so that those that follow keep their numbers."""
        while rows > 0:
            some = min(rows, CHUNK)
            self._text.write("\n" * some)
            rows -= some
            if self._text.tell() >= CHUNK:
                self._flush()

    def content_hash(self) -> str:
        """SHA-256 of what was written; of the whole once the table is closed."""
        return self._digest.hexdigest()

    def _flush(self) -> None:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        if "\0" in text:
            raise zero_byte()
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            raise InvalidInput("A cell of the file holds half a character.") from None
        self._budget.take(len(raw))
        self._digest.update(raw)
        self._file.write(raw)


def refuse_wide(columns: int) -> None:
    """Refuse a header that no file of sales has.

    Raises:
        InvalidInput: it has more than `MOST_COLUMNS` columns.
    """
    if columns > MOST_COLUMNS:
        raise InvalidInput(
            f"The file has more than {MOST_COLUMNS:,} columns. Keep those that are needed."
        )


def zero_byte() -> InvalidInput:
    """The refusal of a cell that no text can hold."""
    return InvalidInput("A cell of the file holds a zero byte, which text never has.")


def too_long(line: int) -> InvalidInput:
    """The refusal of a line that is too long."""
    return InvalidInput(
        f"Line {line} is longer than {LONGEST_LINE // 10**6} MB. Perhaps a quote before it is never"
        " closed, or the file is no table."
    )
