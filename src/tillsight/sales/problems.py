"""Which rows of a file cannot be loaded, and where in the file of the user they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import duckdb

from tillsight.sales.csv_text import records_of
from tillsight.sales.formats.numbering import Numbering
from tillsight.sales.rows.kind import Check, Source

LINE = "rowid + 1"  # of `staged`, which keeps the file's order; row_number() is for one thread only


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be loaded."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Group:
    """All rows that cannot be loaded for one reason; `lines` and `values` are of the first."""

    column: str
    reason: str
    count: int
    lines: Sequence[int]
    values: Sequence[str]


class FileRows:
    """The rows of a file that was read into the table `staged`: DuckDB numbers those it could read,
    `broken` are the lines it could not, with the reason of each.
    """

    def __init__(
        self,
        duck: duckdb.DuckDBPyConnection,
        source: Source,
        checks: Sequence[Check],
        numbering: Numbering,
        broken: Mapping[int, str],
    ) -> None:
        self._duck = duck
        self._source = source
        self._checks = checks
        self._numbering = numbering
        self.broken = broken

    def rejects(self) -> Iterator[tuple[Problem, list[str]]]:
        """Every row that cannot be loaded, with its cells, in file order.

        DuckDB numbers the rows it could read; Python's reader walks along to find their lines,
        which differ from the numbers where cells hold line breaks.
        """
        bad = {
            row
            for (row,) in self._duck.execute(
                f"SELECT {LINE} FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        }
        yield from self._at(bad, self.broken)

    def located(self, records: set[int]) -> dict[int, Problem]:
        """The problems of some rows, by their number."""
        ordered = sorted(records)
        problems = (problem for problem, _cells in self._at(records, {}))
        return dict(zip(ordered, islice(problems, len(ordered)), strict=True))

    def lines_of(self, records: set[int]) -> dict[int, int]:
        """The lines on which rows begin, which are counted as the engine does: from 1."""
        if not records:
            return {}
        if self._has_a_line_a_row():
            return {record: self._numbering.told(record, record + 1) for record in records}
        broken, lines, number = self.broken, {}, 0
        for line, told, _cells in self._records():
            number += line not in broken
            if line not in broken and number in records:
                lines[number] = told
                if len(lines) == len(records):
                    break
        return lines

    def told(self, line: int) -> int:
        """The user's line of a broken one, which only text has."""
        return self._numbering.told(line - 1, line)

    def _at(
        self, records: set[int], also: Mapping[int, str]
    ) -> Iterator[tuple[Problem, list[str]]]:
        """The problems of some rows with their cells, and those of some lines too."""
        if not records and not also:
            return
        problems = dict(
            self._duck.execute(
                f"SELECT {LINE}, problem FROM staged WHERE problem IS NOT NULL"
            ).fetchall()
        )
        broken = self.broken
        number = 0
        for line, shown, cells in self._records():
            if line in broken:
                if line in also:
                    yield Problem(shown, "", "", also[line]), cells
                continue
            number += 1
            if number in records:
                check = self._checks[problems[number]]
                place = self._source.columns[check.field]
                value = cells[place] if place < len(cells) else ""
                yield Problem(shown, self._source.header[place], value[:200], check.reason), cells

    def _records(self) -> Iterator[tuple[int, int, list[str]]]:
        """The rows after the header with the line each begins on, here and in the file of the
        user; blank lines are none.

        Raises:
            InvalidInput: a quote is never closed.
        """
        for row, line, cells in records_of(self._source.path, self._source.delimiter):
            yield line, self._numbering.told(row, line), cells

    def _has_a_line_a_row(self) -> bool:
        """Whether no cell holds a line break, no line is blank and none is broken."""
        [[rows]] = self._duck.execute("SELECT count(*) FROM staged").fetchall()
        ends, last = 0, b""
        with self._source.path.open("rb") as file:
            while chunk := file.read(1 << 20):
                ends += chunk.count(b"\n")
                last = chunk
        return ends + (not last.endswith(b"\n")) == int(rows) + 1
