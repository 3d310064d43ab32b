"""What a forecast is, and what is told with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tillsight.forecasting.series import Floats
from tillsight.forecasting.words import Method


@dataclass(frozen=True)
class Interval:
    """Bounds of each step, (h,) each, that hold so many percent of what happens."""

    level: int
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Span:
    """Bounds of the total over all steps."""

    level: int
    lower: float
    upper: float


@dataclass(frozen=True)
class Scores:
    """How far off forecasts of windows were that the model had not seen.

    `wape` is the sum of absolute errors over the sum of absolute values, a fraction; `mase` the
    mean absolute error over that of repeating last season inside the history; `coverage` the
    fraction of steps inside the 80 % interval. `mae` and `rmse` are in the unit of the measure. A
    score is None where it is not defined.
    """

    wape: float | None
    mase: float | None
    coverage: float | None
    mae: float | None
    rmse: float | None


@dataclass(frozen=True)
class Window:
    """What was forecast for the steps from `origin` of the series on, without knowing them."""

    origin: int
    predicted: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Report:
    """What held-out windows say; `verdict` in one sentence."""

    windows: tuple[Window, ...]
    scores: Scores
    naive: Scores
    verdict: str


@dataclass(frozen=True)
class Notice:
    """Something to know about a forecast, as a code for programs and in words."""

    code: str
    text: str


@dataclass(frozen=True)
class Forecast:
    """The steps ahead, (h,), with intervals and what is known about how good they are.

    `trend` is the level without weekday and season, (h,). `weights` are those of the blended models
    and add up to 1. Where history is too short there is no report, and no interval.
    """

    method: Method
    values: Floats
    trend: Floats
    intervals: tuple[Interval, ...]
    total: float
    total_spans: tuple[Span, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    report: Report | None = None
    notices: tuple[Notice, ...] = ()
