"""The steps of a forecast as rows of a file, for the API and the terminal."""

from collections.abc import Sequence

from tillsight.api.forecast_shapes import ForecastAnswer, NextStep


def file_header(levels: Sequence[int]) -> list[str]:
    """Names of the columns: those of a step, and two bounds for each level."""
    bounds = [f"{end}_{level}" for level in levels for end in ("lower", "upper")]
    return ["start", "value", "trend", "open", *bounds]


def file_rows(found: ForecastAnswer, levels: Sequence[int]) -> list[list[object]]:
    """A row a step; bounds are empty where there are none."""
    return [_cells(one, levels) for one in found.forecast]


def _cells(step: NextStep, levels: Sequence[int]) -> list[object]:
    known = {bound.level: bound for bound in step.bounds}
    bounds: list[object] = []
    for level in levels:
        bound = known.get(level)
        bounds += [None, None] if bound is None else [bound.lower, bound.upper]
    return [step.start, step.value, step.trend, step.open, *bounds]
