"""When in the week: by weekday and hour, and by weekday alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from tillsight import formats
from tillsight.dashboard import about, client, panels, sales_page
from tillsight.dashboard.forecast import texts as forecast_texts
from tillsight.dashboard.revenue import asking, patterns, tables, texts
from tillsight.dashboard.revenue.patterns import Hours
from tillsight.dashboard.sales_page import SalesPage
from tillsight.dashboard.switches import switch

HEIGHT = 330
ONE_WEEK = 7
FEW_WEEKS = 4


def show_hours(page: SalesPage) -> None:
    """A field for each hour of each weekday."""
    asked = asking.by(page, "weekday", "hour")

    def draw(answer: Mapping[str, Any]) -> None:
        measure = switch(texts.MEASURE, texts.COUNTED, "revenue", "heat", "collapsed")
        start, end = asking.covered(page)
        told = Hours.of(answer["rows"], measure, patterns.such_days(start, end))
        if told.values:
            days = (end - start).days
            lead = texts.HEAT_LEAD["average" if days > ONE_WEEK else "sum"]
            st.caption(f"{lead.format(days=formats.number(days))} {texts.CELLS_LINK}")
            _draw_hours(page, told)
        _say_without_hours(answer)
        panels.foot(
            about.pictures(f"{measure}-by-hour") if told.values else "",
            page.files(asked),
            page.orders(measure=measure),
            meaning=page.meaning(answer, measure, "weekday", "hour"),
        )

    panel = panels.Panel("heat", texts.HEAT, HEIGHT)
    panels.show(panel, partial(sales_page.query, asked), draw)


def _draw_hours(page: SalesPage, told: Hours) -> None:
    currency = client.shop().currency
    links = {
        (weekday, hour): page.choice.link("orders", weekday=str(weekday), hour=str(hour))
        for weekday in range(1, 8)
        for hour in told.hours
    }
    weekday, hour = told.best
    alt = texts.HEAT_ALT[told.measure].format(
        weekday=forecast_texts.WEEKDAYS[weekday - 1],
        hours=patterns.hours_said(hour),
        value=told.written(told.average(told.best), currency),
    )
    figure = patterns.heat(told, links, currency)
    panels.chart(figure, alt, tables.hours(told, links, currency))


def _say_without_hours(answer: Mapping[str, Any]) -> None:
    unknown = sum(row["revenue"] for row in answer["rows"] if row["hour"] is None)
    total = answer["totals"]["revenue"]
    if any(row["hour"] is not None for row in answer["rows"]) and unknown:
        value = formats.money(unknown, client.shop().currency)
        st.caption(texts.SOME_HOURS.format(part=formats.share(unknown, total), value=value))
    elif unknown or not answer["rows"]:
        panels.nothing(texts.NO_HOURS if unknown else "")


def show_weekdays(page: SalesPage) -> None:
    """The average of each weekday, with that of the period before."""
    asked = {**asking.by(page, "weekday"), **page.choice.compared()}

    def draw(answer: Mapping[str, Any]) -> None:
        measure = switch(texts.MEASURE, texts.COUNTED, "revenue", "week", "collapsed")
        start, end = asking.covered(page)
        days = (end - start).days
        st.caption(texts.WEEKDAYS_LEAD["average" if days > ONE_WEEK else "sum"])
        this = _weekdays(answer["rows"], measure, patterns.such_days(start, end))
        earlier = asking.covered_before(page, answer)
        before = None
        if earlier:
            rows = answer["comparison"]["rows"]
            before = _weekdays(rows, measure, patterns.such_days(*earlier))
        _draw_weekdays(page, this, before)
        if ONE_WEEK < days < FEW_WEEKS * ONE_WEEK:
            weeks = formats.number(round(days / ONE_WEEK, 1))
            st.caption(texts.WEEKDAYS_FEW.format(weeks=weeks))
        panels.foot(
            about.pictures(f"{measure}-by-weekday"),
            page.files(asked),
            page.orders(measure=measure),
            meaning=page.meaning(answer, measure, "weekday"),
        )

    panel = panels.Panel("weekdays", texts.WEEKDAYS, HEIGHT)
    panels.show(panel, partial(sales_page.query, asked), draw)


def _weekdays(rows: tables.Rows, measure: str, days: Mapping[int, int]) -> Hours:
    return Hours.of([{**row, "hour": 0} for row in rows], measure, days)


def _draw_weekdays(page: SalesPage, this: Hours, before: Hours | None) -> None:
    if not this.values:
        panels.nothing()
        return
    currency = client.shop().currency
    alt = texts.WEEKDAYS_ALT[this.measure].format(
        days=page.days(),
        best=forecast_texts.WEEKDAYS[this.best[0] - 1],
        most=this.written(this.average(this.best), currency),
    )
    figure = patterns.weekdays(this, before, currency)
    panels.chart(figure, alt, tables.weekdays(this, before, currency))
