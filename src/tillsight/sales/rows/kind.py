"""What staging has to know of a kind of rows, and the SQL that all kinds share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import DateOrder, Field, Layout


class ValueKind(StrEnum):
    """What the cells of a field are; money may have a currency beside it."""

    text = "text"
    number = "number"
    money = "money"
    date = "date"


@dataclass(frozen=True)
class FieldOf:
    """A field that a kind of rows has; `instead` is another that a required one may be left out
    for.
    """

    field: Field
    label: str
    kind: ValueKind = ValueKind.text
    required: bool = False
    instead: Field | None = None


@dataclass(frozen=True)
class Source:
    """A file whose layout is known: which column holds which field."""

    path: Path
    layout: Layout
    header: list[str]
    columns: dict[Field, int]
    delimiter: str

    @property
    def names_orders(self) -> bool:
        """Whether rows say which order they belong to, by a column of its own or by others."""
        return Field.order_id in self.columns or bool(self.layout.order_of)


@dataclass(frozen=True)
class Check:
    """A test every row has to pass: `fails` is SQL over the converted columns."""

    field: Field
    reason: str
    fails: str


@dataclass(frozen=True)
class Reading:
    """How the cells of a file are converted: `cells` is SQL for each field's trimmed text, `file`
    SQL for the rows they are in. `orders` tells how dates are written, by their separator (none:
    all are ISO); without a `decimal` mark all numbers are plain.
    """

    source: Source
    cells: Mapping[Field, str]
    file: str
    orders: Mapping[str, DateOrder]
    decimal: DecimalMark | None
    timezone: str


@dataclass(frozen=True)
class Kind:
    """One kind of rows. `converted` is a SELECT over the file that gives the columns of a batch
    (`batch_columns`, after `line`) and `problem`, for which it is given SQL; `totals` a SELECT
    over `staged` that gives rows, revenue, first and last day, and how many rows were rounded.
    `fields` are those its files can have.
    """

    batch_columns: str
    checks: Callable[[Source], list[Check]]
    converted: Callable[[Reading, str], str]
    totals: str
    fields: Sequence[FieldOf] = ()


def trimmed(cell: str) -> str:
    # trim() walks every cell; most have nothing to trim, and these tests are cheap.
    return (
        f"CASE WHEN {cell} LIKE ' %' OR {cell} LIKE '% ' OR {cell} = ''"
        f" THEN nullif(trim({cell}), '') ELSE {cell} END"
    )


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
