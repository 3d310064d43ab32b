"""Commands about the open-day calendar: what was learnt, and what people say in place of it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from tillsight.cli.opening import open_database, open_shop, read_settings
from tillsight.cli.terminal import out, plain
from tillsight.errors import NotFound

if TYPE_CHECKING:
    from tillsight.forecasting.corrections import Shown, Stated
    from tillsight.forecasting.open_days import OpenDay
    from tillsight.forecasting.shop_calendar import ShopCalendar, ToldDay

app = typer.Typer(help="When the shop is open, for forecasts.", invoke_without_command=True)

WEEK_SPAN = 7
WEEKS_SHOWN = 6


class State(StrEnum):
    """What a day is."""

    open = "open"
    closed = "closed"


What = Annotated[
    str, typer.Argument(help="A day (2026-12-24), a weekday (Sunday), or a holiday by its name")
]


@app.callback()
def show_calendar(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day; default: today"),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=156, help="Weeks to show")] = WEEKS_SHOWN,
) -> None:
    """Show when the shop will be open, and what was learnt of weekdays and holidays."""
    if context.invoked_subcommand is not None:
        return
    from tillsight.forecasting.asked import Sources
    from tillsight.forecasting.corrections import list_corrections
    from tillsight.forecasting.shop_calendar import checked_span, shop_calendar
    from tillsight.kpis.spans import today_in
    from tillsight.metrics.periods import Period

    settings = read_settings()
    today = today_in(settings.timezone)
    first = since.date() if since else today
    checked_span(Period(first), today)
    first -= timedelta(days=first.weekday())
    span = Period(first, first + timedelta(weeks=weeks))
    with open_shop(settings) as (database, warehouse):
        sources = Sources(warehouse, database, settings.country, today)
        found = shop_calendar(sources, span)
        with database.reading() as session:
            corrections = list_corrections(session)
    if found.days:
        _show_days(found)
        _show_learnt(found)
    else:
        out.print("Nothing was sold yet, so nothing is known of open days.")
    _show_corrections(corrections)


@app.command("set")
def set_calendar(
    what: What, state: Annotated[State, typer.Argument(help="open or closed")]
) -> None:
    """Say that a day, weekday or holiday is open or closed; forecasts follow at once."""
    from tillsight.forecasting.corrections import called, get_correction, set_correction
    from tillsight.kpis.spans import today_in

    settings = read_settings()
    stated = _stated(what, is_open=state is State.open)
    today = today_in(settings.timezone)
    with open_database(settings) as database, database.writing() as session:
        number = set_correction(session, None, stated, settings.country, today)
        name = called(get_correction(session, number).correction)
    out.print(plain(f"{name} is {state} now. To go by the sales again: tillsight calendar unset"))


@app.command("unset")
def unset_calendar(what: What) -> None:
    """Take back what was said of a day, weekday or holiday: what was learnt counts again."""
    from tillsight.forecasting.corrections import called, list_corrections, remove_correction

    stated = _stated(what, is_open=True)
    with open_database(read_settings()) as database:
        with database.reading() as session:
            listed = [one.correction for one in list_corrections(session)]
        meant = [
            one
            for one in listed
            if one.kind == stated.kind and one.key.casefold() == stated.key.casefold()
        ]
        if not meant:
            known = ", ".join(map(called, listed)) or "nothing"
            raise NotFound(f"“{what[:80]}” is not corrected. Corrected: {known}.")
        name = called(meant[0])
        with database.writing() as session:
            remove_correction(session, None, meant[0].id)
    out.print(plain(f"{name} is as the sales say again."))


def _stated(what: str, *, is_open: bool) -> "Stated":
    """What somebody means by a day, a weekday or the name of a holiday."""
    from tillsight.forecasting.corrections import WEEKDAYS, Kind, Stated

    text = " ".join(what.split())
    names = [one.casefold() for one in WEEKDAYS]
    if re.fullmatch(r"[\d.\-/]{4,}", text):
        return Stated(Kind.day, text, is_open)
    if text.isdecimal():
        return Stated(Kind.weekday, text, is_open)
    starts = [one for one in names if one.startswith(text.casefold())]
    if len(text) >= 3 and len(starts) == 1:
        return Stated(Kind.weekday, str(names.index(starts[0]) + 1), is_open)
    return Stated(Kind.holiday, text, is_open)


def _show_days(found: "ShopCalendar") -> None:
    """A line for each week; then the days that are not as their weekday is."""
    table = Table("Week", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", box=box.SIMPLE_HEAD)
    days = found.days
    for i in range(0, len(days), WEEK_SPAN):
        week = days[i : i + WEEK_SPAN]
        monday = week[0].open_day.day
        year, number, _ = monday.isocalendar()
        table.add_row(f"{year}-W{number:02}", *map(_day_cell, week))
    out.print(table)
    out.print("In brackets: closed. With *: as somebody said.", style="dim")
    for one in days:
        if reason := _reason(one.open_day, found):
            out.print(plain(f"{one.open_day.day:%a %Y-%m-%d} {reason}"))


def _day_cell(told: "ToldDay") -> str:
    from tillsight.forecasting.open_days import Because

    one = told.open_day
    said = "*" if one.because is Because.corrected else ""
    text = f"{one.day:%d}" if one.day.day > 1 else f"{one.day:%d %b}"
    return f"{text}{said}" if one.is_open else f"({text}){said}"


def _reason(one: "OpenDay", found: "ShopCalendar") -> str:
    """Why a day is not as its weekday; empty where it is."""
    from tillsight.forecasting.open_days import Because

    state = State.open if one.is_open else State.closed
    holiday = f" ({one.holiday})" if one.holiday else ""
    match one.because:
        case Because.holiday:
            return f"{state}, as on this holiday before{holiday}"
        case Because.year_end:
            return f"{state}, as a year before{holiday}"
        case Because.corrected if not found.weekdays[one.day.weekday()].corrected:
            return f"{state}, as somebody said{holiday}"
    return ""


def _show_learnt(found: "ShopCalendar") -> None:
    from tillsight.forecasting.corrections import WEEKDAYS

    table = Table("Weekday", "State", "Had sales")
    for one in found.weekdays:
        state = _state(one.is_open, one.corrected)
        table.add_row(WEEKDAYS[one.weekday - 1], state, f"{one.traded} of {one.occurrences}")
    out.print(table)
    if not found.holidays:
        return
    table = Table("Public holiday", "State")
    for holiday in found.holidays:
        table.add_row(plain(holiday.name), _state(holiday.is_open, holiday.corrected))
    out.print(table)


def _state(is_open: bool | None, is_corrected: bool) -> str:
    if is_open is None:
        return "not known"
    return (State.open if is_open else State.closed) + (", as somebody said" * is_corrected)


def _show_corrections(corrections: Sequence["Shown"]) -> None:
    from tillsight.forecasting.corrections import called

    for one in corrections:
        row = one.correction
        who = one.by.name if one.by else "Somebody at the terminal"
        state = State.open if row.is_open else State.closed
        out.print(plain(f"{who} said on {row.set_at:%Y-%m-%d}: {called(row)} is {state}."))
