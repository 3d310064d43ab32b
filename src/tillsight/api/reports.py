"""The report of a period, as a page to print."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from tillsight import languages
from tillsight.accounts.audit import Action, record
from tillsight.api.deps import (
    DatabaseDep,
    FiltersDep,
    OriginDep,
    PeriodDep,
    PersonDep,
    SettingsDep,
    TodayDep,
    WarehouseDep,
)
from tillsight.api.report.facts import Wanted, report_of
from tillsight.api.report.page import Shop, report_page
from tillsight.metrics.periods import Compare

router = APIRouter(prefix="/api/reports", tags=["Reports"])

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""Nothing is loaded, and no script runs; the styles stand in the page."""


@router.get("/period", response_class=HTMLResponse)
def period_report(
    person: PersonDep,
    settings: SettingsDep,
    database: DatabaseDep,
    warehouse: WarehouseDep,
    origin: OriginDep,
    today: TodayDep,
    period: PeriodDep,
    filters: FiltersDep,
    compare: Compare | None = None,
    grain: Annotated[
        Literal["day", "week", "month"] | None,
        Query(
            description="How finely the chart divides time; by the length of the period if none."
        ),
    ] = None,
) -> HTMLResponse:
    """The sales of a period as one page of HTML: figures, chart, reasons, rankings, notes.

    It takes the days and filters of the one query, and says which they were. Nothing beside it is
    loaded; printed, it is a document in A4.
    """
    wanted = Wanted(period, filters, compare, grain or "")
    with database.reading() as session:
        report = report_of(warehouse, session, wanted)
        with languages.speaking(languages.of(person.language, languages.current())):
            page = report_page(Shop(settings.shop_name, settings.currency, today), report)
    with database.writing() as session:
        details = {"from": str(period.start or ""), "to": str(period.end or "")}
        record(session, Action.exported, person, "report", details, origin)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
