"""How a file begins: what parts its cells, its header, and the layout these tell."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tillsight.errors import InvalidInput
from tillsight.sales.choices import USUAL_CHOICES, Choices, Locale
from tillsight.sales.csv_text import NOT_A_CSV
from tillsight.sales.formats.header import refuse_repeated
from tillsight.sales.formats.limits import LONGEST_LINE
from tillsight.sales.kpi_files import TERMINAL, KpiRoom, Loader
from tillsight.sales.profiles import Profile
from tillsight.sales.recognise import recognised
from tillsight.sales.rows.kind import Source

DELIMITERS = ",;\t|"
FIRST_ROWS = 200


@dataclass(frozen=True)
class Rules:
    """What decides how a file is read, beside the file itself; of values of KPIs, their room, too,
    and on whose behalf.
    """

    locale: Locale
    choices: Choices = USUAL_CHOICES
    profiles: Sequence[Profile] = ()
    kpis: KpiRoom | None = None
    loader: Loader = TERMINAL


@dataclass(frozen=True)
class Opening:
    """How a file begins: its header, what parts its cells, and its first rows."""

    delimiter: str
    header: list[str]
    rows: list[list[str]]


def read_opening(path: Path) -> Opening:
    """Read the first lines of a file.

    Raises:
        InvalidInput: a name stands in the header twice, or there is no line after it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LONGEST_LINE)
        delimiter = max(DELIMITERS, key=first.count)
        header = next(csv.reader([first], delimiter=delimiter), [])
        try:
            rows = list(islice(csv.reader(file, delimiter=delimiter), FIRST_ROWS))
        except csv.Error:
            raise InvalidInput(NOT_A_CSV) from None
    refuse_repeated(header)
    if not any(rows):
        raise InvalidInput("The file has a header and no rows.")
    return Opening(delimiter, header, [row for row in rows if row])


def read_source(path: Path, rules: Rules) -> tuple[Source, Opening, Choices]:
    """Find delimiter and layout from the first lines, and what is chosen with the layout.

    Raises:
        InvalidInput: no layout fits, or there is no line after the header.
    """
    opening = read_opening(path)
    layout, columns, choices = recognised(opening.header, rules.choices, rules.profiles)
    return Source(path, layout, opening.header, columns, opening.delimiter), opening, choices
