"""Through the year: its months over those of other years, and a year day by day."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, charts, client, note_marks, noted, panels, sales_page
from tillsight.dashboard.periods import Preset
from tillsight.dashboard.revenue import asking, patterns, tables, texts
from tillsight.dashboard.revenue.patterns import Days, Years
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

HEIGHT, CALENDAR_HEIGHT = 330, 250
TWO_YEARS = 2
A_YEAR = 12  # months


def show_seasons(page: SalesPage) -> None:
    """A line for each year, of all sales with the filters."""
    asked: client.Parameters = {"measures": "revenue", "by": "month", **page.choice.filters}

    def draw(answer: Mapping[str, Any]) -> None:
        told = Years.of(answer["rows"], page.known.first, page.known.last)
        st.caption(_said(told, len({row["month"][:4] for row in answer["rows"]})))
        year, month = told.best
        currency = client.shop().currency
        alt = texts.SEASONS_ALT.format(
            years=", ".join(map(str, sorted(told.values))),
            best=charts.bucket_name("month", f"{year:04}-{month:02}"),
            most=formats.money(told.values[year][month], currency),
        )
        panels.chart(patterns.seasons(told, currency), alt, tables.seasons(told, currency))
        panels.foot(
            about.pictures("seasons"),
            page.files(asked),
            page.orders(days=str(Preset.all), measure="revenue"),
            meaning=page.meaning_of(
                about.definitions(sales_page.words(), ["revenue", "month"]),
                answer,
                formats.days(page.known.first, page.known.last),
            ),
        )

    panel = panels.Panel("seasons", texts.SEASONS, HEIGHT, texts.SEASONS_LEAD)
    panels.show(panel, partial(sales_page.query, asked), draw)


def _said(told: Years, years: int) -> str:
    """How much can be read from it."""
    if not told.twice:
        return texts.SEASONS_SHORT
    if told.twice < A_YEAR:
        return texts.SEASONS_FEW.of(told.twice)
    if len(told.values) == TWO_YEARS:
        return texts.SEASONS_TWO
    if years > len(told.values):
        return texts.SEASONS_OLDER.format(count=len(told.values), all=years)
    return ""


def show_calendar(page: SalesPage) -> None:
    """A field for each day of a year."""
    known = page.known
    years = {year: str(year) for year in range(known.first.year, known.last.year + 1)}
    _, end = asking.covered(page)
    usual = (end - asking.DAY).year
    chosen = {"year": usual}

    def choose() -> None:
        chosen["year"] = switch(texts.YEAR, years, usual, "year", "collapsed")

    def asked() -> client.Parameters:
        first, following = (f"{chosen['year'] + one:04}-01-01" for one in (0, 1))
        days = {"from": first, "to": following}
        return {"measures": "revenue,orders", "by": "day", **days, **page.choice.filters}

    def load() -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
        year = chosen["year"]
        return sales_page.query(asked()), noted.between([date(year, 1, 1), date(year, 12, 1)])

    def draw(found: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]) -> None:
        answer, notes = found
        measure = switch(texts.MEASURE, texts.COUNTED, "revenue", "days_of", "collapsed")
        rows = {date.fromisoformat(row["day"]): row for row in answer["rows"]}
        told = Days(chosen["year"], measure, rows, _by_day(notes, chosen["year"]))
        _draw_days(page, told)
        panels.foot(
            about.pictures(f"{measure}-{told.year}") if told.sold else "",
            page.files(asked()),
            page.orders(
                days=str(Preset.custom),
                since=f"{told.year}-01-01",
                until=f"{told.year}-12-31",
                measure=measure,
            ),
            meaning=page.meaning_of(
                about.definitions(sales_page.words(), [measure, "day"]),
                answer,
                formats.days(min(rows), max(rows)),
            ),
        )

    panel = panels.Panel("calendar", texts.CALENDAR, CALENDAR_HEIGHT, texts.CALENDAR_LEAD)
    panels.show(panel, load, draw, choose)


def _by_day(notes: Sequence[Mapping[str, Any]], year: int) -> dict[date, list[str]]:
    """What notes say of the days of a year."""
    found: dict[date, list[str]] = {}
    for note in notes:
        day = max(date.fromisoformat(note["from"]), date(year, 1, 1))
        end = min(date.fromisoformat(note["to"]), date(year, 12, 31) + asking.DAY)
        while day < end:
            found.setdefault(day, []).extend(note_marks.hover(note))
            day += asking.DAY
    return found


def _draw_days(page: SalesPage, told: Days) -> None:
    if not told.sold:
        panels.nothing(texts.CALENDAR_NONE.format(year=told.year))
        return
    currency = client.shop().currency
    links = {day: _link(page, day) for day in told.rows}
    alt = texts.CALENDAR_ALT[told.measure].format(
        year=told.year,
        best=formats.day(told.best),
        most=told.written(told.rows[told.best][told.measure], currency),
        open=formats.number(len(told.sold)),
    )
    figure = patterns.calendar(told, links, currency)
    panels.chart(figure, alt, tables.calendar(told, links, currency))
    if told.top < told.sold[-1]:
        most = told.written(told.top, currency)
        st.caption(texts.OUTLIERS[told.measure].format(most=most))


def _link(page: SalesPage, day: date) -> str:
    """The orders of a day, in place of those of the chosen days."""
    one = day.isoformat()
    return page.choice.link("orders", days="custom", since=one, until=one)
