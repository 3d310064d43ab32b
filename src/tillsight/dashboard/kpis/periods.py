"""The periods of KPI values, as the API writes them: their days, and how people call them.

A period is a year (2026), a quarter (2026-Q1), a month (2026-03), an ISO week (2026-W12) or a day
(2026-03-05).
"""

from datetime import date, timedelta

from tillsight import formats
from tillsight.dashboard import texts

PER_YEAR = {"daily": 365, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
"""How many values make a year."""


def first_day(period: str) -> date:
    """The first day of a period."""
    if len(period) == len("2026"):
        return date(int(period), 1, 1)
    year, rest = period.split("-", 1)
    if rest.startswith("Q"):
        return date(int(year), int(rest[1:]) * 3 - 2, 1)
    if rest.startswith("W"):
        return date.fromisocalendar(int(year), int(rest[1:]), 1)
    return date.fromisoformat(period if "-" in rest else f"{period}-01")


def last_day(period: str) -> date:
    """The last day of a period."""
    first = first_day(period)
    if "W" in period:
        return first + timedelta(days=6)
    months = {len("2026"): 12, len("2026-03"): 3 if "Q" in period else 1}.get(len(period))
    if months is None:
        return first
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1) - timedelta(days=1)


def year_of(period: str) -> int:
    """The year a period counts in; a week in that of its number."""
    return int(period[:4])


def name(period: str) -> str:
    """Such as 2026, Q1 2026, March 2026, Week 12 of 2026 or 5 March 2026."""
    first = first_day(period)
    if len(period) == len("2026"):
        return period
    if "Q" in period:
        return f"{period[5:]} {period[:4]}"
    if "W" in period:
        return texts.WEEK_NAME.format(week=int(period[6:]), year=period[:4])
    return formats.month(first) if len(period) == len("2026-03") else formats.day(first)
