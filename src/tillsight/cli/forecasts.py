"""The command that forecasts."""

import csv
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from tillsight.cli.opening import open_shop, read_settings
from tillsight.cli.terminal import err, filters_in, out, plain
from tillsight.forecasting.words import Grain, Model

if TYPE_CHECKING:
    from tillsight.api.forecast_shapes import ForecastAnswer, HolidayEntry, NextStep

TOLD_HISTORY, MOST_HISTORY = 120, 5000
A_WEEK = 7
WHOLE_FROM = 1000
"""Numbers of this size are shown without decimals."""


def forecast(
    measure: Annotated[str, typer.Option(help="What to forecast, such as units")] = "revenue",
    grain: Annotated[Grain, typer.Option(help="How long a step is")] = Grain.day,
    horizon: Annotated[
        int | None, typer.Option(help="Steps ahead; default: 30 days, 13 weeks or 12 months")
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="Only of it; may be repeated")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", "--filter", help="Such as category=Tea; may be repeated"),
    ] = None,
    level: Annotated[str, typer.Option(help="Percent that the bounds hold")] = "80,95",
    model: Annotated[Model, typer.Option(help="Who forecasts")] = Model.blend,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what GET /api/forecasts answers.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the steps to come as CSV.")] = False,
) -> None:
    """Forecast a measure: plot, steps with bounds, total, and how good it was before."""
    from tillsight.api.downloads import csv_cell
    from tillsight.api.forecast_files import file_header, file_rows
    from tillsight.api.forecast_shapes import shown_forecast
    from tillsight.forecasting.asked import HORIZONS, Asked, Sources, forecast_of, read_levels
    from tillsight.forecasting.given import Given
    from tillsight.forecasting.keeping import keep_if_possible
    from tillsight.kpis.spans import today_in

    settings = read_settings()
    filters = filters_in([*(where or []), *(f"country={one}" for one in country or [])])
    ahead = HORIZONS[grain][0] if horizon is None else horizon
    asked = Asked(measure, grain, ahead, filters, read_levels(level), model)
    with open_shop(settings) as (database, warehouse), err.status("Forecasting"):
        day = today_in(settings.timezone)
        told = forecast_of(Sources(warehouse, database, settings.country, day), asked)
        if given := Given.of(told):
            keep_if_possible(database, given)
    history = TOLD_HISTORY if as_json else MOST_HISTORY
    found = shown_forecast(told, history, "terminal")
    if as_json:
        sys.stdout.write(found.model_dump_json(by_alias=True, indent=2) + "\n")
    elif as_csv:
        rows = file_rows(found, asked.levels)
        lines = [file_header(asked.levels), *([csv_cell(one) for one in row] for row in rows)]
        csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
    else:
        _show(found, settings.currency)


def _show(found: "ForecastAnswer", currency: str) -> None:
    unit = {"money": f" {currency}", "percent": " %"}.get(found.unit, "")
    if found.forecast:
        filters = "; ".join(f"{name} {', '.join(of)}" for name, of in found.filters.items())
        about = f", {filters}," if filters else ""
        unit_in_words = f" in{unit}" if unit else ""
        title = f"{found.label}{unit_in_words}{about} by {found.grain}; data up to {found.as_of}"
        out.print(plain(title))
        _show_plot(found)
        out.print(_table(found))
        _show_total(found, unit)
    _show_report(found)
    for notice in found.notices:
        out.print(plain(notice.text))


def _show_plot(found: "ForecastAnswer") -> None:
    from tillsight.cli.plot import BLOCKS, PLAIN, Ahead, columns_for, plot

    past = [one.value for one in found.history]
    ahead: list[Ahead | None] = []
    for one in found.forecast:
        low, high = (one.bounds[0].lower, one.bounds[0].upper) if one.bounds else 2 * (one.value,)
        ahead.append(Ahead(one.value, low, high) if one.open else None)
    starts = [*(one.start for one in found.history), *(one.start for one in found.forecast)]
    labels = [_written(one, found.grain) for one in starts]
    together = A_WEEK if found.grain is Grain.day else 1
    columns = columns_for(len(past), len(ahead), out.width - 1, together)
    ink = PLAIN if out.options.ascii_only else BLOCKS
    for line in plot(past, ahead, labels, columns, ink):
        out.print(line)
    legend = f"{ink.eighths[8]} was, {ink.point} forecast"
    if found.forecast[0].bounds:
        legend += f", {ink.band} {found.forecast[0].bounds[0].level} % lie here"
    if columns.steps > 1:
        legend += f"; a column is the mean of {columns.steps} {found.grain}s"
    out.print(legend, style="dim")


def _table(found: "ForecastAnswer") -> Table:
    rows = [_cells(one, found.grain) for one in found.forecast]
    levels = [one.level for one in found.forecast[0].bounds]
    heads = [found.grain.capitalize(), "Forecast", *(f"{one} % between" for one in levels)]
    shown, room = _fitting(heads, rows)
    holidays = found.calendar.holidays if found.grain is Grain.day else []
    remarks = [_remark(one, holidays) for one in found.forecast]
    has_remarks = any(remarks) and room >= len("closed")
    table = Table()
    for head in heads[:shown]:
        table.add_column(head, justify="left" if head == heads[0] else "right", no_wrap=True)
    if has_remarks:
        table.add_column("", no_wrap=True, max_width=room)
    for one, cells, remark in zip(found.forecast, rows, remarks, strict=True):
        last = [plain(remark)] if has_remarks else []
        table.add_row(*cells[:shown], *last, style=None if one.open else "dim")
    if shown < len(heads):
        table.caption = "Bounds that have no room here: --csv prints them."
    return table


def _fitting(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many of the columns fit, and the characters that are left for one more."""
    room = out.width - 1
    for shown, column in enumerate(zip(heads, *rows, strict=True)):
        width = max(map(len, column)) + 3  # two spaces and a line
        if shown > 1 and width > room:
            return shown, room - 3
        room -= width
    return len(heads), room - 3


def _cells(step: "NextStep", grain: Grain) -> list[str]:
    start = _written(step.start, grain)
    if grain is Grain.day:
        start = f"{step.start:%a} {start}"
    if not step.open:
        return [start, *["–"] * (1 + len(step.bounds))]
    bounds = [f"{_number(one.lower)} – {_number(one.upper)}" for one in step.bounds]
    return [start, _number(step.value), *bounds]


def _remark(step: "NextStep", holidays: Sequence["HolidayEntry"]) -> str:
    """The holiday of a day, or that it is closed."""
    holiday = next((one.name for one in holidays if one.day == step.start), "")
    return holiday or ("" if step.open else "closed")


def _show_total(found: "ForecastAnswer", unit: str) -> None:
    bounds = "; ".join(
        f"{one.level} %: {_number(one.lower)} – {_number(one.upper)}" for one in found.total.bounds
    )
    within = f" ({bounds})" if bounds else ""
    steps = f"{len(found.forecast)} {found.grain}{'s' if len(found.forecast) > 1 else ''}"
    out.print(f"In all {steps}: [bold]{_number(found.total.value)}{unit}[/bold]{within}")
    calendar = found.calendar
    open_days, days = calendar.open_days, calendar.open_days + calendar.closed_days
    corrected = f", {calendar.corrected} of them as corrected" if calendar.corrected else ""
    out.print(f"Open on {open_days} of {days} days{corrected}.")


def _show_report(found: "ForecastAnswer") -> None:
    report = found.report
    if report is None:
        return
    out.print(plain(f"{found.method_label}: {report.verdict.rstrip('.')}."))
    scores, naive = report.scores, report.naive
    if scores.wape is None:
        return
    before = "" if naive.wape is None else f" (repeating what was: {100 * naive.wape:.1f} %)"
    held = (
        ""
        if scores.coverage is None
        else f", and {100 * scores.coverage:.0f} % of them lay within its 80 %"
    )
    out.print(
        f"On {report.windows} windows of {report.window_steps} {found.grain}s that it had not"
        f" seen, it was off by {100 * scores.wape:.1f} % of what was sold{before}{held}."
    )


def _written(start: date, grain: Grain) -> str:
    from tillsight.metrics.periods import BUCKETS

    return BUCKETS[grain].write(start)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= WHOLE_FROM else f"{value:,.2f}"
