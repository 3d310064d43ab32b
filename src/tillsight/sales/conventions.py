"""How a file writes dates and numbers, decided from whole columns, never from the first rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import duckdb

from tillsight.errors import AmbiguousDates, AmbiguousNumbers
from tillsight.sales.choices import DecimalMark
from tillsight.sales.layouts import DateOrder, Field
from tillsight.sales.rows.numbers import Mark, is_plain, swapped_text, told_by
from tillsight.sales.rows.times import BY_NAME

SHOWN_VALUES = 5
MOST_SHAPES = 20_000
_DAY: Final = "^([0-9]{1,2})[./-]([0-9]{1,2})[./-](?:[0-9]{4}|[0-9]{2})$"
_NAMED: Final = "[[:alpha:]]{3}"


@dataclass(frozen=True)
class Conventions:
    """How dates and numbers are read: `orders` by the separator of a date (none: all are ISO), the
    decimal mark (none: numbers are plain, with a point). `chosen` names what the file left open
    or says otherwise, and somebody chose.
    """

    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    decimal: DecimalMark | None = None
    chosen: Sequence[str] = ()

    @property
    def date_order(self) -> DateOrder:
        """How the dates of the file are ordered, if they have an order that could be another."""
        found = [self.orders[one] for one in ("/", "-", ".", BY_NAME) if one in self.orders]
        return found[0] if found else DateOrder.iso


PLAIN: Final = Conventions()
"""ISO dates, and numbers that the engine reads as they are."""


@dataclass(frozen=True)
class Days:
    """How many cells write their date with this separator (empty: otherwise), and whether the first
    and the second part are too large for a month; `same` where both are equal.
    """

    separator: str
    first_over: bool
    second_over: bool
    same: bool
    rows: int
    example: str


@dataclass(frozen=True)
class Shape:
    """How many cells of a field tell the same of numbers, and one of them."""

    field: Field
    mark: Mark | None
    currency: str | None
    rows: int
    example: str


@dataclass(frozen=True)
class Evidence:
    """What the whole columns of a file tell; `names` are those of the columns in its header."""

    days: Sequence[Days]
    shapes: Sequence[Shape]
    names: Mapping[Field, str]


def days_of(duck: duckdb.DuckDBPyConnection, column: str, table: str) -> list[Days]:
    """What a column of dates tells, of trimmed texts."""
    rows = duck.execute(
        f"""
        WITH days AS (
            SELECT rtrim(split_part(cell, ' ', 1), ',') AS day, any_value(cell) AS cell,
                   count(*) AS n
            FROM (SELECT {column} AS cell FROM {table}) WHERE cell NOT LIKE '____-%' GROUP BY 1
        ), parts AS (
            SELECT *, try_cast(regexp_extract(day, '{_DAY}', 1) AS INTEGER) AS first,
                   try_cast(regexp_extract(day, '{_DAY}', 2) AS INTEGER) AS second,
                   CASE WHEN first IS NOT NULL THEN regexp_extract(day, '[./-]')
                        WHEN regexp_matches(cell, '{_NAMED}') THEN '{BY_NAME}' ELSE '' END AS mark
            FROM days
        )
        SELECT mark, coalesce(first > 12, false), coalesce(second > 12, false),
               coalesce(first = second, false), sum(n)::BIGINT, min(cell)
        FROM parts GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    return [Days(*row) for row in rows]


def shapes_of(duck: duckdb.DuckDBPyConnection, field: Field, table: str) -> list[Shape]:
    """What a column of numbers tells, of trimmed texts; it is named as its field."""
    # All cells that differ only in their digits tell the same, but for a 0 in front. Most columns
    # have few different cells.
    rows = duck.execute(
        f"""
        WITH cells AS (
            SELECT {field} AS cell, count(*) AS n FROM {table} WHERE {field} IS NOT NULL GROUP BY 1
        )
        SELECT any_value(cell), sum(n)::BIGINT FROM cells
        GROUP BY translate(cell, '0123456789', '9999999999'),
                 starts_with(ltrim(cell, '+-($€£¥ '), '0')
        ORDER BY 2 DESC LIMIT {MOST_SHAPES}
        """
    ).fetchall()
    found = []
    for cell, count in rows:
        told = told_by(cell)
        found.append(Shape(field, told.mark, told.currency, count, cell))
    return found


def decided(
    evidence: Evidence, order: DateOrder | None, decimal: DecimalMark | None
) -> Conventions:
    """How the file is read, with what somebody chose.

    Raises:
        AmbiguousDates, AmbiguousNumbers: the file leaves it open, and so does the choice.
    """
    orders = _orders(evidence, order)
    mark: DecimalMark | None = decimal or _decimal(evidence)
    if mark is DecimalMark.point and all(is_plain(one.example) for one in evidence.shapes):
        mark = None
    chosen = [f"dates {order}"] if order and orders != _orders_or_none(evidence) else []
    chosen += [f"decimals {decimal}"] if decimal and decimal != _decimal_or_none(evidence) else []
    return Conventions(orders, mark, tuple(chosen))


def _orders_or_none(evidence: Evidence) -> Mapping[str, DateOrder] | None:
    try:
        return _orders(evidence, None)
    except AmbiguousDates:
        return None


def _decimal_or_none(evidence: Evidence) -> DecimalMark | None:
    try:
        return _decimal(evidence)
    except AmbiguousNumbers:
        return None


def _orders(evidence: Evidence, choice: DateOrder | None) -> Mapping[str, DateOrder]:
    seen = [one for one in ("/", "-", ".", BY_NAME) if _with(evidence.days, one)]
    if choice is DateOrder.iso:
        return {}
    slashed = _with(evidence.days, "/", "-")
    order = choice or (_slashed_order(evidence, slashed) if slashed else DateOrder.day_first)
    dotted = choice or DateOrder.day_first
    orders = {one: order if one in "/-" else dotted for one in seen}
    if not orders and _with(evidence.days, ""):  # 20240507, or no date at all
        return {".": DateOrder.day_first}
    return orders


def _with(days: Iterable[Days], *separators: str) -> list[Days]:
    return [one for one in days if one.separator in separators]


def _slashed_order(evidence: Evidence, days: Sequence[Days]) -> DateOrder:
    day_first = sum(one.rows for one in days if one.first_over and not one.second_over)
    month_first = sum(one.rows for one in days if one.second_over and not one.first_over)
    if day_first or month_first:
        return DateOrder.day_first if day_first >= month_first else DateOrder.month_first
    open_ones = [one.example for one in days if not (one.first_over or one.same)]
    if not open_ones:
        return DateOrder.day_first
    raise ambiguous_dates(evidence.names[Field.time], open_ones[:SHOWN_VALUES])


def _decimal(evidence: Evidence) -> DecimalMark:
    rows = dict.fromkeys(Mark, 0)
    for one in evidence.shapes:
        if one.mark:
            rows[one.mark] += one.rows
    if rows[Mark.point] or rows[Mark.comma]:
        most = rows[Mark.point] >= rows[Mark.comma]
        return DecimalMark.point if most else DecimalMark.comma
    if not rows[Mark.either]:
        return DecimalMark.point
    open_ones = [one for one in evidence.shapes if one.mark is Mark.either]
    column = evidence.names[open_ones[0].field]
    raise ambiguous_numbers(column, [one.example for one in open_ones][:SHOWN_VALUES])


def ambiguous_dates(column: str, values: Sequence[str]) -> AmbiguousDates:
    """What to say of dates such as 03/04/2024."""
    example = values[0]
    readings = []
    for order in (DateOrder.day_first, DateOrder.month_first):
        means = _day_in_words(example, order)
        readings.append({"choice": str(order), "example": example, "means": means})
    return AmbiguousDates(
        f"Column {column}: “{example}” can be {readings[0]['means']} or {readings[1]['means']}, and"
        " no other row tells. Say which: date_order=day_first or date_order=month_first.",
        column=column,
        values=list(values),
        readings=readings,
    )


def _day_in_words(cell: str, order: DateOrder) -> str:
    parts = [int("".join(filter(str.isdigit, part))) for part in _split_day(cell)]
    day, month = parts[:2] if order is DateOrder.day_first else (parts[1], parts[0])
    year = parts[2] if parts[2] > 99 else parts[2] + (1900 if parts[2] > 68 else 2000)
    try:
        return f"{date(year, month, day):{day} %B %Y}"
    except ValueError:
        return f"day {day} of month {month} of {year}"


def _split_day(cell: str) -> list[str]:
    day = cell.partition(" ")[0].rstrip(",")
    return day.replace("/", "-").replace(".", "-").split("-")


def ambiguous_numbers(column: str, values: Sequence[str]) -> AmbiguousNumbers:
    """What to say of numbers such as 1.234."""
    example = values[0]
    readings = []
    for mark in DecimalMark:
        means = _number_in_words(example, mark)
        readings.append({"choice": str(mark), "example": example, "means": means})
    return AmbiguousNumbers(
        f"Column {column}: “{example}” can be {readings[0]['means']} or {readings[1]['means']}, and"
        " no other row tells. Say which mark stands before the decimals: decimal=point or"
        " decimal=comma.",
        column=column,
        values=list(values),
        readings=readings,
    )


def _number_in_words(cell: str, mark: DecimalMark) -> str:
    text = cell if mark is DecimalMark.point else swapped_text(cell)
    return "".join(one for one in text if one.isdigit() or one in ".-")
