"""What staging has to know of a kind of rows, and the SQL that all kinds share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tillsight.sales.layouts import DateOrder, Field, Layout


@dataclass(frozen=True)
class Source:
    """A file whose layout is known: which column holds which field."""

    path: Path
    layout: Layout
    header: list[str]
    columns: dict[Field, int]
    delimiter: str


@dataclass(frozen=True)
class Check:
    """A test every row has to pass: `fails` is SQL over the converted columns."""

    field: Field
    reason: str
    fails: str


@dataclass(frozen=True)
class Reading:
    """How the cells of a file are converted: `cells` is SQL for each field's trimmed text, `file`
    SQL for the rows they are in, `order` and `timezone` say how dates are read.
    """

    source: Source
    cells: Mapping[Field, str]
    file: str
    order: DateOrder
    timezone: str


@dataclass(frozen=True)
class Kind:
    """One kind of rows. `converted` is a SELECT over the file that gives the columns of a batch
    (`batch_columns`, after `line`) and `problem`, for which it is given SQL; `totals` a SELECT
    over `staged` that gives rows, revenue, first and last day, and how many rows were rounded.
    """

    batch_columns: str
    checks: Callable[[Source], list[Check]]
    converted: Callable[[Reading, str], str]
    totals: str


def trimmed(cell: str) -> str:
    # trim() walks every cell; most have nothing to trim, and these tests are cheap.
    return (
        f"CASE WHEN {cell} LIKE ' %' OR {cell} LIKE '% ' OR {cell} = ''"
        f" THEN nullif(trim({cell}), '') ELSE {cell} END"
    )


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
