"""The board of KPIs, and the course of one."""

from collections import Counter
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from tillsight.accounts.audit import Action, record
from tillsight.api.deps import (
    LARGEST_ID,
    DatabaseDep,
    Id,
    KeptFiguresDep,
    NamedPeriodDep,
    OriginDep,
    PeriodNameDep,
    PersonDep,
    TodayDep,
)
from tillsight.api.downloads import FILES, Format, download
from tillsight.kpis.board import Asked, Course, KpiEntry, board, course
from tillsight.kpis.outlook import Chance
from tillsight.kpis.period_names import as_of
from tillsight.kpis.progress import RULE
from tillsight.kpis.words import Status
from tillsight.metrics.periods import Period

router = APIRouter(prefix="/api/kpis", tags=["KPIs"])

COLUMNS = (
    *("id", "name", "circle_id", "circle", "periodicity", "unit", "direction", "aggregation"),
    *("owner", "computed", "active", "initial_value", "target_value", "period", "value", "x"),
    *("progress", "expected", "pace", "performance", "status", "probability", "outlook_word"),
    "restated",
)
"""Of the board as CSV. `period` and `value` are of the newest value."""


class AskedPeriod(BaseModel):
    """The period asked for: its first day and the day after the last one; an open end is null."""

    start: date | None = Field(serialization_alias="from")
    end: date | None = Field(serialization_alias="to")
    name: str | None

    @classmethod
    def of(cls, period: Period, name: str | None) -> Self:
        """Of the days, and the name they were asked for by."""
        return cls(start=period.start, end=period.end, name=name)


class Board(BaseModel):
    """KPIs as of a day: the last of the period, or today. `rule` tells in words what the status
    goes by, `counts` how many KPIs have which.
    """

    period: AskedPeriod
    as_of: date
    rule: str
    counts: dict[Status, int]
    kpis: list[KpiEntry]


@dataclass(frozen=True)
class Progress(Course):
    """One KPI as on the board, with all its values up to that day and where the rest of its year
    may lead.
    """

    period: AskedPeriod
    as_of: date
    rule: str


@router.get("/board", response_model=Board, responses=FILES)
def kpi_board(
    person: PersonDep,
    database: DatabaseDep,
    kept: KeptFiguresDep,
    period: NamedPeriodDep,
    today: TodayDep,
    name: PeriodNameDep,
    origin: OriginDep,
    circle: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Its number.")] = None,
    inactive: Annotated[bool, Query(description="Those that are switched off, too.")] = False,
    format: Annotated[
        Format, Query(description="csv or xlsx: all of them as a download.")
    ] = Format.json,
) -> Board | StreamingResponse:
    """Where KPIs stand, by circle and name: progress, pace, status, outlook and a sparkline.

    As of the last day of the period, or of today where that is earlier; without a period as of
    today. Archived KPIs, and those of archived circles, are left out.
    """
    day = as_of(period, today)
    with database.reading() as session:
        found = board(session, kept, Asked(circle, inactive), day)
    if format is not Format.json:
        with database.writing() as session:
            record(session, Action.exported, person, "KPI board", None, origin)
        return download(format, COLUMNS, [[_cells(one) for one in found]], "kpi-board")
    counts = Counter(one.status for one in found)
    return Board(
        period=AskedPeriod.of(period, name),
        as_of=day,
        rule=RULE,
        counts={status: counts[status] for status in Status},
        kpis=found,
    )


@router.get("/{kpi_id}/progress")
def kpi_progress(
    kpi_id: Id,
    _person: PersonDep,
    database: DatabaseDep,
    period: NamedPeriodDep,
    today: TodayDep,
    name: PeriodNameDep,
) -> Progress:
    """How one KPI came where it stands, and where it may go until the end of the year.

    As of the same day as the board. `series` has all values up to then by period, each with its
    target and the year to date `x`; `bands` has for each period to come what the year to date does
    not exceed in 10, 50 and 90 % of cases, and is empty where nothing can be said. `record` tells
    how often ranges of 80 % held at earlier points, for as many periods as remain now.
    """
    day = as_of(period, today)
    with database.reading() as session:
        found = course(session, kpi_id, day)
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    return Progress(**told, period=AskedPeriod.of(period, name), as_of=day, rule=RULE)


def _cells(entry: KpiEntry) -> list[object]:
    current = entry.current
    told = {
        "period": current and current.period,
        "value": current and current.value,
        "probability": entry.outlook.probability,
        "outlook_word": entry.outlook.word if isinstance(entry.outlook, Chance) else None,
    }
    return [told[one] if one in told else getattr(entry, one) for one in COLUMNS]
