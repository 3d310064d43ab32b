"""Which values the page Enter values asks for, as rows: answers of the API in, rows out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tillsight.dashboard.kpis import periods as kpi_periods

One = Mapping[str, Any]
LOGGED = 3
"""Changes that are told beside a value."""
BACK = {"daily": 92, "weekly": 60, "monthly": 60, "quarterly": 24, "yearly": 12}
"""Periods one can choose from."""


@dataclass(frozen=True)
class Row:
    """A KPI and a period: what is there, and what is to be known to enter or change it.

    `version` is None where there is no value. `days_late` counts from the day it was due.
    """

    kpi_id: int
    kpi: str
    circle: str
    unit: str
    minimum: float | None
    maximum: float | None
    period: str
    due_on: date
    days_late: int = 0
    running: bool = False
    value: float | None = None
    comment: str = ""
    version: int | None = None
    value_id: int | None = None
    computed: bool = False
    changes: Sequence[One] = ()

    @property
    def key(self) -> str:
        """Tells rows apart."""
        return f"{self.kpi_id}|{self.period}"


def of_worklist(answer: One) -> list[Row]:
    """What somebody has to enter, the late first, then what is due, then what is not over yet."""
    due = [_missing(one) for one in answer["due"]]
    return [*due, *(replace(_missing(one), running=True) for one in answer["under_way"])]


def of_circle(
    kpis: Sequence[One], values: Sequence[One], changes: Sequence[One], period: str, today: date
) -> list[Row]:
    """A row for each KPI, with the value that is there and its last changes."""
    known = {one["kpi_id"]: one for one in values if one["period"] == period}
    logged: dict[int, list[One]] = defaultdict(list)
    for one in changes:
        if one["period"] == period:
            logged[one["kpi_id"]].append(one)
    return [
        _entered(one, known.get(one["id"]), logged[one["id"]][:LOGGED], period, today)
        for one in kpis
    ]


def with_conflicts(rows: Sequence[Row], kept: Mapping[str, Row]) -> list[Row]:
    """The rows, and before them those that got a value of somebody else meanwhile."""
    return [*kept.values(), *(one for one in rows if one.key not in kept)]


def changed_meanwhile(row: Row, told: One) -> Row:
    """A row with the value that a refusal tells."""
    return replace(
        row, value=float(told["value"]), comment=told["comment"], version=told["version"]
    )


def periods(periodicity: str, today: date) -> list[str]:
    """The periods that have begun, the newest first."""
    return list(_back(periodicity, today))


def period_of(periodicity: str, day: date) -> str:
    """The period that holds a day, as the API writes it."""
    year, week, _ = day.isocalendar()
    return {
        "daily": day.isoformat(),
        "weekly": f"{year:04d}-W{week:02d}",
        "monthly": f"{day:%Y-%m}",
        "quarterly": f"{day.year:04d}-Q{(day.month + 2) // 3}",
        "yearly": f"{day.year:04d}",
    }[periodicity]


def _back(periodicity: str, today: date) -> Iterator[str]:
    day = today
    for _ in range(BACK[periodicity]):
        period = period_of(periodicity, day)
        yield period
        day = kpi_periods.first_day(period) - timedelta(days=1)


def _missing(one: One) -> Row:
    return Row(
        kpi_id=one["kpi_id"],
        kpi=one["kpi"],
        circle=one["circle"],
        unit=one["unit"],
        minimum=one["minimum"],
        maximum=one["maximum"],
        period=one["period"],
        due_on=date.fromisoformat(one["due_on"]),
        days_late=one["days_late"],
    )


def _entered(kpi: One, value: One | None, changes: Sequence[One], period: str, today: date) -> Row:
    last = kpi_periods.last_day(period)
    due_on = last + timedelta(days=kpi["due_days"])
    row = Row(
        kpi_id=kpi["id"],
        kpi=kpi["name"],
        circle=kpi["circle"],
        unit=kpi["unit"],
        minimum=kpi["minimum"],
        maximum=kpi["maximum"],
        period=period,
        due_on=due_on,
        days_late=0 if value else max(0, (today - due_on).days),
        running=last >= today,
        computed=kpi["measure"] is not None,
        changes=changes,
    )
    if value is None:
        return row
    return replace(
        row,
        value=value["value"],
        comment=value["comment"],
        version=value["version"],
        value_id=value["id"],
    )
