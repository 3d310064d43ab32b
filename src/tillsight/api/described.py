"""What the API's description says of texts that hold names of the catalogue.

Checked by the rooms, which know the nearest name that exists; said here, so that programs which
read the description know which texts are good.
"""

import re
from typing import Any

from tillsight.metrics.catalogue import DIMENSIONS, MEASURES, Total
from tillsight.metrics.rfm import SEGMENTS

MOST_BY = 3


def _any_of(names: list[str]) -> str:
    return f"({'|'.join(map(re.escape, names))})"


_MEASURE = _any_of([one.name for one in MEASURES])
_DIMENSION = _any_of([one.name for one in DIMENSIONS])

MEASURE_NAMES: dict[str, Any] = {"pattern": rf"^{_MEASURE}(,{_MEASURE})*$"}
_MORE = rf"(,{_DIMENSION}){{0,{MOST_BY - 1}}}"
DIMENSION_NAMES: dict[str, Any] = {"pattern": rf"^({_DIMENSION}{_MORE})?$"}
ORDER: dict[str, Any] = {"pattern": rf"^(-?({_MEASURE}|{_DIMENSION}))?$"}
EXPLAINED: dict[str, Any] = {"enum": [one.name for one in MEASURES if one.total is Total.adds_up]}
EXPLAINED_BY: dict[str, Any] = {"enum": ["", *(one.name for one in DIMENSIONS if not one.is_time)]}
SEGMENT: dict[str, Any] = {"enum": list(SEGMENTS)}
