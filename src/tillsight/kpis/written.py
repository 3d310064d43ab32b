"""How figures of KPIs are written where no browser does it: in mails."""

from decimal import Decimal

from tillsight import formats
from tillsight.kpis.words import CURRENCIES, PERCENTAGE


def figure(value: Decimal | float, unit: str) -> str:
    """A value with its unit, such as CHF 12 345.60, 45.5% or 12 345, as is usual in the language
    that is spoken.

    Money has two decimals, other values those they have.
    """
    size = abs(Decimal(str(value)))
    text = formats.digits(f"{size:,.2f}" if unit in CURRENCIES else _short(size))
    if unit in CURRENCIES:
        return formats.with_code(text, unit.upper(), negative=value < 0)
    sign = formats.MINUS if value < 0 else ""
    return f"{sign}{text}{formats.percent_sign() if unit == PERCENTAGE else ''}"


def _short(value: Decimal) -> str:
    text = f"{value:,.4f}"
    return text.rstrip("0").rstrip(".")
