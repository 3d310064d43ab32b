"""The one query: any measures by up to three dimensions, with any filters.

Every door asks here, so a number is the same in the browser, over the API and in the terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tillsight.metrics.periods import before
from tillsight.metrics.plan import Column, Comparison, Plan
from tillsight.metrics.question import Question, Row
from tillsight.metrics.sources import SOURCES, Source
from tillsight.warehouse import Snapshot, Warehouse


@dataclass(frozen=True)
class Answer:
    """Rows with catalogue names as keys, numbers rounded for showing, and where they come from."""

    rows: list[Row]
    totals: Row
    columns: list[Column]
    comparison: Comparison | None
    data_version: int
    first_day: date | None
    last_day: date | None


def answer(warehouse: Warehouse, question: Question, min_version: int = 0) -> Answer:
    """Answer a question from one version of the data; asked again, the answer is at hand.

    Raises:
        UnknownName: a measure, dimension or order that is not in the catalogue or the question.
        InvalidInput: too many dimensions, or a filter value that is none.
        TooLarge: more rows than one answer may hold.
        Unavailable: it takes too long, or `min_version` is not reached in time.
    """
    with warehouse.snapshot(min_version) as at:
        return at.once(question.key(), lambda: compute(at, question))


def compute(at: Snapshot, question: Question, sources: Sequence[Source] = SOURCES) -> Answer:
    """Answer a question from the tables, whether or not it was asked before.

    `sources` are the tables it may use; the lines can always be asked. Raises as `answer` does.
    """
    plan = Plan.of(question, sources)
    [(first, last)] = at.rows("SELECT min(day), max(day) FROM daily_sales")
    rows, totals = plan.fetch(at, question.period)
    if first is not None:
        rows = plan.without_gaps(rows, question.period.within(first, last))
    windows = before(question.period, question.compare, last) if question.compare else None
    comparison = plan.compared(at, windows, totals) if windows else None
    return Answer(
        plan.shown(at, rows),
        plan.rounded(totals),
        plan.columns(),
        comparison,
        at.version,
        first,
        last,
    )
