"""What comes again, as pure functions: weekdays and hours, months over years, a year of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common_texts
from tillsight.dashboard.charts import BEFORE, SCALE, SERIES, SHARED, THIS
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.kpis.charts import AIM
from tillsight.dashboard.revenue import texts

Rows = Sequence[Mapping[str, Any]]
Cell = tuple[int, int]
"""A weekday, 1 Monday to 7 Sunday, and an hour."""

DAY = timedelta(days=1)
WEEK = 7
MOST_YEARS = 6
GROUND = "rgba(139,151,146,0.09)"
"""Of days without data."""
DARKEST = 0.98
"""Of the days with sales, how many have a colour of their own; the best have the darkest."""
FAR = 2
"""How many times as much as that the best day must have, before colours end there."""


def such_days(start: date, end: date) -> dict[int, int]:
    """How often each weekday comes from `start` up to, and without, `end`."""
    weeks, more = divmod(max((end - start).days, 0), WEEK)
    extra = {(start + DAY * one).isoweekday() for one in range(more)}
    return {weekday: weeks + (weekday in extra) for weekday in range(1, WEEK + 1)}


@dataclass(frozen=True)
class Hours:
    """A measure by weekday and hour of days in which each weekday comes so often."""

    measure: str
    values: Mapping[Cell, float]
    days: Mapping[int, int]

    @staticmethod
    def of(rows: Rows, measure: str, days: Mapping[int, int]) -> "Hours":
        """Of the rows by weekday and hour; those without an hour are left out."""
        values = {
            (row["weekday"], row["hour"]): row[measure]
            for row in rows
            if row["hour"] is not None and row[measure]
        }
        return Hours(measure, values, days)

    @property
    def hours(self) -> list[int]:
        """All hours from the first with sales to the last."""
        found = [hour for _, hour in self.values]
        return list(range(min(found), max(found) + 1)) if found else []

    def average(self, cell: Cell) -> float:
        """For one such day, be there sales on it or not."""
        return self.values.get(cell, 0) / max(self.days[cell[0]], 1)

    @property
    def best(self) -> Cell:
        """The weekday and hour with the highest average."""
        return max(self.values, key=self.average)

    def written(self, value: float, currency: str) -> str:
        """A value in the measure's unit, averages of orders with one decimal."""
        return formats.money(value, currency) if self.measure == "revenue" else counted(value)


def counted(value: float) -> str:
    """An average of a count."""
    return formats.number(round(value, 1))


def hours_said(hour: int) -> str:
    """An hour in words: 9–10 h."""
    return texts.HOURS.format(first=hour, last=hour + 1)


def heat(told: Hours, links: Mapping[Cell, str], currency: str) -> go.Figure:
    """A field for each hour of each weekday, Monday on top; each leads to an address."""
    figure = go.Figure(layout=SHARED)
    hours, week = told.hours, range(1, WEEK + 1)
    figure.add_heatmap(
        x=hours,
        y=list(week),
        z=[[told.average((one, hour)) for hour in hours] for one in week],
        customdata=[
            [[_heat_hover(told, (one, hour), currency), links[one, hour]] for hour in hours]
            for one in week
        ],
        hovertemplate="%{customdata[0]}<extra></extra>",
        zmin=0,
        colorscale=SCALE,
        xgap=3,
        ygap=3,
        colorbar=_bar(max(map(told.average, told.values), default=0), told.measure, currency),
    )
    figure.update_layout(height=330, hovermode="closest")
    figure.update_xaxes(
        title_text=texts.HOUR_AXIS, tick0=0, dtick=3 if len(hours) > 9 else 1, zeroline=False
    )
    figure.update_yaxes(
        tickvals=list(week),
        ticktext=list(forecast_texts.WEEKDAYS_SHORT),
        autorange="reversed",
        showgrid=False,
    )
    return figure


def _heat_hover(told: Hours, cell: Cell, currency: str) -> str:
    days = told.days[cell[0]]
    total = told.written(told.values.get(cell, 0), currency)
    more = texts.HEAT_MORE.format(sum=total, days=formats.number(days)) if days > 1 else ""
    return texts.HEAT_HOVER.format(
        weekday=forecast_texts.WEEKDAYS[cell[0] - 1],
        hours=hours_said(cell[1]),
        value=told.written(told.average(cell), currency),
        more=more,
    )


def _bar(top: float, measure: str, currency: str) -> dict[str, Any]:
    ticks = [one for one in charts.round_ticks(top) if one <= top]
    money = measure == "revenue"
    return {
        "tickvals": ticks,
        "ticktext": [
            formats.short_money(one, currency) if money else counted(one) for one in ticks
        ],
        "thickness": 10,
        "outlinewidth": 0,
        "len": 1,
        "x": 1.01,
    }


def weekdays(this: Hours, before: Hours | None, currency: str) -> go.Figure:
    """A bar for the average of each weekday, and a stroke for that of the period before."""
    figure = go.Figure(layout=SHARED)
    week = list(range(1, WEEK + 1))
    names = (common_texts.THIS_PERIOD, common_texts.EARLIER_PERIOD)
    figure.add_bar(
        name=names[0],
        x=week,
        y=[this.average((one, 0)) for one in week],
        marker={"color": THIS, "cornerradius": 4},
        customdata=[_weekday_hover(this, one, currency) for one in week],
        hovertemplate="%{customdata}<extra></extra>",
    )
    if before:
        figure.add_scatter(
            name=names[1],
            x=week,
            y=[before.average((one, 0)) for one in week],
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 16, "color": BEFORE, "line": {"width": 3}},
            customdata=[_weekday_hover(before, one, currency) for one in week],
            hovertemplate="%{customdata}<extra></extra>",
        )
    found = [one.average((day, 0)) for one in (this, before) if one for day in week]
    ticks = charts.round_ticks(max(found))
    money = this.measure == "revenue"
    title = texts.AVERAGE_MONEY.format(currency=currency) if money else texts.AVERAGE_ORDERS
    figure.update_yaxes(
        title_text=title,
        tickvals=ticks,
        ticktext=[formats.short_money(one, currency) if money else counted(one) for one in ticks],
        range=[0, ticks[-1] * 1.04],
    )
    figure.update_xaxes(
        title_text=texts.WEEKDAY_AXIS,
        tickvals=week,
        ticktext=list(forecast_texts.WEEKDAYS_SHORT),
        hoverformat=" ",
    )
    return figure.update_layout(showlegend=before is not None, bargap=0.35)


def _weekday_hover(told: Hours, weekday: int, currency: str) -> str:
    return texts.WEEKDAY_HOVER.format(
        weekday=forecast_texts.WEEKDAYS[weekday - 1],
        value=told.written(told.average((weekday, 0)), currency),
        days=formats.number(told.days[weekday]),
    )


@dataclass(frozen=True)
class Years:
    """Revenue by month, year by year, of data from a day to another."""

    values: Mapping[int, Mapping[int, float]]
    first: date
    last: date

    @staticmethod
    def of(rows: Rows, first: date, last: date) -> "Years":
        """Of the rows by month; the last few years of them."""
        found: dict[int, dict[int, float]] = {}
        for row in rows:
            year, month = map(int, row["month"].split("-"))
            found.setdefault(year, {})[month] = row["revenue"]
        years = sorted(found)[-MOST_YEARS:]
        return Years({year: found[year] for year in years}, first, last)

    def days(self, year: int, month: int) -> tuple[date, date] | None:
        """The days of a month that lie within the data, where those are not all of it."""
        start = date(year, month, 1)
        end = (start + 31 * DAY).replace(day=1) - DAY
        first, last = max(start, self.first), min(end, self.last)
        return None if (first, last) == (start, end) else (first, last)

    @property
    def twice(self) -> int:
        """How many months of the year were whole in two years or more."""
        whole = [
            month
            for year, months in self.values.items()
            for month in months
            if self.days(year, month) is None
        ]
        return sum(whole.count(month) > 1 for month in range(1, 13))

    @property
    def best(self) -> tuple[int, int]:
        """The year and the month with the most."""
        found = [(year, month) for year, months in self.values.items() for month in months]
        return max(found, key=lambda one: self.values[one[0]][one[1]])


def seasons(told: Years, currency: str) -> go.Figure:
    """A line for each year over its months, the last one the strongest; hollow: not whole."""
    figure = go.Figure(layout=SHARED)
    newest = max(told.values)
    for place, (year, months) in enumerate(sorted(told.values.items(), reverse=True)):
        parts = [told.days(year, month) for month in months]
        colour = SERIES[place]
        figure.add_scatter(
            name=str(year),
            x=list(months),
            y=list(months.values()),
            mode="lines+markers",
            line={"color": colour, "width": 3 if year == newest else 1.75},
            marker={
                "size": 7,
                "color": colour,
                "symbol": ["circle-open" if part else "circle" for part in parts],
            },
            customdata=[
                _season_hover(year, month, value, part, currency)
                for (month, value), part in zip(months.items(), parts, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    found = [value for months in told.values.values() for value in months.values()]
    ticks = charts.round_ticks(max(found))
    figure.update_yaxes(
        title_text=texts.AXIS_MONEY["revenue"].format(currency=currency),
        tickvals=ticks,
        ticktext=[formats.short_money(one, currency) for one in ticks],
        range=[min([0, *found]), ticks[-1] * 1.04],
    )
    figure.update_xaxes(
        title_text=texts.MONTH_AXIS,
        tickvals=list(range(1, 13, 2)),
        ticktext=list(texts.MONTHS[::2]),
        tickangle=0,
        range=[0.6, 12.4],
        hoverformat=" ",
    )
    return figure.update_layout(showlegend=True)


def _season_hover(
    year: int, month: int, value: float, part: tuple[date, date] | None, currency: str
) -> str:
    name = charts.bucket_name("month", f"{year:04}-{month:02}")
    money = formats.money(value, currency)
    if part is None:
        return texts.SEASON_HOVER.format(month=name, value=money)
    days = formats.days(*part)
    return texts.SEASON_HOVER_PART.format(month=name, part=days, value=money)


@dataclass(frozen=True)
class Days:
    """The days of a year with data, as rows with revenue and orders, and what notes say of them."""

    year: int
    measure: str
    rows: Mapping[date, Mapping[str, Any]]
    notes: Mapping[date, Sequence[str]]

    @property
    def sold(self) -> list[float]:
        """The values of the days with sales, from the least."""
        return sorted(row[self.measure] for row in self.rows.values() if row[self.measure])

    @property
    def top(self) -> float:
        """The value from which a day has the darkest colour: few days lie far beyond it."""
        sold = self.sold
        bound = sold[min(int(len(sold) * DARKEST), len(sold) - 1)]
        return bound if sold[-1] > FAR * bound else sold[-1]

    @property
    def best(self) -> date:
        """The day with the most."""
        return max(self.rows, key=lambda day: self.rows[day][self.measure])

    def written(self, value: float, currency: str) -> str:
        """A value in the measure's unit."""
        if self.measure == "revenue":
            return formats.money(value, currency)
        return formats.number(value)


def place(day: date) -> tuple[int, int]:
    """Where a day stands in the picture of its year: the week from the left, and the weekday."""
    begins = date(day.year, 1, 1)
    return (begins.weekday() + (day - begins).days) // WEEK, day.isoweekday()


def calendar(told: Days, links: Mapping[date, str], currency: str) -> go.Figure:
    """A field for each day of the year, weeks from the left; a ring marks a note."""
    figure = go.Figure(layout=SHARED)
    weeks = place(date(told.year, 12, 31))[0] + 1
    fields = {"x": list(range(weeks)), "y": list(range(1, WEEK + 1)), "xgap": 3, "ygap": 3}
    scale = ((0, GROUND), (1, GROUND))
    ground = _ground(told.year, weeks)
    figure.add_heatmap(**fields, z=ground, colorscale=scale, showscale=False, hoverinfo="skip")
    values: list[list[Any]] = [[None] * weeks for _ in range(WEEK)]
    data: list[list[Any]] = [[["", ""]] * weeks for _ in range(WEEK)]
    for day, row in told.rows.items():
        week, weekday = place(day)
        values[weekday - 1][week] = row[told.measure]
        data[weekday - 1][week] = [_day_hover(told, day, currency), links[day]]
    figure.add_heatmap(
        **fields,
        z=values,
        customdata=data,
        hovertemplate="%{customdata[0]}<extra></extra>",
        hoverongaps=False,
        zmin=0,
        zmax=told.top,
        colorscale=SCALE,
        colorbar=_bar(told.top, told.measure, currency),
    )
    _add_rings(figure, told)
    _set_weeks(figure, told.year, weeks)
    return figure.update_layout(height=250, hovermode="closest")


def _add_rings(figure: go.Figure, told: Days) -> None:
    noted = [place(day) for day in told.notes if day in told.rows]
    figure.add_scatter(
        name="notes",
        x=[week for week, _ in noted],
        y=[weekday for _, weekday in noted],
        mode="markers",
        marker={"symbol": "circle-open", "size": 9, "color": AIM, "line": {"width": 2.5}},
        hoverinfo="skip",
        showlegend=False,
    )


def _set_weeks(figure: go.Figure, year: int, weeks: int) -> None:
    figure.update_xaxes(
        tickvals=[place(date(year, month, 15))[0] for month in range(1, 13)],
        ticktext=list(texts.MONTHS),
        tickangle=0,
        range=[-0.6, weeks - 0.4],
        zeroline=False,
        side="top",
    )
    figure.update_yaxes(
        tickvals=list(range(1, WEEK + 1)),
        ticktext=list(forecast_texts.WEEKDAYS_SHORT),
        range=[WEEK + 0.6, 0.4],
        showgrid=False,
    )


def _ground(year: int, weeks: int) -> list[list[int | None]]:
    """Every day of the year, so that those without data have their places, too."""
    first = date(year, 1, 1)
    ground: list[list[int | None]] = [[None] * weeks for _ in range(WEEK)]
    for one in range((date(year + 1, 1, 1) - first).days):
        week, weekday = place(first + DAY * one)
        ground[weekday - 1][week] = 0
    return ground


def _day_hover(told: Days, day: date, currency: str) -> str:
    row = told.rows[day]
    orders = texts.CALENDAR_ORDERS.of(row["orders"], number=formats.number(row["orders"]))
    said = texts.CALENDAR_HOVER.format(
        day=charts.bucket_name("day", day.isoformat()),
        value=formats.money(row["revenue"], currency),
        orders=orders,
    )
    return "<br>".join([said, *told.notes.get(day, ())])
