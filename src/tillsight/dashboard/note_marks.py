"""Dated notes on a chart over time, as a pure function: a triangle on top of the day, and a line
over the days of a span. What was written, and by whom, is told when it is pointed at.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import texts
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.kpis.charts import AIM

One = Mapping[str, Any]
DAY = timedelta(days=1)
WIDEST = 60
"""Characters of a line of what is told."""


def add(figure: go.Figure, notes: Sequence[One], starts: Sequence[date], height: float) -> None:
    """Mark the notes at that height; `starts` are the first days of the steps that are drawn."""
    for one in notes:
        span = _span(one, starts)
        if span:
            _add_span(figure, span, height)
    found = told(notes, starts)
    if not found:
        return
    figure.add_scatter(
        name="notes",
        x=list(found),
        y=[height] * len(found),
        mode="markers",
        marker={"symbol": "triangle-down", "size": 11, "color": AIM},
        cliponaxis=False,
        showlegend=False,
        customdata=["<br>".join(said) for said in found.values()],
        hovertemplate="%{customdata}<extra></extra>",
    )


def told(notes: Sequence[One], starts: Sequence[date]) -> dict[date, list[str]]:
    """What the notes say, in lines, by the step they stand at."""
    found: dict[date, list[str]] = {}
    for one in notes:
        at = place(one, starts)
        if at is not None:
            found.setdefault(at, []).extend(hover(one))
    return dict(sorted(found.items()))


def place(note: One, starts: Sequence[date]) -> date | None:
    """The step in which a note begins, or the first one that is drawn of a longer one."""
    if not starts:
        return None
    first, end = date.fromisoformat(note["from"]), date.fromisoformat(note["to"])
    if end <= starts[0] or first > starts[-1] + _length(starts):
        return None
    return max((one for one in starts if one <= first), default=starts[0])


def hover(note: One) -> list[str]:
    """What is told of a note, on lines that are not too long."""
    who = note["created_by_name"]
    said = texts.NOTE_HOVER.format(
        days=days(note), text=note["text"], who=texts.NOTE_BY.format(name=who) if who else ""
    )
    lines = [escape(line) for line in wrap(said, WIDEST)]
    if not note["ordinary"]:
        lines.append(forecast_texts.LEFT_OUT_HOVER)
    return lines


def days(note: One) -> str:
    """The days a note is about."""
    return formats.window(date.fromisoformat(note["from"]), date.fromisoformat(note["to"]))


def _span(note: One, starts: Sequence[date]) -> tuple[date, date] | None:
    """The first and last step of a note that is longer than one."""
    first = place(note, starts)
    end = date.fromisoformat(note["to"])
    last = max((one for one in starts if one < end), default=None)
    return (first, last) if first and last and last > first else None


def _add_span(figure: go.Figure, span: tuple[date, date], height: float) -> None:
    figure.add_scatter(
        name="note_span",
        x=list(span),
        y=[height, height],
        mode="lines",
        line={"color": AIM, "width": 3},
        showlegend=False,
        hoverinfo="skip",
    )


def _length(starts: Sequence[date]) -> timedelta:
    """About how long a step is, but its last day."""
    return (starts[-1] - starts[-2] if len(starts) > 1 else DAY) - DAY
