"""The key figures of the shop, and its revenue to come."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tillsight.api.asking import SourcesDep, told
from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.api.forecast_shapes import NoticeEntry, ahead, notice_entries, rounded
from tillsight.api.revenue import MonthRevenue, months
from tillsight.forecasting.asked import Asked, Told
from tillsight.forecasting.engine import HoldOut
from tillsight.forecasting.measured import measured
from tillsight.forecasting.words import Grain, Method, Model
from tillsight.metrics.query import answer
from tillsight.metrics.question import Question

router = APIRouter(prefix="/api/analytics", tags=["Analytics"])

LEVEL = 80
"""Percent that the bounds of this contract hold."""


class Kpis(BaseModel):
    """Sales of the asked period; `transactions` are sale lines."""

    revenue: float
    orders: int
    customers: int
    avg_order: float
    transactions: int
    products: int
    countries: int


class KpisAnswer(BaseModel):
    """Key figures and who asked."""

    kpis: Kpis
    requested_by: str


class AnalyticsMonths(BaseModel):
    """Revenue by month."""

    monthly_revenue: list[MonthRevenue]
    requested_by: str


@router.get("/kpis")
def kpis(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> KpisAnswer:
    """Revenue, orders, customers, average order value and counts; zeros where nothing was sold."""
    names = (
        "revenue",
        "orders",
        "customers",
        "average_order_value",
        "lines",
        "products",
        "countries",
    )
    totals = answer(warehouse, Question(names, period=period, filters=filters)).totals
    figures = {
        **totals,
        "avg_order": totals["average_order_value"] or 0,
        "transactions": totals["lines"],
    }
    return KpisAnswer(kpis=Kpis.model_validate(figures), requested_by=person.login)


@router.get("/revenue/monthly")
def monthly(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> AnalyticsMonths:
    """Revenue and orders of each month from the first to the last with sales."""
    return AnalyticsMonths(
        monthly_revenue=months(warehouse, period, filters), requested_by=person.login
    )


class ForecastDay(BaseModel):
    """A day to come; the bounds hold 80 %, and are null where there is too little history."""

    ds: date
    yhat: float
    yhat_lower: float | None
    yhat_upper: float | None
    trend: float


class Accuracy(BaseModel):
    """Errors on the last fifth of the trading days, forecast without them; null if not measured.

    `mape` is in percent; `accuracy_percent` is 100 less it, 0 at the least.
    """

    mae: float | None
    rmse: float | None
    mape: float | None
    accuracy_percent: float | None


class ForecastSummary(BaseModel):
    """The days asked for; `avg_uncertainty` is the mean width of the bounds."""

    avg_predicted_value: float
    total_predicted_value: float
    min_predicted_value: float
    max_predicted_value: float
    avg_uncertainty: float | None
    trend_direction: Literal["increasing", "decreasing", "flat"]
    accuracy_metrics: Accuracy


class RevenueForecast(BaseModel):
    """Revenue to come, and how good the same model was on days it had not seen."""

    forecast: list[ForecastDay]
    summary: ForecastSummary
    model_accuracy: str
    model: Model
    method: Method | None
    notices: list[NoticeEntry]
    data_version: int
    requested_by: str


@router.get("/forecast/revenue")
def forecast_revenue(
    person: PersonDep,
    sources: SourcesDep,
    periods: Annotated[int, Query(ge=1, le=365, description="Days ahead.")] = 30,
    model: Annotated[Model, Query(description="Who forecasts.")] = Model.blend,
) -> RevenueForecast:
    """Revenue of the days after the last one with sales; an empty list where nothing was sold.

    `model_accuracy` is measured on the last fifth of the trading days, never on days it was fitted
    to. Up to 13 open days of history give their average, without bounds.
    """
    found = told(sources, Asked("revenue", Grain.day, periods, {}, (LEVEL,), model))
    days = _days(found)
    accuracy = _accuracy(found, measured(sources, found))
    return RevenueForecast(
        forecast=days,
        summary=_summary(days, accuracy),
        model_accuracy=_in_words(accuracy),
        model=model,
        method=found.forecast.method if found.forecast else None,
        notices=notice_entries(found.notices),
        data_version=found.data_version,
        requested_by=person.login,
    )


def _days(found: Told) -> list[ForecastDay]:
    if found.steps is None or found.forecast is None:
        return []
    return [
        ForecastDay(
            ds=one.start,
            yhat=one.value,
            yhat_lower=one.bounds[0].lower if one.bounds else None,
            yhat_upper=one.bounds[0].upper if one.bounds else None,
            trend=one.trend,
        )
        for one in ahead(found.steps, found.forecast)
    ]


def _summary(days: Sequence[ForecastDay], accuracy: Accuracy) -> ForecastSummary:
    values = [one.yhat for one in days] or [0.0]
    widths = [
        one.yhat_upper - one.yhat_lower
        for one in days
        if one.yhat_upper is not None and one.yhat_lower is not None
    ]
    return ForecastSummary(
        avg_predicted_value=rounded(sum(values) / len(values)),
        total_predicted_value=rounded(sum(values)),
        min_predicted_value=min(values),
        max_predicted_value=max(values),
        avg_uncertainty=rounded(sum(widths) / len(widths)) if widths else _nothing(days),
        trend_direction=_direction(days),
        accuracy_metrics=accuracy,
    )


def _direction(days: Sequence[ForecastDay]) -> Literal["increasing", "decreasing", "flat"]:
    if not days or days[-1].trend == days[0].trend:
        return "flat"
    return "increasing" if days[-1].trend > days[0].trend else "decreasing"


def _accuracy(found: Told, held_out: HoldOut | None) -> Accuracy:
    if found.ground is None:
        return Accuracy(mae=0, rmse=0, mape=0, accuracy_percent=0)
    if held_out is None or held_out.mape is None:
        return Accuracy(mae=None, rmse=None, mape=None, accuracy_percent=None)
    percent = 100 * held_out.mape
    return Accuracy(
        mae=held_out.mae and rounded(held_out.mae),
        rmse=held_out.rmse and rounded(held_out.rmse),
        mape=rounded(percent),
        accuracy_percent=rounded(max(0.0, 100 - percent)),
    )


def _in_words(accuracy: Accuracy) -> str:
    percent = accuracy.accuracy_percent
    return "not measured" if percent is None else f"{percent:.1f}%"


def _nothing(days: Sequence[ForecastDay]) -> float | None:
    """Zeros where there is no day at all; unknown where there are no bounds."""
    return None if days else 0.0
