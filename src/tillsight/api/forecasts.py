"""Forecasts of any measure that adds up."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from tillsight.api.asking import SourcesDep, told
from tillsight.api.deps import PersonDep
from tillsight.api.described import EXPLAINED
from tillsight.api.downloads import FILES, Format, download
from tillsight.api.forecast_files import file_header, file_rows
from tillsight.api.forecast_shapes import (
    BatchAnswer,
    CompareAnswer,
    ForecastAnswer,
    ModelsAnswer,
    model_entry,
    shown_batch,
    shown_comparison,
    shown_forecast,
)
from tillsight.forecasting.asked import HORIZONS, MOST_LEVELS, Asked, read_levels
from tillsight.forecasting.batch import MOST_GROUPS, By, batch_of
from tillsight.forecasting.choices import CHOICES
from tillsight.forecasting.measured import compared
from tillsight.forecasting.words import Grain, Model
from tillsight.metrics.question import Filters

router = APIRouter(prefix="/api/forecasts", tags=["Forecasts"])

MOST_HISTORY = 5000
_LEVEL = "[1-9][0-9]?"
LEVELS = {"pattern": rf"^{_LEVEL}(,{_LEVEL}){{0,{MOST_LEVELS - 1}}}$"}

MeasureName = Annotated[
    str,
    Query(
        default_factory=lambda: "revenue",
        description="A measure that adds up; revenue unless given.",
        json_schema_extra=EXPLAINED,
    ),
]
GrainName = Annotated[Grain, Query(description="How long a step is; weeks begin on Monday.")]
Horizon = Annotated[
    int | None,
    Query(
        ge=1,
        le=365,
        description="Steps ahead: 1 to 365 days (30 unless given), 1 to 104 weeks (13), 1 to 36"
        " months (12).",
    ),
]
Levels = Annotated[
    str,
    Query(
        description="Percent that the bounds hold, 1 to 99, separated by commas.",
        json_schema_extra=LEVELS,
    ),
]
History = Annotated[
    int, Query(ge=0, le=MOST_HISTORY, description="Steps of the past to tell, the last ones.")
]
ASKED = frozenset({"measure", "grain", "horizon"})


@router.get("", response_model=ForecastAnswer, responses=FILES)
def forecast(
    request: Request,
    person: PersonDep,
    sources: SourcesDep,
    measure: MeasureName,
    grain: GrainName = Grain.day,
    horizon: Horizon = None,
    level: Levels = "80,95",
    model: Annotated[Model, Query(description="Who forecasts.")] = Model.blend,
    history: History = 120,
    format: Annotated[
        Format, Query(description="csv or xlsx: the steps to come as a download.")
    ] = Format.json,
) -> ForecastAnswer | StreamingResponse:
    """What is to come: steps with bounds, their total, and how good the same forecast was before.

    Every dimension that is no time is also a filter, as in /api/metrics/query. Days on which the
    shop is closed are 0. An answer is kept until sales, calendar or notes change.
    """
    filters = _filters(request, ASKED | {"level", "model", "history", "format"})
    asked = Asked(measure, grain, _steps(grain, horizon), filters, read_levels(level), model)
    shown = shown_forecast(told(sources, asked), history, person.login)
    if format is Format.json:
        return shown
    header, rows = file_header(asked.levels), file_rows(shown, asked.levels)
    return download(format, header, [rows], f"forecast-of-{measure}")


@router.get("/models")
def models(_person: PersonDep) -> ModelsAnswer:
    """Who can forecast: our own models, and optional ones with the command that installs them."""
    return ModelsAnswer(models=[model_entry(one) for one in CHOICES])


@router.get("/compare")
def compare_models(
    request: Request,
    person: PersonDep,
    sources: SourcesDep,
    measure: MeasureName,
    models: Annotated[
        list[Model], Query(default_factory=list, description="Which; repeat it. All unless given.")
    ],
    grain: GrainName = Grain.day,
    horizon: Horizon = None,
) -> CompareAnswer:
    """Models scored on the same windows of the past, those that are not installed without scores.

    Optional models take their time: 503 with Retry-After says to ask again for what is worked out.
    """
    filters = _filters(request, ASKED | {"models"})
    asked = Asked(measure, grain, _steps(grain, horizon), filters)
    which = tuple(dict.fromkeys(models or Model))
    return shown_comparison(*compared(sources, asked, which), person.login)


@router.get("/batch")
def batch(
    request: Request,
    person: PersonDep,
    sources: SourcesDep,
    measure: MeasureName,
    by: Annotated[By, Query(description="What the groups are of.")] = By.country,
    top: Annotated[
        int, Query(ge=1, le=MOST_GROUPS, description="How many groups, the largest of a year.")
    ] = MOST_GROUPS,
    grain: GrainName = Grain.day,
    horizon: Horizon = None,
    level: Levels = "80,95",
    model: Annotated[
        Literal[Model.blend, Model.seasonal_naive], Query(description="Who forecasts.")
    ] = Model.blend,
    history: History = 120,
) -> BatchAnswer:
    """Forecasts of the largest groups, of all others together, and of the whole they sum to."""
    filters = _filters(request, ASKED | {"by", "top", "level", "model", "history"})
    asked = Asked(measure, grain, _steps(grain, horizon), filters, read_levels(level), model)
    return shown_batch(batch_of(sources, asked, by, top), history, person.login)


def _steps(grain: Grain, horizon: int | None) -> int:
    return horizon or HORIZONS[grain][0]


def _filters(request: Request, known: frozenset[str]) -> Filters:
    """Every other parameter is a filter; names that are no dimension are refused."""
    sent = request.query_params
    return {name: sent.getlist(name) for name in sent if name not in known}
