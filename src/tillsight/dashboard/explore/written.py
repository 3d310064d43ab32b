"""How values of any measure are written."""

from collections.abc import Mapping
from typing import Any

from tillsight import formats
from tillsight.dashboard.cards import is_rate

Measure = Mapping[str, Any]


def written(measure: Measure, value: float | None, currency: str) -> str:
    """A value in the unit of its measure."""
    if value is None:
        return formats.NOTHING
    if measure["unit"] == "money":
        return formats.money(value, currency)
    return formats.rate(value) if is_rate(measure) else formats.number(value)
