"""How forecasts look over HTTP: numbers rounded for showing, days written, bounds by level."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from math import isfinite
from typing import Annotated

from pydantic import BaseModel, Field

from tillsight.forecasting.asked import Told
from tillsight.forecasting.choices import METHOD_LABELS, Choice
from tillsight.forecasting.outcome import Forecast, Notice, Report, Scores
from tillsight.forecasting.steps import Stepped
from tillsight.forecasting.words import Grain, Method, Model
from tillsight.metrics.catalogue import Unit
from tillsight.metrics.periods import DAY

PLACES = 2
"""Decimals of what is forecast, money and counts alike."""
SCORE_PLACES = 6


class PastStep(BaseModel):
    """A day, week or month that was; `ordinary` is false where it is left out of the forecast."""

    start: date
    value: float
    open: bool
    ordinary: bool


class Bounds(BaseModel):
    """Between `lower` and `upper` lies what happens, in `level` of 100 cases."""

    level: int
    lower: float
    upper: float


class NextStep(BaseModel):
    """A day, week or month to come; `trend` is its level without weekday and season."""

    start: date
    value: float
    trend: float
    open: bool
    bounds: list[Bounds]


class TotalAhead(BaseModel):
    """The sum of the steps to come, with bounds of its own."""

    value: float
    bounds: list[Bounds]


class ScoresEntry(BaseModel):
    """How far off forecasts of held-out windows were.

    `wape` is the sum of errors over the sum of sales, `mase` the error over that of repeating last
    season, `coverage` the fraction of steps inside the 80 % bounds; null where there is none.
    """

    wape: float | None
    mase: float | None
    coverage: float | None
    mae: float | None
    rmse: float | None


class HeldOutStep(BaseModel):
    """A step of a held-out window: what happened, and what had been forecast without knowing it.

    The bounds hold 80 %; null where there were too few windows before it.
    """

    start: date
    actual: float
    predicted: float
    lower: float | None
    upper: float | None


class ReportEntry(BaseModel):
    """How good the same forecast was on windows of the past; `shown` is the last of them."""

    windows: int
    window_steps: int
    scores: ScoresEntry
    naive: ScoresEntry
    verdict: str
    shown: list[HeldOutStep]


class Weight(BaseModel):
    """A model of the blend and its part in it; the parts add up to 1."""

    model: str
    label: str
    weight: float


class HolidayEntry(BaseModel):
    """A public holiday to come, and whether the shop is open."""

    day: date
    name: str
    open: bool


class CalendarEntry(BaseModel):
    """Open and closed days to come; `corrected` of them because somebody said so."""

    country: str
    open_days: int
    closed_days: int
    corrected: int
    holidays: list[HolidayEntry]


class LeftOut(BaseModel):
    """Days up to, and without, `to` that are left out: a note calls them not ordinary."""

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    text: str


class NoticeEntry(BaseModel):
    """Something to know, as a code for programs and in words."""

    code: str
    text: str


class ForecastAnswer(BaseModel):
    """A forecast, what it came from, and how good it was; empty lists where nothing was sold."""

    measure: str
    label: str
    unit: Unit
    grain: Grain
    horizon: int
    model: Model
    method: Method | None
    method_label: str | None
    filters: dict[str, list[str]]
    as_of: date | None
    start: Annotated[date | None, Field(serialization_alias="from")]
    end: Annotated[date | None, Field(serialization_alias="to")]
    history_from: date | None
    history_steps: int
    history: list[PastStep]
    forecast: list[NextStep]
    total: TotalAhead
    report: ReportEntry | None
    weights: list[Weight]
    calendar: CalendarEntry
    left_out: list[LeftOut]
    notices: list[NoticeEntry]
    data_version: int
    requested_by: str


class ModelEntry(BaseModel):
    """Who can forecast; `install` is the command for an optional model, null for ours."""

    model: Model
    label: str
    description: str
    installed: bool
    install: str | None


class ModelsAnswer(BaseModel):
    """Every model that can be asked for."""

    models: list[ModelEntry]


def shown_forecast(told: Told, history: int, requested_by: str) -> ForecastAnswer:
    """A forecast as it is answered, with at most `history` steps before it."""
    asked, steps, found = told.asked, told.steps, told.forecast
    method = found.method if found else None
    return ForecastAnswer(
        measure=told.measure.name,
        label=told.measure.label,
        unit=told.measure.unit,
        grain=asked.grain,
        horizon=asked.horizon,
        model=asked.model,
        method=method,
        method_label=method and METHOD_LABELS[method],
        filters={name: list(values) for name, values in asked.filters.items()},
        as_of=told.as_of,
        start=steps.ahead[0] if steps else None,
        end=steps.end if steps else None,
        history_from=steps.starts[0] if steps and steps.starts else None,
        history_steps=len(steps.starts) if steps else 0,
        history=past(steps, history) if steps else [],
        forecast=ahead(steps, found) if steps and found else [],
        total=total_of(found),
        report=_report(steps, found.report) if steps and found and found.report else None,
        weights=_weights(found.weights) if found else [],
        calendar=_calendar(told),
        left_out=[
            LeftOut(start=one.first_day, end=one.last_day + DAY, text=one.text)
            for one in told.one_offs
        ],
        notices=notice_entries(told.notices),
        data_version=told.data_version,
        requested_by=requested_by,
    )


def past(steps: Stepped, most: int) -> list[PastStep]:
    """The last steps of the history, at most so many."""
    begin = max(len(steps.starts) - most, 0)
    series = steps.series
    return [
        PastStep(
            start=steps.starts[i],
            value=rounded(steps.values[i]),
            open=bool(series.open_days[i] > 0),
            ordinary=bool(series.is_ordinary[i]),
        )
        for i in range(begin, len(steps.starts))
    ]


def ahead(steps: Stepped, found: Forecast) -> list[NextStep]:
    """The steps to come."""
    return [
        NextStep(
            start=start,
            value=rounded(found.values[i]),
            trend=rounded(found.trend[i]),
            open=bool(steps.series.open_days_ahead[i] > 0),
            bounds=[
                Bounds(level=one.level, lower=rounded(one.lower[i]), upper=rounded(one.upper[i]))
                for one in found.intervals
            ],
        )
        for i, start in enumerate(steps.ahead)
    ]


def total_of(found: Forecast | None) -> TotalAhead:
    """The sum of the steps to come, as they are shown."""
    if found is None:
        return TotalAhead(value=0, bounds=[])
    return TotalAhead(
        value=rounded(sum(map(rounded, found.values))),
        bounds=[
            Bounds(level=one.level, lower=rounded(one.lower), upper=rounded(one.upper))
            for one in found.total_spans
        ],
    )


def notice_entries(notices: Iterable[Notice]) -> list[NoticeEntry]:
    """Notices, each once."""
    by_code = {one.code: one for one in notices}
    return [NoticeEntry(code=one.code, text=one.text) for one in by_code.values()]


def scores_entry(scores: Scores) -> ScoresEntry:
    """Scores with the decimals that are shown."""
    money = {"mae", "rmse"}
    return ScoresEntry(
        **{
            name: None if value is None else round(value, PLACES if name in money else SCORE_PLACES)
            for name, value in asdict(scores).items()
        }
    )


def rounded(value: float) -> float:
    """A number as it is shown; minus zero is zero."""
    return round(float(value), PLACES) + 0.0


def _known(value: float) -> float | None:
    return rounded(value) if isfinite(value) else None


def model_entry(choice: Choice) -> ModelEntry:
    """A model and whether it can be asked."""
    return ModelEntry(
        model=choice.model,
        label=choice.label,
        description=choice.description,
        installed=choice.is_installed,
        install=choice.install,
    )


def _report(steps: Stepped, report: Report) -> ReportEntry:
    return ReportEntry(
        windows=len(report.windows),
        window_steps=len(report.windows[0].predicted) if report.windows else 0,
        scores=scores_entry(report.scores),
        naive=scores_entry(report.naive),
        verdict=report.verdict,
        shown=_last_window(steps, report),
    )


def _last_window(steps: Stepped, report: Report) -> list[HeldOutStep]:
    if not report.windows:
        return []
    window = max(report.windows, key=lambda one: one.origin)
    return [
        HeldOutStep(
            start=steps.starts[window.origin + i],
            actual=rounded(steps.series.values[window.origin + i]),
            predicted=rounded(predicted),
            lower=_known(window.lower[i]),
            upper=_known(window.upper[i]),
        )
        for i, predicted in enumerate(window.predicted)
    ]


def _weights(weights: Mapping[str, float]) -> list[Weight]:
    return [
        Weight(model=name, label=name.replace("_", " "), weight=round(weight, SCORE_PLACES))
        for name, weight in sorted(weights.items(), key=lambda one: -one[1])
    ]


def _calendar(told: Told) -> CalendarEntry:
    open_days = sum(one.is_open for one in told.days)
    return CalendarEntry(
        country=told.country,
        open_days=open_days,
        closed_days=len(told.days) - open_days,
        corrected=told.corrected,
        holidays=[
            HolidayEntry(day=one.day, name=one.holiday, open=one.is_open)
            for one in told.days
            if one.holiday is not None
        ],
    )
