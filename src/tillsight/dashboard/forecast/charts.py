"""History and forecast as pure functions: answers of the API in, a figure out.

A closed day is no sale of 0: lines pass over it, a tick at the foot tells it, and longer closures
are grey columns that break the line. What happened is drawn in ink, what is expected in colour
inside its intervals, so that neither needs the eye to tell red from green.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts, note_marks
from tillsight.dashboard.charts import BEFORE, MOST_MARKERS, SHARED, THIS
from tillsight.dashboard.forecast import steps, texts
from tillsight.dashboard.kpis import formats as kpi_formats
from tillsight.dashboard.kpis.charts import AIM, PAPERS, Paper, ticks

One = Mapping[str, Any]

HEIGHT, HEIGHT_BELOW = 400, 280  # pixels
CLOSURE = {"day": 3, "week": 0, "month": 0}
"""More closed steps in a row than these break the line; a weekend does not."""
BANDS = ("rgba(47,146,119,0.14)", "rgba(47,146,119,0.26)")
"""The outer interval and, over it, the inner one."""
CLOSED_COLUMN = "rgba(139,151,146,0.13)"
TALLEST = 1.6
"""How far above the highest line an outer interval may reach before it is cut off."""
SHORT = 0.15
"""Of the width: where less lies ahead, its name stands before it, beside the tools."""
MOST_TICKS = 8
ROOM = 0.12
"""Of the height, for what is written above the highest line."""


@dataclass(frozen=True)
class Picture:
    """What is drawn: a forecast as the API tells it, in a unit of kpi_formats, with its notes."""

    told: One
    unit: str
    notes: Sequence[One] = ()

    @property
    def grain(self) -> str:
        """How long a step is."""
        return str(self.told["grain"])

    @property
    def levels(self) -> list[int]:
        """The levels of the intervals, the widest first."""
        bounds: Sequence[One] = next((one["bounds"] for one in self.told["forecast"]), [])
        return sorted((one["level"] for one in bounds), reverse=True)


def course(picture: Picture, paper: Paper = PAPERS["light"]) -> go.Figure:
    """History, then the forecast in its intervals, with closed days and notes."""
    told = picture.told
    figure = go.Figure(layout=SHARED).update_layout(height=HEIGHT, showlegend=False, margin_t=28)
    everything = [*told["history"], *told["forecast"]]
    _add_closures(figure, picture.grain, everything, paper)
    for level, colour in zip(picture.levels, BANDS[-len(picture.levels) :], strict=False):
        _add_band(figure, picture.grain, told["forecast"], level, colour)
    _add_line(figure, picture, told["history"], "history", paper.ink)
    _add_join(figure, told)
    _add_line(figure, picture, told["forecast"], "forecast", THIS)
    _add_special(figure, told["history"], paper)
    _add_closed(figure, everything)
    lines = [one["value"] for one in everything if one["open"]]
    held = _held(lines, told["forecast"])
    top = _set_axes(figure, picture.grain, everything, picture.unit, held)
    _add_divider(figure, told, paper)
    starts = [steps.start(one) for one in everything]
    note_marks.add(figure, picture.notes, starts, top)
    figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"name": "notes"})
    noted = note_marks.told(picture.notes, starts)
    said = [_history_said(one, picture.unit) for one in told["history"]]
    said += [_forecast_said(one, picture.unit) for one in told["forecast"]]
    lines_told = [
        [*said_of, *noted.get(start, [])] for said_of, start in zip(said, starts, strict=True)
    ]
    return _tell(figure, everything, lines_told)


def against(
    found: Sequence[One], grain: str, unit: str, paper: Paper = PAPERS["light"]
) -> go.Figure:
    """What was forecast for some steps, in its interval, against what happened where that is known.

    Each step has `start`, `predicted`, `lower`, `upper`, `actual` and, if they were kept, `naive`,
    `open` and `ordinary`.
    """
    figure = go.Figure(layout=SHARED).update_layout(height=HEIGHT_BELOW, showlegend=False)
    told = [_compared(one) for one in found]
    _add_closures(figure, grain, told, paper)
    bounded = [one for one in told if one["bounds"]]
    if bounded:
        _add_band(figure, grain, told, bounded[0]["bounds"][0]["level"], BANDS[1])
    if any(one["naive"] is not None for one in told):
        _add_plain(figure, grain, told, ("naive", BEFORE, 1.25, "dot"))
    _add_plain(figure, grain, told, ("predicted", THIS, 2.5, "solid"))
    if any(one["actual"] is not None for one in told):
        _add_plain(figure, grain, told, ("actual", paper.ink, 1.75, "solid"))
    known = [one for one in told if one["actual"] is not None]
    _add_special(figure, [{**one, "value": one["actual"]} for one in known], paper)
    _add_closed(figure, told)
    drawn = [
        one[name] for one in told for name in ("predicted", "actual", "naive") if one[name] or 0
    ]
    _set_axes(figure, grain, told, unit, _held(drawn, told))
    figure.update_layout(margin_t=12)
    return _tell(figure, told, [_window_said(one, unit) for one in told])


def _compared(one: One) -> dict[str, Any]:
    """A step of a window in the shape of a step ahead. Unless it is told, it was closed where
    nothing at all was expected and nothing happened.
    """
    bounded = one.get("lower") is not None and one.get("upper") is not None
    nothing = not (one["predicted"] or one.get("upper") or one["actual"])
    bounds = [{"level": 80, "lower": one["lower"], "upper": one["upper"]}] if bounded else []
    return {
        "start": one["start"],
        "open": one.get("open", not nothing) or bool(one["actual"]),
        "value": one["predicted"],
        "predicted": one["predicted"],
        "actual": one["actual"],
        "naive": one.get("naive"),
        "ordinary": one.get("ordinary", True),
        "bounds": bounds,
    }


def _add_plain(
    figure: go.Figure, grain: str, found: Sequence[One], style: tuple[str, str, float, str]
) -> None:
    """One of the lines of a window: its name, colour, width and dash."""
    name, colour, width, dash = style
    points = _broken(steps.runs(found, CLOSURE[grain]))
    figure.add_scatter(
        name=name,
        x=[steps.start(one) if one else None for one in points],
        y=[one[name] if one else None for one in points],
        line={"color": colour, "width": width, "dash": dash},
        mode="lines+markers" if len(found) <= MOST_MARKERS and name != "naive" else "lines",
        marker={"size": 5},
        hoverinfo="skip",
    )


def _add_line(
    figure: go.Figure, picture: Picture, found: Sequence[One], name: str, colour: str
) -> None:
    points = _broken(steps.runs(found, CLOSURE[picture.grain]))
    if not points:
        return
    known = len(picture.told["history"]) + len(picture.told["forecast"])
    figure.add_scatter(
        name=name,
        x=[steps.start(one) if one else None for one in points],
        y=[one["value"] if one else None for one in points],
        line={"color": colour, "width": 2.75 if name == "forecast" else 1.75},
        mode="lines+markers" if known <= 2 * MOST_MARKERS else "lines",
        marker={"size": 5},
        hoverinfo="skip",
    )


def _tell(figure: go.Figure, found: Sequence[One], lines: Sequence[Sequence[str]]) -> go.Figure:
    """What is told of each step when it is pointed at, by points that are not seen.

    Lines of their own would tell of the nearest step they have, which may be another one.
    """
    return figure.add_scatter(
        name="told",
        x=[steps.start(one) for one in found],
        y=[one["value"] for one in found],
        mode="markers",
        marker={"opacity": 0},
        customdata=["<br>".join(said) for said in lines],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _broken(runs: Sequence[Sequence[One]]) -> list[One | None]:
    """The steps of all runs, with nothing between two of them, where a line breaks."""
    found: list[One | None] = []
    for run in runs:
        found += [None, *run] if found else run
    return found


def _add_join(figure: go.Figure, told: One) -> None:
    """The way from the last step of history to the first one of the forecast."""
    before = [one for one in told["history"] if one["open"]][-1:]
    after = [one for one in told["forecast"] if one["open"]][:1]
    if not before or not after:
        return
    figure.add_scatter(
        name="join",
        x=[steps.start(one) for one in (*before, *after)],
        y=[one["value"] for one in (*before, *after)],
        mode="lines",
        line={"color": THIS, "width": 1.25, "dash": "dot"},
        hoverinfo="skip",
    )


def _add_band(figure: go.Figure, grain: str, found: Sequence[One], level: int, colour: str) -> None:
    """The area of an interval, apart for each run of open steps."""
    days: list[datetime | None] = []
    values: list[float | None] = []
    for run in steps.runs(found, CLOSURE[grain]):
        upper, lower = (_edge(run, grain, level, side) for side in ("upper", "lower"))
        if not upper:
            continue
        if days:
            days.append(None)
            values.append(None)
        ring = [*upper, *reversed(lower)]
        days += [day for day, _ in ring]
        values += [value for _, value in ring]
    if not days:
        return
    figure.add_scatter(
        name=f"band{level}",
        x=days,
        y=values,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=colour,
        hoverinfo="skip",
    )


def _edge(run: Sequence[One], grain: str, level: int, side: str) -> list[tuple[datetime, float]]:
    """One side of an interval over a run; a step by itself is drawn as wide as it is long."""
    points = [
        (datetime.combine(steps.start(one), time()), bound[side])
        for one in run
        for bound in one["bounds"]
        if bound["level"] == level
    ]
    if len(points) == 1:
        [(day, value)] = points
        room = steps.HALF_DAY * steps.DAYS[grain] * 0.8
        return [(day - room, value), (day + room, value)]
    return points


def _add_special(figure: go.Figure, steps_before: Sequence[One], paper: Paper) -> None:
    """Hollow diamonds on steps that are left out of fitting."""
    found = [one for one in steps_before if one["open"] and not one["ordinary"]]
    if not found:
        return
    figure.add_scatter(
        name="special",
        x=[steps.start(one) for one in found],
        y=[one["value"] for one in found],
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 10,
            "color": paper.ground,
            "line": {"width": 2, "color": AIM},
        },
        hoverinfo="skip",
    )


def _add_closed(figure: go.Figure, found: Sequence[One]) -> None:
    """A tick at the foot for each closed step."""
    closed = [steps.start(one) for one in found if not one["open"]]
    if not closed:
        return
    figure.add_scatter(
        name="closed",
        x=closed,
        y=[0.0] * len(closed),
        mode="markers",
        marker={"symbol": "line-ns", "size": 7, "line": {"width": 1.5, "color": BEFORE}},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _add_closures(figure: go.Figure, grain: str, found: Sequence[One], paper: Paper) -> None:
    """A grey column for each closure that breaks the line."""
    for first, last in steps.closures(found, CLOSURE[grain]):
        left, right = steps.edges(grain, first, last)
        figure.add_vrect(x0=left, x1=right, fillcolor=CLOSED_COLUMN, line_width=0, layer="below")
        if len(found) and (right - left) / timedelta(days=1) * 22 >= len(found) * steps.DAYS[grain]:
            figure.add_annotation(
                x=left + (right - left) / 2,
                yref="paper",
                y=0.5,
                text=texts.CLOSED_BAND,
                textangle=-90,
                showarrow=False,
                font={"size": 12, "color": paper.ink},
                opacity=0.65,
            )


def _add_divider(figure: go.Figure, told: One, paper: Paper) -> None:
    """Where what was sold ends and the forecast begins."""
    if not told["history"] or not told["forecast"]:
        return
    first = datetime.combine(date.fromisoformat(told["from"]), time())
    at = first - steps.HALF_DAY * (steps.DAYS[told["grain"]] if told["grain"] != "day" else 1)
    is_short = len(told["forecast"]) < SHORT * (len(told["history"]) + len(told["forecast"]))
    figure.add_vline(x=at, line={"color": BEFORE, "width": 1, "dash": "dash"}, layer="below")
    figure.add_annotation(
        x=at,
        yref="paper",
        y=1,
        yanchor="bottom",
        xanchor="right" if is_short else "left",
        xshift=-4 if is_short else 4,
        text=f"<b>{texts.FORECAST_BEGINS}</b>",
        showarrow=False,
        font={"size": 13, "color": paper.ink},
    )


def _held(lines: Sequence[float], found: Sequence[One]) -> list[float]:
    """What the axis has to hold: the lines, and intervals as far as they are not absurd."""
    top = max(lines, default=1) * TALLEST
    bounds = [
        min(max(bound[side], -top), top)
        for one in found
        for bound in one["bounds"]
        for side in ("lower", "upper")
    ]
    return [*lines, *bounds]


def _set_axes(
    figure: go.Figure, grain: str, found: Sequence[One], unit: str, drawn: Sequence[float]
) -> float:
    """Axes with round marks that hold what is drawn; returns where the axis of values ends."""
    marks = ticks([0, *drawn] if any(drawn) else [0, 1])
    top = max([marks[-1], *drawn]) + (marks[-1] - marks[0]) * ROOM
    figure.update_yaxes(
        tickvals=marks,
        ticktext=[kpi_formats.short(one, unit) for one in marks],
        range=[min([marks[0], *drawn]), top],
    )
    days = [steps.start(one) for one in found]
    figure.update_xaxes(
        hoverformat=texts.DAYS_HOVERS[grain],
        tickformat=charts.tickformat(grain),
        range=steps.edges(grain, days[0], days[-1]) if days else None,
    )
    if len(days) <= MOST_TICKS:  # else there would be marks inside of a step
        tickformat = "%b %Y" if grain == "month" else formats.axis_day()
        figure.update_xaxes(tickvals=days, tickformat=tickformat)
    return top


def _history_said(one: One, unit: str) -> list[str]:
    if not one["open"]:
        return [texts.CLOSED_HOVER]
    said = [texts.VALUE_HOVER.format(value=_written(one["value"], unit))]
    return said if one["ordinary"] else [*said, texts.LEFT_OUT_HOVER]


def _forecast_said(one: One, unit: str) -> list[str]:
    if not one["open"]:
        return [texts.CLOSED_HOVER]
    said = [texts.FORECAST_HOVER.format(value=_written(one["value"], unit))]
    for bound in sorted(one["bounds"], key=lambda each: each["level"]):
        low, high = (_written(bound[side], unit) for side in ("lower", "upper"))
        said.append(texts.LEVEL_HOVER.format(level=bound["level"], low=low, high=high))
    return said


def _window_said(one: One, unit: str) -> list[str]:
    if not one["open"]:
        return [texts.CLOSED_HOVER]
    said = [
        words.format(value=_written(one[name], unit))
        for name, words in texts.AGAINST_HOVERS.items()
        if one[name] is not None
    ]
    return said if one["ordinary"] else [*said, texts.LEFT_OUT_HOVER]


def _written(value: float, unit: str) -> str:
    return escape(kpi_formats.rounded(value, unit))
