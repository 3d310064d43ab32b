"""How figures and days of KPIs are written where no browser does it: in mails."""

from datetime import date
from decimal import Decimal

from tillsight.kpis.words import CURRENCIES, PERCENTAGE
from tillsight.metrics.periods import DAY

GROUP, MINUS, NO_BREAK = "\u202f", "\u2212", "\u00a0"


def figure(value: Decimal | float, unit: str) -> str:
    """A value with its unit, such as CHF 12 345.60, 45.5% or 12 345.

    Money has two decimals, other values those they have.
    """
    size = abs(Decimal(str(value)))
    text = (f"{size:,.2f}" if unit in CURRENCIES else _short(size)).replace(",", GROUP)
    if unit in CURRENCIES:
        text = f"{unit.upper()}{NO_BREAK}{text}"
    elif unit == PERCENTAGE:
        text = f"{text}%"
    return f"{MINUS}{text}" if value < 0 else text


def day(value: date) -> str:
    """Such as 7 March 2026."""
    return f"{value.day} {value:%B %Y}"


def days(first: date, end: date) -> str:
    """The days from `first` up to, and without, `end`: 2 – 8 March 2026."""
    last = end - DAY
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {day(last)}"
    start = f"{first.day} {first:%B}" if first.year == last.year else day(first)
    return f"{start} – {day(last)}"


def _short(value: Decimal) -> str:
    text = f"{value:,.4f}"
    return text.rstrip("0").rstrip(".")
