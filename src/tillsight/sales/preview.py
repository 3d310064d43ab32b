"""What loading a file would do, before anything is loaded.

Nothing that is in doubt is refused here: what is missing or ambiguous is part of the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillsight.sales.cautions import Caution
from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import DateOrder, Field, FileKind
from tillsight.sales.rows.kind import ValueKind


@dataclass(frozen=True)
class Meaning:
    """One way to read what is in doubt: by this choice, `example` means `means`. A choice is a
    `DateOrder` for dates and a `DecimalMark` for numbers.
    """

    choice: str
    example: str
    means: str


@dataclass(frozen=True)
class Ambiguity:
    """What the whole file does not decide: `what` is dates or numbers, in `column` of the header,
    such as in these cells. Choosing one of the readings answers it.
    """

    what: str
    column: str
    values: Sequence[str]
    readings: Sequence[Meaning]


@dataclass(frozen=True)
class Column:
    """A column of the file: the field it probably holds, how sure that is from 0 to 1, and some of
    its different cells.
    """

    name: str
    field: Field | None
    confidence: float
    samples: Sequence[str]


@dataclass(frozen=True)
class KnownField:
    """A field that a file of this kind can have; `kind` says what its cells are."""

    name: Field
    label: str
    required: bool
    kind: ValueKind


@dataclass(frozen=True)
class FirstRow:
    """A row as it would be loaded, by field, and why it could not be; `line` is its line in the
    file, the header's being 1.
    """

    line: int
    values: Mapping[str, str | None]
    problem: str | None


@dataclass(frozen=True)
class Preview:
    """What is known of a file before it is loaded.

    `layout` is the layout that fits, `profile` the saved mapping that fits; without either the
    columns are a proposal. `decimal` and `date_order` are null where there is nothing to read by
    them, and where they are in doubt: then `ambiguous` says how. While fields are `missing`, there
    are no first rows and no warnings.
    """

    kind: FileKind
    layout: str | None
    profile: str | None
    format: str
    encoding: str
    delimiter: str | None
    decimal: DecimalMark | None
    date_order: DateOrder | None
    ambiguous: Sequence[Ambiguity]
    rows: int
    columns: Sequence[Column]
    fields: Sequence[KnownField]
    missing: Sequence[Field]
    first_rows: Sequence[FirstRow]
    warnings: Sequence[Caution]
