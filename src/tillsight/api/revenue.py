"""Revenue over time."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tillsight.api.deps import FiltersDep, PeriodDep, PersonDep, WarehouseDep
from tillsight.api.described import ONE_MEASURE
from tillsight.api.downloads import FILES, Format, download
from tillsight.metrics.growth import BucketGrowth, Grain, bucket_growth, monthly_growth
from tillsight.metrics.periods import Period
from tillsight.metrics.query import answer
from tillsight.metrics.question import Filters, Question
from tillsight.warehouse import Warehouse

router = APIRouter(prefix="/api/revenue", tags=["Revenue"])
DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
DAY_NUMBERS = {7: 0} | {day: day for day in range(1, 7)}
"""The contract's week begins with Sunday as 0, the catalogue's with Monday as 1."""


class DayRevenue(BaseModel):
    """One day with sales."""

    date: str
    revenue: float


class DailyTrend(BaseModel):
    """Revenue by day."""

    daily_revenue: list[DayRevenue]
    count: int
    requested_by: str


class MonthRevenue(BaseModel):
    """One month, such as 2024-05."""

    month: str
    revenue: float
    orders: int


class Months(BaseModel):
    """Revenue by month."""

    monthly_revenue: list[MonthRevenue]
    count: int
    requested_by: str


class Growth(BaseModel):
    """A month beside the one before; `growth_rate` is in percent."""

    month: str
    revenue: float
    prev_month_revenue: float | None
    growth_rate: float | None


class MonthlyGrowth(BaseModel):
    """Growth by month."""

    monthly_growth: list[Growth]
    count: int
    requested_by: str


class Change(BaseModel):
    """A month or quarter beside the one before and that of the year before.

    `first_day` and `last_day` are its days with data. Of one that is not over, as many days of the
    earlier ones are taken. Growth is in percent; null from a bucket whose first days lie before the
    data, and from nothing.
    """

    bucket: str
    first_day: date
    last_day: date
    value: int | float | None
    before: int | float | None
    growth: float | None
    year_before: int | float | None
    year_growth: float | None


class Changes(BaseModel):
    """Growth by month or quarter."""

    measure: str
    grain: Grain
    rows: list[Change]
    data_version: int
    requested_by: str


class HourSales(BaseModel):
    """One hour of the day, 0 to 23; `transactions` are sale lines."""

    hour: int
    revenue: float
    transactions: int


class SalesByHour(BaseModel):
    """Sales by hour of the day."""

    sales_by_hour: list[HourSales]
    count: int
    requested_by: str


class DayOfWeekSales(BaseModel):
    """One day of the week; `day_num` is 0 for Sunday."""

    day_name: str
    day_num: int
    revenue: float
    orders: int


class SalesByDayOfWeek(BaseModel):
    """Sales by day of the week."""

    sales_by_day: list[DayOfWeekSales]
    count: int
    requested_by: str


class HeatmapCell(BaseModel):
    """An hour of a day of the week, 1 Monday to 7 Sunday; no hour where only dates are known."""

    weekday: int
    hour: int | None
    revenue: float
    orders: int


class Heatmap(BaseModel):
    """Sales by day of the week and hour."""

    rows: list[HeatmapCell]
    data_version: int
    requested_by: str


@router.get("/daily-trend")
def daily_trend(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> DailyTrend:
    """Revenue of each day with sales, oldest first."""
    asked = Question(("revenue", "lines"), ("day",), period, filters)
    days = [
        DayRevenue.model_validate({"date": row["day"], "revenue": row["revenue"]})
        for row in answer(warehouse, asked).rows
        if row["lines"]
    ]
    return DailyTrend(daily_revenue=days, count=len(days), requested_by=person.login)


@router.get("/monthly")
def monthly(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> Months:
    """Revenue and orders of each month from the first to the last with sales."""
    rows = months(warehouse, period, filters)
    return Months(monthly_revenue=rows, count=len(rows), requested_by=person.login)


def months(warehouse: Warehouse, period: Period, filters: Filters) -> list[MonthRevenue]:
    """Revenue and orders by month, oldest first."""
    asked = Question(("revenue", "orders"), ("month",), period, filters)
    return [MonthRevenue.model_validate(row) for row in answer(warehouse, asked).rows]


@router.get("/growth")
def growth(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> MonthlyGrowth:
    """Revenue by month and its growth in percent; null for the first and after an empty month."""
    found = [
        Growth.model_validate(one, from_attributes=True)
        for one in monthly_growth(warehouse, period, filters)
    ]
    return MonthlyGrowth(monthly_growth=found, count=len(found), requested_by=person.login)


@router.get("/changes", response_model=Changes, responses=FILES)
def changes(
    person: PersonDep,
    warehouse: WarehouseDep,
    period: PeriodDep,
    filters: FiltersDep,
    measure: Annotated[
        str, Query(description="A measure of the catalogue.", json_schema_extra=ONE_MEASURE)
    ] = "revenue",
    grain: Grain = Grain.month,
    format: Annotated[
        Format, Query(description="csv or xlsx: the same as a download.")
    ] = Format.json,
) -> Changes | StreamingResponse:
    """Growth of whole months or quarters that the period touches, oldest first.

    Each is compared with the one before and with that of the year before.
    """
    found = bucket_growth(warehouse, measure, grain, period, filters)
    if format is not Format.json:
        names = list(Change.model_fields)
        return download(format, names, [list(_cells(found.rows, names))], f"growth-by-{grain}")
    return Changes.model_validate(
        {**vars(found), "measure": measure, "grain": grain, "requested_by": person.login},
        from_attributes=True,
    )


def _cells(rows: list[BucketGrowth], names: list[str]) -> Iterator[list[object]]:
    for row in rows:
        yield [getattr(row, name) for name in names]


@router.get("/by-hour")
def by_hour(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> SalesByHour:
    """Sales of each hour of the day with any; sales known by date alone belong to none."""
    asked = Question(("revenue", "lines"), ("hour",), period, filters)
    found = [
        HourSales.model_validate({**row, "transactions": row["lines"]})
        for row in answer(warehouse, asked).rows
        if row["hour"] is not None and row["lines"]
    ]
    return SalesByHour(sales_by_hour=found, count=len(found), requested_by=person.login)


@router.get("/by-day-of-week")
def by_day_of_week(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> SalesByDayOfWeek:
    """Sales of each day of the week with any, Sunday first."""
    asked = Question(("revenue", "orders"), ("weekday",), period, filters)
    rows = {DAY_NUMBERS[row["weekday"]]: row for row in answer(warehouse, asked).rows}
    found = [
        DayOfWeekSales.model_validate({**rows[number], "day_name": name, "day_num": number})
        for number, name in enumerate(DAY_NAMES)
        if number in rows and rows[number]["orders"]
    ]
    return SalesByDayOfWeek(sales_by_day=found, count=len(found), requested_by=person.login)


@router.get("/heatmap")
def heatmap(
    person: PersonDep, warehouse: WarehouseDep, period: PeriodDep, filters: FiltersDep
) -> Heatmap:
    """Revenue and orders of each hour of each day of the week with any, Monday first."""
    found = answer(warehouse, Question(("revenue", "orders"), ("weekday", "hour"), period, filters))
    cells = [HeatmapCell.model_validate(row) for row in found.rows if row["orders"]]
    return Heatmap(rows=cells, data_version=found.data_version, requested_by=person.login)
