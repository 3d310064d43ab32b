"""The whole answer to a question however many rows it has, for those who take it home."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from tillsight.errors import TooLarge
from tillsight.metrics.plan import Column, Plan
from tillsight.metrics.query import compute
from tillsight.metrics.question import Question, Row
from tillsight.metrics.sources import SOURCES
from tillsight.warehouse import Snapshot, Warehouse


@dataclass(frozen=True)
class Whole:
    """What the keys of the rows mean, and the rows, some at a time; they can be read once."""

    columns: list[Column]
    chunks: Iterator[list[Row]]


def whole(warehouse: Warehouse, question: Question) -> Whole:
    """All rows, from one version of the data that is held until the last is read.

    The rows are those of `query.answer`, without totals and comparison. Beyond what one answer may
    hold they are read on while they are taken, and buckets of time without sales are left out.

    Raises:
        UnknownName: a measure, dimension or order that is not in the catalogue or the question.
        InvalidInput: too many dimensions, or a filter value that is none.
        Unavailable: it takes too long.
    """
    rows_alone = replace(question, compare=None)
    plan = Plan.of(rows_alone, SOURCES)
    chunks = _chunks(warehouse, rows_alone, plan)
    # What has to be refused is refused here, before anybody was promised an answer.
    first = next(chunks, [])
    return Whole(plan.columns(), chain([first], chunks))


def _chunks(warehouse: Warehouse, question: Question, plan: Plan) -> Iterator[list[Row]]:
    with warehouse.snapshot() as at:
        rows = _held_at_once(at, question)
        if rows is None:
            yield from plan.chunks(at, question.period)
        else:
            yield rows


def _held_at_once(at: Snapshot, question: Question) -> list[Row] | None:
    """The rows of an answer that is not too large for one."""
    try:
        return compute(at, question).rows
    except TooLarge:
        return None
