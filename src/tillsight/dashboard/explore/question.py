"""What is explored: which figures by which dimensions, drawn how, in which order. Its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tillsight.dashboard.filters import Choice
from tillsight.dashboard.orders.values import BUCKETS

TIME = "time"
"""A dimension of this page: the grain that the bar of filters says."""
MOST_DIMENSIONS = 3
TOPS = (10, 20, 50, 100, 200)
USUAL_TOP = 50
CHARTS = ("", "line", "bar", "heat", "table")
NATURAL = frozenset({*BUCKETS, "weekday", "hour", "age_band"})
"""Dimensions whose values have an order of their own."""
OWN = ("measures", "by", "chart", "sort", "top")
"""Its parameters in an address, beside those of the bar."""


@dataclass(frozen=True)
class Question:
    """`chart` is empty for the one that fits, `sort` for the usual order."""

    measures: Sequence[str] = ("revenue",)
    by: Sequence[str] = (TIME,)
    chart: str = ""
    sort: str = ""
    top: int = USUAL_TOP

    def dimensions(self, choice: Choice) -> list[str]:
        """What it groups by, as the API calls it."""
        grain = choice.grain.lower()
        return [*dict.fromkeys(grain if one == TIME else one for one in self.by)]

    def order(self, dimensions: Sequence[str]) -> str:
        """The order as the API takes it; empty for that of the groups."""
        name = self.sort.removeprefix("-")
        if name in self.measures or name in dimensions:
            return self.sort
        if not dimensions or dimensions[0] in NATURAL:
            return ""
        return f"-{self.measures[0]}"

    def limit(self, dimensions: Sequence[str]) -> int | None:
        """How many rows are asked for; none of one span of time, whose gaps are to be filled."""
        alone = len(dimensions) == 1 and dimensions[0] in BUCKETS
        return None if alone and not self.order(dimensions) else self.top

    def written(self) -> dict[str, list[str]]:
        """Its parameters in an address; what is usual is left out, but never all of it."""
        told = {
            "measures": [",".join(self.measures)],
            "by": [",".join(self.by)],
            "chart": [self.chart],
            "sort": [self.sort],
            "top": ["" if self.top == USUAL_TOP else f"{self.top}"],
        }
        return {
            name: value for name, value in told.items() if name in {"measures", "by"} or value[0]
        }


def read(
    given: Mapping[str, str], measures: Sequence[str], dimensions: Sequence[str]
) -> tuple[Question, list[str]]:
    """The question of an address, and what it asks for that there is not."""
    usual = Question()
    asked = _names(given["measures"]) if "measures" in given else [*usual.measures]
    by = _names(given["by"]) if "by" in given else [*usual.by]
    known = {TIME, *dimensions}
    top = given.get("top", "")
    chart = given.get("chart", "")
    question = Question(
        [one for one in asked if one in measures],
        [one for one in by if one in known][:MOST_DIMENSIONS],
        chart if chart in CHARTS else "",
        given.get("sort", ""),
        int(top) if top in {f"{one}" for one in TOPS} else USUAL_TOP,
    )
    gone = [one for one in asked if one not in measures] + [one for one in by if one not in known]
    return question, gone


def _names(text: str) -> list[str]:
    return [*dict.fromkeys(one.strip() for one in text.split(",") if one.strip())]


def proposed(dimensions: Sequence[str]) -> str:
    """The chart that fits: lines over time, bars of groups, a heat map of two; else the table."""
    return next((one for one in ("line", "heat", "bar") if not cannot(one, dimensions)), "table")


def cannot(chart: str, dimensions: Sequence[str]) -> str:
    """The name of the text that says why it cannot be drawn so; empty where it can."""
    times = [one for one in dimensions if one in BUCKETS]
    if chart == "table":
        return ""
    if not dimensions:
        return "NO_DIMENSION"
    if len(dimensions) > 2:
        return "THREE_DIMENSIONS"
    if chart == "line" and len(times) != 1:
        return "LINE_NEEDS_TIME"
    if chart == "heat" and len(dimensions) != 2:
        return "HEAT_NEEDS_TWO"
    return ""
