"""The values of revenue over time as a table: rows of the API in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight import formats
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.tables import of_values

MOST_ROWS = 100
"""The latest ones; all of them are in the files."""

Rows = Sequence[Mapping[str, Any]]


def table(rows: Rows, before: Rows, grain: str, currency: str) -> str:
    """Each bucket with its revenue, and that of the bucket in its place before, if any."""
    heads = [common.BUCKETS[grain], common.REVENUE, *([common.EARLIER_PERIOD] if before else [])]
    earlier = [row["revenue"] for row in before[: len(rows)]]
    earlier += [None] * (len(rows) - len(earlier))
    lines = [
        [charts.bucket_name(grain, row[grain]), formats.money(row["revenue"], currency)]
        + ([formats.money(was, currency)] if before else [])
        for row, was in list(zip(rows, earlier, strict=True))[-MOST_ROWS:]
    ]
    return of_values(heads, [[escape(cell) for cell in line] for line in lines])
