"""How forecasts look over HTTP: numbers rounded for showing, days written, bounds by level."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from math import isfinite
from typing import Annotated

from pydantic import BaseModel, Field

from tillsight.forecasting.asked import Told
from tillsight.forecasting.batch import Batched, By, Part
from tillsight.forecasting.choices import LABELS, METHOD_LABELS, Choice
from tillsight.forecasting.compare import Compared
from tillsight.forecasting.others import install_command, installed
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
    """How good the same forecast was on windows of the past; `shown` is the last of them.

    Steps that were not ordinary are not judged, nor shown.
    """

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


class PartEntry(BaseModel):
    """A group, or all together; `key` is null for sales of which it is unknown, and for the rest.

    `share` is its part of the whole to come; null where that is 0.
    """

    key: str | None
    name: str | None
    share: float | None
    history: list[PastStep]
    forecast: list[NextStep]
    total: TotalAhead


class BatchAnswer(BaseModel):
    """The largest groups and all others as `rest`; they sum to `whole`, step by step."""

    by: By
    measure: str
    label: str
    unit: Unit
    grain: Grain
    horizon: int
    model: Model
    filters: dict[str, list[str]]
    as_of: date | None
    start: Annotated[date | None, Field(serialization_alias="from")]
    end: Annotated[date | None, Field(serialization_alias="to")]
    groups: list[PartEntry]
    rest: PartEntry | None
    whole: PartEntry
    left_out: list[LeftOut]
    notices: list[NoticeEntry]
    data_version: int
    requested_by: str


class ComparedEntry(BaseModel):
    """A model on the windows that all are scored on; null where it could not be.

    `naive_ratio` is its WAPE over that of seasonal naive: below 1 is better. `seconds` is the
    processor time of all its windows.
    """

    model: Model
    label: str
    installed: bool
    install: str | None
    scores: ScoresEntry | None
    naive_ratio: float | None
    seconds: float | None
    best: bool


class CompareAnswer(BaseModel):
    """Models side by side on the same windows of the past."""

    measure: str
    label: str
    grain: Grain
    horizon: int
    filters: dict[str, list[str]]
    as_of: date | None
    windows: int
    window_steps: int
    models: list[ComparedEntry]
    notices: list[NoticeEntry]
    data_version: int
    requested_by: str


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
        left_out=_left_out(told),
        notices=notice_entries(told.notices),
        data_version=told.data_version,
        requested_by=requested_by,
    )


def shown_batch(found: Batched, history: int, requested_by: str) -> BatchAnswer:
    """Many forecasts as they are answered, with at most `history` steps before each."""
    told, steps = found.whole, found.whole.steps
    whole = told.forecast
    total = whole.total if whole else 0.0
    return BatchAnswer(
        by=found.by,
        measure=told.measure.name,
        label=told.measure.label,
        unit=told.measure.unit,
        grain=told.asked.grain,
        horizon=told.asked.horizon,
        model=told.asked.model,
        filters={name: list(values) for name, values in told.asked.filters.items()},
        as_of=told.as_of,
        start=steps.ahead[0] if steps else None,
        end=steps.end if steps else None,
        groups=[_part(one, history, total) for one in found.groups],
        rest=_part(found.rest, history, total) if found.rest else None,
        whole=PartEntry(
            key=None,
            name=None,
            share=1.0 if total else None,
            history=past(steps, history) if steps else [],
            forecast=ahead(steps, whole) if steps and whole else [],
            total=total_of(whole),
        ),
        left_out=_left_out(told),
        notices=notice_entries(told.notices),
        data_version=told.data_version,
        requested_by=requested_by,
    )


def shown_comparison(told: Told, found: Sequence[Compared], requested_by: str) -> CompareAnswer:
    """Models side by side as they are answered."""
    return CompareAnswer(
        measure=told.measure.name,
        label=told.measure.label,
        grain=told.asked.grain,
        horizon=told.asked.horizon,
        filters={name: list(values) for name, values in told.asked.filters.items()},
        as_of=told.as_of,
        windows=max((one.windows for one in found), default=0),
        window_steps=max((one.window_steps for one in found), default=0),
        models=[_compared(one) for one in found],
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
        installed=installed(choice.model),
        install=install_command(choice.model),
    )


def _compared(one: Compared) -> ComparedEntry:
    return ComparedEntry(
        model=one.model,
        label=LABELS[one.model],
        installed=installed(one.model),
        install=install_command(one.model),
        scores=scores_entry(one.scores) if one.scores else None,
        naive_ratio=None if one.naive_ratio is None else round(one.naive_ratio, SCORE_PLACES),
        seconds=None if one.seconds is None else round(one.seconds, 3),
        best=one.is_best,
    )


def _part(one: Part, history: int, total: float) -> PartEntry:
    return PartEntry(
        key=one.key,
        name=one.name,
        share=round(one.forecast.total / total, SCORE_PLACES) + 0.0 if total else None,
        history=past(one.steps, history),
        forecast=ahead(one.steps, one.forecast),
        total=total_of(one.forecast),
    )


def _left_out(told: Told) -> list[LeftOut]:
    return [
        LeftOut(start=one.first_day, end=one.last_day + DAY, text=one.text) for one in told.one_offs
    ]


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
        if steps.series.is_ordinary[window.origin + i]
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
