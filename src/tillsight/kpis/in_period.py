"""Which KPI periods lie in a span of days, as a condition for the database."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from tillsight.kpis.models import Kpi
from tillsight.kpis.period_names import starts_within
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import Period


def ends_within(start: InstrumentedAttribute[date], span: Period) -> ColumnElement[bool]:
    """The condition that a period of `Kpi`, by its first day, ends inside a span."""
    if span == Period():
        return true()
    return or_(
        *(
            and_(Kpi.periodicity == one, _within(start, starts_within(one, span)))
            for one in Periodicity
        )
    )


def _within(column: InstrumentedAttribute[date], span: Period) -> ColumnElement[bool]:
    after = true() if span.start is None else column >= span.start
    return after if span.end is None else and_(after, column < span.end)
