"""Which KPI periods lie in a span of days: those that end inside it."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from tillsight.kpis.models import Kpi
from tillsight.kpis.spans import bucket_of
from tillsight.kpis.words import Periodicity
from tillsight.metrics.periods import Period


def ends_within(start: InstrumentedAttribute[date], span: Period) -> ColumnElement[bool]:
    """The condition that a period of `Kpi`, by its first day, ends inside a span.

    The period that holds the first day of the span ends on that day or later, all before end too
    early; likewise at its end.
    """
    if span.start is None and span.end is None:
        return true()
    return or_(*(_of_periodicity(one, start, span) for one in Periodicity))


def _of_periodicity(
    periodicity: Periodicity, start: InstrumentedAttribute[date], span: Period
) -> ColumnElement[bool]:
    begin = bucket_of(periodicity).start
    conditions = [Kpi.periodicity == periodicity]
    if span.start is not None:
        conditions.append(start >= begin(span.start))
    if span.end is not None:
        conditions.append(start < begin(span.end))
    return and_(*conditions)
