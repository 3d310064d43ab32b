"""Values of KPIs as people read them: never without their unit."""

from tillsight import formats
from tillsight.dashboard import texts

_SUFFIXES = frozenset({"percentage", "score", "amount"})


def value(amount: float | None, unit: str) -> str:
    """A value with every decimal it has, such as CHF 12 345.60, 93.25%, 4.5 points or 1 250."""
    if amount is None:
        return formats.NOTHING
    digits = f"{abs(amount):,.4f}".rstrip("0").rstrip(".")
    if unit not in _SUFFIXES and "." in digits:
        digits = f"{abs(amount):,.2f}" if len(digits.split(".")[1]) <= 2 else digits
    return _with_unit(digits, amount, unit)


def rounded(amount: float | None, unit: str) -> str:
    """A value as far as it is looked at in passing: whole from 1 000 on, else two decimals."""
    if amount is None:
        return formats.NOTHING
    if abs(amount) >= 1000:
        return _with_unit(f"{abs(amount):,.0f}", amount, unit)
    return value(round(amount, 2), unit)


def short(amount: float, unit: str) -> str:
    """A value for an axis, such as CHF 1.2M, 40% or 250k."""
    size, letter = next((step for step in formats.steps() if abs(amount) >= step[0]), (1, ""))
    scaled = abs(amount) / size
    places = 0 if scaled >= 100 else 1 if scaled >= 10 else 2
    digits = f"{scaled:.{places}f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return _with_unit(digits, amount, unit, letter)


def distance(amount: float, unit: str) -> str:
    """How far two values are apart; of percentages in percentage points."""
    if unit == "percentage":
        return texts.PERCENTAGE_POINTS.format(number=formats.number(abs(amount)))
    return rounded(abs(amount), unit)


def unit_name(unit: str) -> str:
    """The unit by itself: CHF, Percentage, Amount or Score."""
    return texts.UNITS.get(unit, unit.upper())


def percent(share: float | None) -> str:
    """A share of 100 in whole percent."""
    if share is None:
        return formats.NOTHING
    return formats.percent(share / 100)


def _with_unit(digits: str, amount: float, unit: str, size: str = "") -> str:
    sign = formats.MINUS if amount < 0 and digits.strip("0.,") else ""
    number = formats.digits(digits) + size
    if unit in _SUFFIXES:
        suffix = {"percentage": formats.percent_sign(), "score": texts.POINTS}.get(unit, "")
        return f"{sign}{number}{suffix}"
    return formats.in_currency(number, unit.upper(), negative=bool(sign))
