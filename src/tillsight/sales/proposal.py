"""Which column of an unknown file probably holds what, by its name and by all of its cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import duckdb

from tillsight.sales.layouts import Field, FileKind
from tillsight.sales.recognise import missing_fields
from tillsight.sales.rows import KINDS
from tillsight.sales.rows.kind import FieldOf, Kind, ValueKind, text
from tillsight.sales.rows.numbers import told_by
from tillsight.sales.words import ALSO, COUNTRIES, NAMES, SOLD, in_words

MOST_SHAPES: Final = 1000
BY_NAME: Final = 0.9
BY_PART_OF_NAME: Final = 0.6
BY_CONTENT: Final = 0.5
CONFIRMED: Final = 0.09
"""What cells that are as they should be add to a name."""
DENIED: Final = 0.2
"""What is left of a name whose cells are something else."""
LEAST: Final = 0.4
MOST_OF: Final = 0.8
HALF_OF: Final = 0.5
"""Share of its cells that makes a column one of their kind, without and with a name that says so.
"""
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})(?!\d)"
    r"|\d{1,2}[ .-]{1,2}[A-Za-z]{3,9}[ -]\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
)


@dataclass(frozen=True)
class Content:
    """How many of a column's cells are not blank, and which share of them are dates, numbers, and
    countries.
    """

    cells: int = 0
    dates: float = 0.0
    numbers: float = 0.0
    countries: float = 0.0

    def share_of(self, kind: ValueKind) -> float:
        """Which share of the cells can be of a kind."""
        if kind is ValueKind.date:
            return self.dates
        return self.numbers if kind in {ValueKind.number, ValueKind.money} else 1.0


@dataclass(frozen=True)
class Proposal:
    """The kind of a file, and for its columns a field each, with a confidence from 0 to 1."""

    kind: FileKind
    fields: Mapping[int, tuple[Field, float]]


def content_of(duck: duckdb.DuckDBPyConnection, cell: str, table: str) -> Content:
    """What all cells of a column tell; `cell` is SQL for their trimmed text, over `table`."""
    countries = ", ".join(text(one) for one in sorted(COUNTRIES))
    # Cells that differ only in their digits are of one kind. Most columns have few different ones.
    rows = duck.execute(
        f"""
        WITH cells AS (
            SELECT cell, count(*) AS n FROM (SELECT {cell} AS cell FROM {table})
            WHERE cell IS NOT NULL GROUP BY 1
        )
        SELECT any_value(cell), sum(n)::BIGINT,
               coalesce(sum(n) FILTER (lower(cell) IN ({countries})), 0)::BIGINT
        FROM cells GROUP BY translate(cell, '0123456789', '9999999999')
        ORDER BY 2 DESC LIMIT {MOST_SHAPES}
        """
    ).fetchall()
    whole = sum(count for _, count, _ in rows)
    if not whole:
        return Content()
    dates = sum(count for shown, count, _ in rows if _DATE.match(shown))
    numbers = sum(count for shown, count, _ in rows if told_by(shown).mark)
    return Content(
        whole, dates / whole, numbers / whole, sum(countries for *_, countries in rows) / whole
    )


def proposed(header: Sequence[str], contents: Sequence[Content]) -> Proposal:
    """The kind whose fields the columns have, of several the one they say most of."""
    proposals = [Proposal(kind, _fields_of(KINDS[kind], header, contents)) for kind in KINDS]
    return max(proposals, key=_fit)


def _fit(proposal: Proposal) -> tuple[bool, float]:
    found = dict(proposal.fields.values())
    columns = {field: place for place, (field, _) in proposal.fields.items()}
    missing = missing_fields(KINDS[proposal.kind].fields, columns)
    return not missing, sum(found.values())


def _fields_of(
    kind: Kind, header: Sequence[str], contents: Sequence[Content]
) -> dict[int, tuple[Field, float]]:
    """The best of all pairs of column and field, then the best of what is left, and so on."""
    scored = [
        (_confidence(name, contents[place], field), -place, field.field)
        for place, name in enumerate(header[: len(contents)])
        for field in kind.fields
    ]
    found: dict[int, tuple[Field, float]] = {}
    taken: set[Field] = set()
    for confidence, minus_place, field in sorted(scored, key=lambda one: one[:2], reverse=True):
        if confidence >= LEAST and -minus_place not in found and field not in taken:
            found[-minus_place] = (field, round(confidence, 2))
            taken.add(field)
    return found


def _confidence(name: str, content: Content, field: FieldOf) -> float:
    words = in_words(name)
    if SOLD.search(words) and field.field is not Field.quantity_sold:
        return 0.0
    by_name, share = _by_name(words, field.field), content.share_of(field.kind)
    if by_name and (content.cells == 0 or field.kind is ValueKind.text):
        return by_name
    if by_name:
        return by_name + CONFIRMED if share >= HALF_OF else by_name * DENIED
    if field.kind is ValueKind.date and share >= MOST_OF:
        return BY_CONTENT
    if field.field is Field.country and content.countries >= MOST_OF:
        return BY_CONTENT
    return 0.0


def _by_name(words: str, field: Field) -> float:
    if NAMES.get(words) is field or words == in_words(field) or words in ALSO.get(field, ()):
        return BY_NAME
    parts = words.split()
    pairs = [" ".join(pair) for pair in pairwise(parts)]
    if any(NAMES.get(part) is field for part in pairs):
        return BY_PART_OF_NAME + 0.1
    return BY_PART_OF_NAME if any(NAMES.get(part) is field for part in parts) else 0.0
