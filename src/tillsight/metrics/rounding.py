"""How exact numbers become those the doors show."""

from decimal import Decimal

from tillsight.metrics.catalogue import Unit

Exact = Decimal | int | None

MONEY = 2
RATIO = 6
UNITS = 4
"""Decimals of each kind of number."""


def rounded(value: Decimal | int, decimals: int = MONEY) -> float:
    """The number with so many decimals, half to even."""
    return float(round(Decimal(value), decimals))


def divided(over: Decimal | int, under: Decimal | int, decimals: int = RATIO) -> float | None:
    """The rounded quotient; nothing where there is nothing to divide by."""
    return rounded(Decimal(over) / Decimal(under), decimals) if under else None


def quotient(over: Decimal | int, under: Decimal | int) -> Exact:
    """The exact quotient; nothing where there is nothing to divide by."""
    return Decimal(over) / Decimal(under) if under else None


def shown(value: Exact, unit: Unit) -> int | float | None:
    """A number as the doors show it: money with 2 decimals, ratios with 6, counts whole if so."""
    if value is None:
        return None
    if unit is Unit.number:
        return int(value) if value == int(value) else float(value)
    return rounded(value, MONEY if unit is Unit.money else RATIO)
