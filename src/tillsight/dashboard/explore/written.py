"""How values of any measure are written."""

from collections.abc import Mapping
from typing import Any

from tillsight import formats

Measure = Mapping[str, Any]


def is_part(measure: Measure) -> bool:
    """Whether a measure is a part of a whole, and so said in percent."""
    return bool(measure["unit"] == "ratio" and measure["name"].endswith("_rate"))


def written(measure: Measure, value: float | None, currency: str) -> str:
    """A value in the unit of its measure."""
    if value is None:
        return formats.NOTHING
    if measure["unit"] == "money":
        return formats.money(value, currency)
    return formats.share(value, 1) if is_part(measure) else formats.number(value)
