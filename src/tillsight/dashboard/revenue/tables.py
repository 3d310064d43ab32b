"""Tables of the page as pure functions: rows of the API in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.revenue import texts
from tillsight.dashboard.revenue.charts import Split, bucket_name
from tillsight.dashboard.revenue.patterns import Cell, Days, Hours, Years, hours_said, place
from tillsight.dashboard.tables import lead, of_values

Rows = Sequence[Mapping[str, Any]]
MOST = 100
"""Rows of a table on the page."""


def link(text: str, address: str) -> str:
    """A value that leads to what is behind it."""
    return f'<a href="{escape(address)}" target="_self">{escape(text)}</a>'


def trend(rows: Rows, before: Rows, grain: str, measure: str, currency: str) -> str:
    """Each bucket, and that of the period before in its place; the last ones."""
    heads = [texts.BUCKETS[grain], texts.MEASURES[measure]]
    if before:
        heads += [texts.EARLIER_DAYS, texts.MEASURES[measure]]
    lines = []
    for place_, row in enumerate(rows):
        line = [_name(grain, row), _money(row[measure], currency)]
        if before:
            then = before[place_] if place_ < len(before) else None
            line += [_name(grain, then), _money(then[measure], currency)] if then else ["", ""]
        lines.append(line)
    return of_values(heads, lines[-MOST:]) + _cut(len(rows))


def by_group(parts: Split, currency: str) -> str:
    """Each bucket with the value of each group, the sums first; the last ones."""
    names = list(parts.series)
    sums = [escape(texts.TOTAL), *(_money(parts.total(name), currency) for name in names)]
    lines = [
        [
            escape(charts.bucket_name(parts.grain, bucket)),
            *(_money(parts.series[name][at], currency) for name in names),
        ]
        for at, bucket in enumerate(parts.buckets)
    ]
    return of_values([texts.BUCKETS[parts.grain], *names], [sums, *lines[-MOST:]]) + _cut(
        len(lines)
    )


def growth(
    rows: Rows, grain: str, measure: str, written: Mapping[str, str], orders: Mapping[str, str]
) -> str:
    """Each bucket with those it is compared with, newest first; its value leads to its orders."""
    heads = [
        texts.BUCKETS[grain],
        texts.GROWING[measure],
        texts.FROM_BEFORE[grain],
        texts.FROM_YEAR,
        texts.BEFORE[grain],
        texts.YEAR_BEFORE,
    ]
    lines = [
        [
            f"{escape(bucket_name(grain, row['bucket']))}{_part(row, grain)}",
            lead(written[f"{row['bucket']}/value"], orders[row["bucket"]]),
            _change(row["growth"]),
            _change(row["year_growth"]),
            escape(written[f"{row['bucket']}/before"]),
            escape(written[f"{row['bucket']}/year_before"]),
        ]
        for row in reversed(rows)
    ]
    return of_values(heads, lines[:MOST])


def hours(told: Hours, links: Mapping[Cell, str], currency: str) -> str:
    """Each hour with its average on each weekday; each leads to the orders behind it."""
    lines = [
        [
            escape(hours_said(hour)),
            *(
                link(told.written(told.average((one, hour)), currency), links[one, hour])
                if (one, hour) in told.values
                else formats.NOTHING
                for one in range(1, 8)
            ),
        ]
        for hour in told.hours
    ]
    return of_values([texts.HOUR, *forecast_texts.WEEKDAYS], lines)


def weekdays(this: Hours, before: Hours | None, currency: str) -> str:
    """Each weekday with its average, its sum and how often it came."""
    heads = [texts.WEEKDAY_AXIS, texts.AVERAGE, texts.SUM, texts.SUCH_DAYS]
    if before:
        heads.append(texts.EARLIER_DAYS)
    lines = []
    for one in range(1, 8):
        cell = (one, 0)
        line = [
            escape(forecast_texts.WEEKDAYS[one - 1]),
            escape(this.written(this.average(cell), currency)),
            escape(this.written(this.values.get(cell, 0), currency)),
            formats.number(this.days[one]),
        ]
        if before:
            line.append(escape(before.written(before.average(cell), currency)))
        lines.append(line)
    return of_values(heads, lines)


def seasons(told: Years, currency: str) -> str:
    """Each month with its value in each year; of one that is not whole, its days."""
    years = sorted(told.values, reverse=True)
    lines = [
        [
            escape(texts.MONTHS[month - 1]),
            *(_of_year(told, year, month, currency) for year in years),
        ]
        for month in range(1, 13)
    ]
    return of_values([texts.MONTH_AXIS, *map(str, years)], lines)


def calendar(told: Days, links: Mapping[date, str], currency: str) -> str:
    """Each week with the values of its days, which lead to their orders."""
    weeks: dict[int, dict[int, date]] = {}
    for day in told.rows:
        week, weekday = place(day)
        weeks.setdefault(week, {})[weekday] = day
    lines = []
    for days in weeks.values():
        monday = min(days.values())
        monday -= timedelta(days=monday.weekday())
        line = [escape(formats.day(monday))]
        for weekday in range(1, 8):
            at = days.get(weekday)
            value = told.rows[at][told.measure] if at else 0
            line.append(link(told.written(value, currency), links[at]) if at and value else "")
        lines.append(line)
    return of_values([texts.WEEK, *forecast_texts.WEEKDAYS_SHORT], lines)


def _of_year(told: Years, year: int, month: int, currency: str) -> str:
    value = told.values[year].get(month)
    if value is None:
        return formats.NOTHING
    days = told.days(year, month)
    part = f'<span class="by quiet">{escape(formats.days(*days))}</span>' if days else ""
    return f"{_money(value, currency)}{part}"


def _name(grain: str, row: Mapping[str, Any]) -> str:
    return escape(charts.bucket_name(grain, row[grain]))


def _money(value: float, currency: str) -> str:
    return escape(formats.money(value, currency))


def _change(percent: float | None) -> str:
    if percent is None:
        return formats.NOTHING
    seen = round(percent, 1)
    mood, arrow = ("good", "▲ ") if seen > 0 else ("bad", "▼ ") if seen < 0 else ("even", "")
    return f'<b class="{mood}">{arrow}{formats.change(percent / 100)}</b>'


def _part(row: Mapping[str, Any], grain: str) -> str:
    """Which days of a bucket that is not whole have data."""
    said = part_of(row, grain)
    return f'<span class="by quiet">{escape(said)}</span>' if said else ""


def part_of(row: Mapping[str, Any], grain: str) -> str:
    """From when, or up to when, a bucket has data, where that is not all of it."""
    start = bucket_start(grain, row["bucket"])
    first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
    if is_under_way(row, grain):
        return texts.UP_TO.format(day=formats.day(last))
    return texts.SINCE.format(day=formats.day(first)) if first > start else ""


def is_under_way(row: Mapping[str, Any], grain: str) -> bool:
    """Whether the data end before the bucket does."""
    last = date.fromisoformat(row["last_day"])
    return last + timedelta(days=1) < following(grain, bucket_start(grain, row["bucket"]))


def bucket_start(grain: str, text: str) -> date:
    """The first day of a month or quarter."""
    if grain == "quarter":
        year, quarter = text.split("-Q")
        return date(int(year), int(quarter) * 3 - 2, 1)
    return charts.bucket_start(grain, text)


def following(grain: str, start: date) -> date:
    """The day after the last of the month or quarter that begins on `start`."""
    months = start.year * 12 + start.month - 1 + (3 if grain == "quarter" else 1)
    return date(months // 12, months % 12 + 1, 1)


def _cut(rows: int) -> str:
    if rows <= MOST:
        return ""
    said = texts.TABLE_CUT.format(rows=formats.number(MOST), all=formats.number(rows))
    return f'<p class="quiet">{escape(said)}</p>'
