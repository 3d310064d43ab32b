"""Numbers of a spreadsheet as text: a date is a number there, shown by its format as a date."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (spreadsheets know no zones)
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
"""Day 0 of a workbook: the usual one, and that of old ones from a Mac."""
_MISSING_DAY = 60
"""Spreadsheets hold 1900 for a leap year; its 29 February is day 60."""
_LAST_DAY = 2_958_465  # the end of 9999
_EXACT_DIGITS = 15
_LITERAL = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.|\*.")


class Clock(StrEnum):
    """What a number format shows of a number as a point in time."""

    none = "none"
    date = "date"
    time = "time"
    both = "both"


_KNOWN = {
    **dict.fromkeys(range(14, 18), Clock.date),
    **dict.fromkeys(range(18, 22), Clock.time),
    22: Clock.both,
    **dict.fromkeys(range(27, 32), Clock.date),
    32: Clock.time,
    33: Clock.time,
    **dict.fromkeys(range(34, 37), Clock.date),
    45: Clock.time,
    47: Clock.time,
    **dict.fromkeys(range(50, 59), Clock.date),
}


def clock_of(number: str, code: str | None) -> Clock:
    """What a number format shows, by its number or, where the workbook has one, its code."""
    if code is None:
        return _KNOWN.get(int(number), Clock.none)
    plain = _LITERAL.sub("", code).split(";")[0].casefold()
    if plain == "general":
        return Clock.none
    has_time = "h" in plain or "s" in plain
    has_date = "y" in plain or "d" in plain or ("m" in plain and not has_time)
    if has_date:
        return Clock.both if has_time else Clock.date
    return Clock.time if has_time else Clock.none


def number_text(value: str) -> str:
    """A number with the digits a spreadsheet shows: 15, whole ones without a point."""
    digits = value.removeprefix("-")
    if digits.isdecimal():
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    text = format(number, f".{_EXACT_DIGITS}g")
    return format(Decimal(text), "f") if "e" in text else text


def serial_text(value: str, clock: Clock, epoch: datetime) -> str:
    """The ISO text of a number of days; the number itself where it is no day of the calendar."""
    try:
        days = float(value)
    except ValueError:
        return value
    if not 0 <= days <= _LAST_DAY:
        return number_text(value)
    is_before_it = epoch is EPOCH and days < _MISSING_DAY
    start = epoch + timedelta(days=1) if is_before_it else epoch
    whole, part = divmod(days, 1)
    try:
        moment = start + timedelta(days=whole, seconds=round(part * 86_400))
    except OverflowError:
        return number_text(value)
    if clock is Clock.time and days < 1:
        return moment.strftime("%H:%M:%S")
    if clock is Clock.date and moment.time() == datetime.min.time():
        return moment.strftime("%Y-%m-%d")
    return moment.isoformat(" ")
