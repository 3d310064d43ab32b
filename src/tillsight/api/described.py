"""What the API's description says of texts that hold names of the catalogue.

Checked by the rooms, which know the nearest name that exists; said here, so that programs which
read the description know which texts are good.
"""

import re
from typing import Any

from tillsight.metrics.catalogue import DIMENSIONS, MEASURES, Total
from tillsight.metrics.customer_groups import AGE_BANDS, SEGMENTS

MOST_BY = 3


def _any_of(names: list[str]) -> str:
    return f"({'|'.join(map(re.escape, names))})"


_MEASURE = _any_of([one.name for one in MEASURES])
_DIMENSION = _any_of([one.name for one in DIMENSIONS])

ONE_MEASURE: dict[str, Any] = {"enum": [one.name for one in MEASURES]}
MEASURE_NAMES: dict[str, Any] = {"pattern": rf"^{_MEASURE}(,{_MEASURE})*$"}
_MORE = rf"(,{_DIMENSION}){{0,{MOST_BY - 1}}}"
DIMENSION_NAMES: dict[str, Any] = {"pattern": rf"^({_DIMENSION}{_MORE})?$"}
ORDER: dict[str, Any] = {"pattern": rf"^(-?({_MEASURE}|{_DIMENSION}))?$"}
EXPLAINED: dict[str, Any] = {"enum": [one.name for one in MEASURES if one.total is Total.adds_up]}
EXPLAINED_BY: dict[str, Any] = {"enum": ["", *(one.name for one in DIMENSIONS if not one.is_time)]}
SEGMENT: dict[str, Any] = {"enum": list(SEGMENTS)}
_YEAR, _MONTH = "[1-9][0-9]{3}", "(0[1-9]|1[0-2])"
WRITTEN: dict[str, dict[str, Any]] = {
    "day": {"pattern": f"^({_YEAR}-{_MONTH}-(0[1-9]|1[0-9]|2[0-8]))?$"},
    "week": {"pattern": f"^({_YEAR}-W(0[1-9]|[1-4][0-9]|5[0-2]))?$"},
    "month": {"pattern": f"^({_YEAR}-{_MONTH})?$"},
    "quarter": {"pattern": f"^({_YEAR}-Q[1-4])?$"},
    "year": {"pattern": f"^({_YEAR})?$"},
    "hour": {"enum": ["", *map(str, range(24))]},
    "weekday": {"enum": ["", *map(str, range(1, 8))]},
    "segment": {"enum": ["", *SEGMENTS]},
    "age_band": {"enum": ["", *AGE_BANDS]},
}
"""How values of a dimension are written in a filter; empty stands for unknown."""
