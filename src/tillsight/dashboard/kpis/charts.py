"""The course of a KPI against its target, as pure functions: answers of the API in, a figure out.

Lines are named where they end instead of in a legend. Colours do not carry anything alone: the
target is dashed, the pace dotted, what is expected a light area, a restated value a hollow mark.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tillsight.dashboard import texts
from tillsight.dashboard.charts import BEFORE, MOST_MARKERS, SHARED, THIS, THIS_AREA
from tillsight.dashboard.kpis import cards as kpi_cards
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis import periods as kpi_periods
from tillsight.dashboard.kpis import words as kpi_words

One = Mapping[str, Any]
Line = tuple[list[date], list[float]]


@dataclass(frozen=True)
class Paper:
    """The colours of what is written and of its ground, which keeps it apart from lines below."""

    ink: str
    ground: str


PAPERS = {
    "light": Paper("#1c2b28", "rgba(255,255,255,0.82)"),
    "dark": Paper("#e8efec", "rgba(23,33,31,0.82)"),
}
"""In either theme: Streamlit's own ink for charts is too faint for what is to be read."""
AIM, MISSED = "#b9721d", "#b0432f"
HEIGHT, HEIGHT_OF_TWO = 340, 480  # pixels
TICKS = 4
HALF_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Course:
    """What is drawn: the KPI's progress as the API tells it, and its targets, from `since` on."""

    told: One
    targets: Sequence[One]
    as_of: date
    since: date

    @property
    def unit(self) -> str:
        """The unit of everything drawn."""
        return str(self.told["unit"])

    @property
    def year_start(self) -> date:
        """The first day of the year that is under way."""
        return date(self.as_of.year, 1, 1)

    @property
    def year_end(self) -> date:
        """Its last day, where the target is to be reached."""
        return date(self.as_of.year, 12, 31)

    @property
    def points(self) -> list[One]:
        """The periods that have a value, as far as they are shown."""
        return [
            one for one in self.told["series"] if kpi_periods.last_day(one["period"]) >= self.since
        ]

    def at(self, period: str) -> date:
        """Where a period stands: on its last day, as long as that has come."""
        return min(kpi_periods.last_day(period), max(self.as_of, kpi_periods.first_day(period)))


def evolution(course: Course, paper: Paper = PAPERS["light"]) -> go.Figure:
    """The year to date on its way to the target, and the values below it, where values add up;
    else the values themselves.
    """
    figure = _summed(course) if is_summed(course.told) else _single(course)
    return figure.update_annotations(
        font={"size": 13, "color": paper.ink}, bgcolor=paper.ground, borderpad=0
    )


def is_summed(entry: One) -> bool:
    """Whether the values of a year add up on their way to the target."""
    return entry["aggregation"] == "sum" and entry["direction"] not in kpi_words.STAYING


def _summed(course: Course) -> go.Figure:
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.62, 0.38], vertical_spacing=0.13
    )
    figure.update_layout(SHARED).update_layout(height=HEIGHT_OF_TWO)
    _add_outlook(figure, course)
    _add_pace(figure, course)
    _add_target(figure, course)
    for year in sorted({kpi_periods.year_of(one["period"]) for one in course.points}):
        _add_year(figure, course, year)
    _add_bars(figure, course)
    _add_share(figure, course)
    _add_restated(figure, course, row=2)
    _set_axes(figure, course, (1, 2))
    _add_headings(figure, course)
    return figure


def _single(course: Course) -> go.Figure:
    figure = make_subplots(rows=1, cols=1)
    figure.update_layout(SHARED).update_layout(height=HEIGHT)
    if course.told["direction"] not in kpi_words.STAYING:
        _add_outlook(figure, course)
        _add_pace(figure, course)
    _add_target(figure, course)
    _add_values(figure, course)
    _add_mean(figure, course)
    _add_missed(figure, course)
    _add_restated(figure, course, row=1)
    _set_axes(figure, course, (1,))
    return figure


def _add_outlook(figure: go.Figure, course: Course) -> None:
    """Where the year may end: of the ways from the figure of today, the light area has 8 of 10."""
    bands, x = course.told["bands"], course.told["x"]
    if not bands or x is None:
        return
    start = course.at(course.points[-1]["period"]) if course.points else course.as_of
    days = [start, *(_end(one["period"], course) for one in bands)]
    low, middle, high = ([x, *(one[name] for one in bands)] for name in ("p10", "p50", "p90"))
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(name="low", x=days, y=low, **edge, row=1, col=1)
    figure.add_scatter(
        name="band", x=days, y=high, **edge, fill="tonexty", fillcolor=THIS_AREA, row=1, col=1
    )
    figure.add_scatter(
        name="median",
        x=days,
        y=middle,
        mode="lines",
        line={"color": THIS, "width": 1.25, "dash": "dash"},
        customdata=[texts.MEDIAN_HOVER.format(x=_written(one, course)) for one in middle],
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )


def _add_pace(figure: go.Figure, course: Course) -> None:
    """The straight way from where the year began to the target."""
    start, target = course.told["initial_value"], course.told["target_value"]
    if start == target:
        return
    figure.add_scatter(
        name="pace",
        x=[course.year_start, course.year_end],
        y=[start, target],
        mode="lines",
        line={"color": BEFORE, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    quarter = course.year_start + (course.year_end - course.year_start) / 4
    # On the side of the line where the values are not.
    below = (course.told["x"] or 0) > course.told["expected"] if course.told["expected"] else False
    side, anchor = ("top", "left") if below else ("bottom", "right")
    if target < start:
        anchor = "right" if below else "left"
    _label(figure, quarter, start + (target - start) / 4, texts.PACE_LABEL, anchor, side)


def _add_target(figure: go.Figure, course: Course) -> None:
    days, values = _steps(course)
    figure.add_scatter(
        name="target",
        x=days,
        y=values,
        mode="lines",
        line={"color": AIM, "width": 1.75, "dash": "dash", "shape": "hv"},
        customdata=[texts.TARGET_HOVER.format(target=_written(one, course)) for one in values],
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )
    words = texts.TARGET_LABELS[course.told["direction"]]
    label = words.format(target=kpi_formats.short(values[-1], course.unit))
    if is_summed(course.told) or _is_freer_at_start(course, values[-1]):
        _label(figure, max(days[-2], course.year_start), values[-1], label, "left")
    else:
        _label(figure, course.year_end, values[-1], label, "right")


def _is_freer_at_start(course: Course, target: float) -> bool:
    """Whether the values keep further from the target early in the year than late."""

    def gap(first: int, last: int) -> float:
        near = [
            abs(one["value"] - target)
            for one in course.points
            if course.at(one["period"]).year == course.as_of.year
            and first <= course.at(one["period"]).month <= last
        ]
        return min(near, default=math.inf)

    return gap(1, 4) > gap(9, 12)


def _steps(course: Course) -> Line:
    """The targets from the first day that is shown to the end of the year."""
    ordered = sorted(course.targets, key=lambda one: one["valid_from"] or "")
    begun = [(one["valid_from"] or course.since.isoformat(), one["value"]) for one in ordered]
    days = [(max(date.fromisoformat(day), course.since), value) for day, value in begun]
    steps = {day: value for day, value in days if day <= course.year_end}
    if not steps:
        steps = {course.since: course.told["target_value"]}
    return [*steps, course.year_end], [*steps.values(), list(steps.values())[-1]]


def _add_year(figure: go.Figure, course: Course, year: int) -> None:
    """The running sum of one year, from nothing at its beginning."""
    points = [one for one in course.points if kpi_periods.year_of(one["period"]) == year]
    now = year == course.as_of.year
    sums = [one["x"] for one in points]
    whole_year = kpi_periods.first_day(points[0]["period"]) <= date(year, 1, 7)
    days = [course.at(one["period"]) for one in points]
    hover = [_hover(one["period"], one["x"], texts.YEAR_HOVER, course) for one in points]
    if whole_year and sums:
        days, sums, hover = [date(year, 1, 1), *days], [0, *sums], ["", *hover]
    figure.add_scatter(
        name=str(year),
        x=days,
        y=sums,
        mode="lines",
        line={"color": THIS if now else BEFORE, "width": 2.75 if now else 1.75},
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )
    if now:
        _end_dot(figure, days[-1], sums[-1], course)
    elif year == course.as_of.year - 1:
        label = f"{year}: {kpi_formats.short(sums[-1], course.unit)}"
        _label(figure, days[-1], sums[-1], label, "right")


def _add_bars(figure: go.Figure, course: Course) -> None:
    """The value of each period as a bar as wide as the period."""
    points = course.points
    spans = [
        (kpi_periods.first_day(one["period"]), kpi_periods.last_day(one["period"]))
        for one in points
    ]
    years = [kpi_periods.year_of(one["period"]) for one in points]
    figure.add_bar(
        name="values",
        x=[_middle(*span) for span in spans],
        y=[one["value"] for one in points],
        width=[((last - first).days + 1) * 86_400_000 * 0.78 for first, last in spans],
        marker={
            "color": [THIS if year == course.as_of.year else BEFORE for year in years],
            "cornerradius": 2,
        },
        customdata=[
            _hover(one["period"], one["value"], texts.VALUE_HOVER, course) for one in points
        ],
        hovertemplate="%{customdata}<extra></extra>",
        row=2,
        col=1,
    )


def _add_share(figure: go.Figure, course: Course) -> None:
    """What each period has to bring for the target of the year."""
    if course.told["periodicity"] == "yearly":
        return
    days, values = _steps(course)
    shares = [kpi_cards.aim(course.told, one) for one in values]
    figure.add_scatter(
        name="share",
        x=days,
        y=shares,
        mode="lines",
        line={"color": AIM, "width": 1.25, "dash": "dash", "shape": "hv"},
        hoverinfo="skip",
        row=2,
        col=1,
    )


def _add_headings(figure: go.Figure, course: Course) -> None:
    """What the two parts of the figure show."""
    told = course.told
    share = kpi_cards.aim(told, told["target_value"]) or 0
    words = texts.PANEL_VALUES[told["periodicity"]]
    below = words.format(share=kpi_formats.short(share, course.unit))
    for axis, text in (("y", texts.PANEL_YEAR), ("y2", below)):
        figure.add_annotation(
            text=text,
            xref="paper",
            x=0,
            xanchor="left",
            yref=f"{axis} domain",
            y=1,
            yanchor="bottom",
            yshift=4,
            showarrow=False,
        )


def _add_values(figure: go.Figure, course: Course) -> None:
    """The values as a line, broken where a period has none."""
    days: list[date | None] = []
    values: list[float | None] = []
    hover: list[str] = []
    before: date | None = None
    for one in course.points:
        first = kpi_periods.first_day(one["period"])
        if before is not None and first > before + timedelta(days=1):
            days.append(before + timedelta(days=1))
            values.append(None)
            hover.append("")
        days.append(course.at(one["period"]))
        values.append(one["value"])
        hover.append(_hover(one["period"], one["value"], texts.VALUE_HOVER, course))
        before = kpi_periods.last_day(one["period"])
    figure.add_scatter(
        name="values",
        x=days,
        y=values,
        mode="lines+markers" if len(values) <= MOST_MARKERS else "lines",
        line={"color": THIS, "width": 2.5},
        marker={"size": 6},
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )
    if values and days[-1] is not None and values[-1] is not None:
        earlier = next((one for one in reversed(values[:-1]) if one is not None), values[-1])
        _end_dot(figure, days[-1], values[-1], course, "top" if earlier > values[-1] else "bottom")


def _add_mean(figure: go.Figure, course: Course) -> None:
    """The mean of each year so far, where that is what counts."""
    told = course.told
    if told["aggregation"] != "average" or told["direction"] in kpi_words.STAYING:
        return
    points = [
        one for one in course.points if kpi_periods.year_of(one["period"]) == course.as_of.year
    ]
    if not points:
        return
    figure.add_scatter(
        name="mean",
        x=[course.at(one["period"]) for one in points],
        y=[one["x"] for one in points],
        mode="lines",
        line={"color": BEFORE, "width": 1.75},
        customdata=[_hover(one["period"], one["x"], texts.MEAN_HOVER, course) for one in points],
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )


def _add_missed(figure: go.Figure, course: Course) -> None:
    """A cross on each period that was not kept, for those that stay on a side of the target."""
    way = {"stay_above": 1, "stay_below": -1}.get(course.told["direction"])
    if way is None:
        return
    missed = [one for one in course.points if way * (one["value"] - one["target"]) < 0]
    if not missed:
        return
    figure.add_scatter(
        name="missed",
        x=[course.at(one["period"]) for one in missed],
        y=[one["value"] for one in missed],
        mode="markers",
        marker={"symbol": "x", "size": 9, "color": MISSED},
        customdata=[
            _hover(one["period"], one["value"], texts.MISSED_HOVER, course) for one in missed
        ],
        hovertemplate="%{customdata}<extra></extra>",
        row=1,
        col=1,
    )


def _add_restated(figure: go.Figure, course: Course, row: int) -> None:
    """Hollow marks where a value would be another one now."""
    found = [one for one in course.points if one["restated"] is not None]
    if not found:
        return
    figure.add_scatter(
        name="restated",
        x=[
            _middle(kpi_periods.first_day(one["period"]), kpi_periods.last_day(one["period"]))
            if row == 2
            else course.at(one["period"])
            for one in found
        ],
        y=[one["restated"] for one in found],
        mode="markers",
        marker={"symbol": "diamond-open", "size": 9, "color": AIM, "line": {"width": 2}},
        customdata=[
            _hover(one["period"], one["restated"], texts.RESTATED_HOVER, course) for one in found
        ],
        hovertemplate="%{customdata}<extra></extra>",
        row=row,
        col=1,
    )


def _end_dot(
    figure: go.Figure, day: date, value: float, course: Course, side: str = "bottom"
) -> None:
    """The last figure, as a dot with its value on the side where the line does not come from."""
    figure.add_scatter(
        name="now",
        x=[day],
        y=[value],
        mode="markers",
        marker={"size": 9, "color": THIS},
        hoverinfo="skip",
        row=1,
        col=1,
    )
    text = f"<b>{kpi_formats.rounded(value, course.unit)}</b>"
    _label(figure, day, value, text, "right", side)


def _label(
    figure: go.Figure, day: date, value: float, text: str, anchor: str, side: str = "bottom"
) -> None:
    figure.add_annotation(
        x=day,
        y=value,
        text=text,
        showarrow=False,
        xanchor=anchor,
        yanchor=side,
        yshift=2 if side == "bottom" else -4,
        row=1,
        col=1,
    )


def _set_axes(figure: go.Figure, course: Course, rows: Sequence[int]) -> None:
    for row in rows:
        drawn = [
            value
            for trace in figure.data
            if trace.yaxis == ("y" if row == 1 else "y2")
            for value in trace.y
            if value is not None
        ]
        marks = ticks([*drawn, 0] if row == 2 or is_summed(course.told) else drawn)
        room = (marks[-1] - marks[0]) * 0.09  # for what is written above the highest line
        figure.update_yaxes(
            fixedrange=True,
            automargin=True,
            zeroline=False,
            tickvals=marks,
            ticktext=[kpi_formats.short(one, course.unit) for one in marks],
            range=[min([marks[0], *drawn]), max([marks[-1], *drawn]) + room],
            row=row,
            col=1,
        )
    figure.update_xaxes(
        showgrid=False,
        fixedrange=True,
        tickformat="%b\n%Y",
        nticks=8,
        range=[
            datetime.combine(course.since, time()) - HALF_DAY,
            datetime.combine(course.year_end, time()) + 3 * HALF_DAY,
        ],
    )
    figure.update_layout(showlegend=False, hovermode="closest", margin_t=28)


def ticks(values: Sequence[float]) -> list[float]:
    """A few round numbers from below the lowest value to above the highest."""
    low, high = min(values, default=0), max(values, default=1)
    if high == low:
        low, high = low - abs(low or 1) / 2, high + abs(high or 1) / 2
    rough = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * place, 10) for place in range(first, last + 1)]


def _middle(first: date, last: date) -> datetime:
    start = datetime.combine(first, time())
    return start + (datetime.combine(last, time()) + timedelta(days=1) - start) / 2


def _end(period: str, course: Course) -> date:
    return min(kpi_periods.last_day(period), course.year_end)


def _written(value: float | None, course: Course) -> str:
    return escape(kpi_formats.value(value, course.unit))


def _hover(period: str, value: float | None, words: str, course: Course) -> str:
    return words.format(period=kpi_periods.name(period), value=_written(value, course))
