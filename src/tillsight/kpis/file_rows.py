"""Rows of a file of values: which KPI and period each is for, and what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from unicodedata import category

from tillsight.accounts.names import name_key
from tillsight.errors import InvalidInput
from tillsight.kpis.exact import LONGEST_TEXT
from tillsight.kpis.models import Kpi
from tillsight.kpis.spans import (
    GRAINS,
    LAST_MONTHS,
    bucket_of,
    end_of,
    has_begun,
    read_period,
    read_year_and_month,
)
from tillsight.kpis.terms import range_of
from tillsight.kpis.values import in_words
from tillsight.kpis.words import DECIMALS, LARGEST, Periodicity
from tillsight.metrics.periods import DAY
from tillsight.sales.kpi_files import FileValue, Unplaced, ValueRow
from tillsight.sales.layouts import Field

MOST_GUESSED = 50
"""Unknown names that are compared with those of all KPIs, which takes a while."""
LEAST_ALIKE = 0.5
_NUMBER = re.compile(r"\d{1,9}(\.0*)?", re.ASCII)
_WHOLE = re.compile(r"\d{1,4}(\.0*)?", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0*)?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """The KPI and the days of the period, both ends among them, that a row is for."""

    kpi_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Known:
    """What rows are checked against: all KPIs, why some of them take no values of whoever loads
    the file, and the day it is.
    """

    kpis: Mapping[int, Kpi]
    closed: Mapping[int, str]
    today: date

    @cached_property
    def names(self) -> dict[str, Kpi]:
        """The KPIs by their names, regardless of case."""
        return {kpi.name_key: kpi for kpi in self.kpis.values()}

    def kpi(self, text: str) -> Kpi | None:
        """The KPI of a cell: its name, or else its number."""
        named = self.names.get(name_key(text))
        if named is None and _NUMBER.fullmatch(text):
            return self.kpis.get(int(text.partition(".")[0]))
        return named


class _Refusal(Exception):
    """Why a row cannot be loaded."""

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(reason)
        self.unplaced = Unplaced(field, reason)


def checked(known: Known, rows: Sequence[ValueRow]) -> list[Row | Unplaced]:
    """Say of each row where it goes, or why it cannot be loaded."""
    guess = _guesses(known)
    seen: set[tuple[int, date]] = set()
    found: list[Row | Unplaced] = []
    for row in rows:
        try:
            found.append(_place(known, row, guess, seen))
        except _Refusal as refusal:
            found.append(refusal.unplaced)
    return found


def fits(kpi: Kpi, value: FileValue) -> bool:
    """Whether a value that was checked still is one of the KPI."""
    begins = bucket_of(kpi.periodicity).start(value.first_day) == value.first_day
    return begins and _wrong_value(kpi, value.value) is None


def _place(
    known: Known, row: ValueRow, guess: Callable[[str], str], seen: set[tuple[int, date]]
) -> Row:
    kpi = known.kpi(row.kpi)
    if kpi is None:
        raise _Refusal(Field.kpi, guess(row.kpi))
    if kpi.id in known.closed:
        raise _Refusal(Field.kpi, known.closed[kpi.id])
    field = Field.period if row.period is not None else Field.period_month
    start = _start(kpi.periodicity, row)
    if not has_begun(start, known.today):
        raise _Refusal(field, "has not begun")
    if wrong := _wrong_value(kpi, row.value):
        raise _Refusal(Field.value, wrong)
    if wrong := _wrong_comment(row.comment):
        raise _Refusal(Field.comment, wrong)
    if (kpi.id, start) in seen:
        raise _Refusal(field, "has a row of the same KPI before this one")
    seen.add((kpi.id, start))
    return Row(kpi.id, start, end_of(kpi.periodicity, start) - DAY)


def _start(periodicity: Periodicity, row: ValueRow) -> date:
    if row.period is not None:
        return _read_period(periodicity, row.period)
    year, month = _whole(row.year), _whole(row.month)
    if year is None:
        raise _Refusal(Field.period_year, "is not a year")
    if month is None:
        raise _Refusal(Field.period_month, "is not a month from 1 to 12")
    try:
        return read_year_and_month(periodicity, year, month)
    except InvalidInput:
        raise _Refusal(*_wrong_month(periodicity, month)) from None


def _wrong_month(periodicity: Periodicity, month: int) -> tuple[Field, str]:
    months = LAST_MONTHS.get(periodicity)
    if months is None:
        reason = f"is no period of a {periodicity} KPI: write them in one column named period"
        return Field.period_month, reason
    if month in months:
        return Field.period_year, "is not a year from 1900 to 9998"
    known = "1 to 12" if len(months) > 4 else " or ".join(map(str, months))
    return Field.period_month, f"is not the month of a {periodicity} KPI: {known}"


def _read_period(periodicity: Periodicity, text: str) -> date:
    """The first day of a period, also as spreadsheets write it: a day for 2026-03, 2026.0."""
    written = text.partition(".")[0] if _WHOLE.fullmatch(text) else text
    try:
        if (day := _DAY.fullmatch(written)) and periodicity is not Periodicity.daily:
            first = date.fromisoformat(day[1])
            if bucket_of(periodicity).start(first) == first:
                return read_period(periodicity, bucket_of(periodicity).write(first))
        return read_period(periodicity, day[1] if day else written)
    except (InvalidInput, ValueError):
        example = bucket_of(periodicity).write(date(2026, 3, 5))
        raise _Refusal(Field.period, f"is not a {GRAINS[periodicity]} such as {example}") from None


def _whole(text: str | None) -> int | None:
    return int(text.partition(".")[0]) if text and _WHOLE.fullmatch(text) else None


def _wrong_value(kpi: Kpi, value: Decimal) -> str | None:
    bounds = range_of(kpi)
    if abs(value) > LARGEST:
        return "is too large: 14 digits before the point at most"
    if value != value.quantize(DECIMALS):
        return "has more than four decimals"
    return None if bounds.holds(value) else f"is not {in_words(bounds)}, as the KPI asks"


def _wrong_comment(comment: str) -> str | None:
    if len(comment) > LONGEST_TEXT:
        return f"has more than {LONGEST_TEXT:,} characters"
    if any(category(sign) in {"Cc", "Cs"} and sign not in "\t\n\r" for sign in comment):
        return "holds characters that cannot be shown"
    return None


def _guesses(known: Known) -> Callable[[str], str]:
    """What to say of a name that no KPI has: which one was probably meant."""
    reasons: dict[str, str] = {}

    def guess(text: str) -> str:
        key = name_key(text)
        if key not in reasons:
            close = (
                get_close_matches(key, known.names, n=1, cutoff=LEAST_ALIKE)
                if len(reasons) < MOST_GUESSED
                else []
            )
            hint = f" (did you mean “{known.names[close[0]].name}”?)" if close else ""
            reasons[key] = f"is the name or number of no KPI{hint}"
        return reasons[key]

    return guess
