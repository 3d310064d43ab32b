"""The values of revenue over time as a table: rows of the API in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tillsight.dashboard import charts, formats
from tillsight.dashboard import texts as common

MOST_ROWS = 100
"""The latest ones; all of them are in the files."""

Rows = Sequence[Mapping[str, Any]]


def table(rows: Rows, before: Rows, grain: str, currency: str) -> str:
    """Each bucket with its revenue, and that of the bucket in its place before, if any."""
    heads = [common.BUCKETS[grain], common.REVENUE, *([common.EARLIER_PERIOD] if before else [])]
    earlier = [row["revenue"] for row in before[: len(rows)]]
    earlier += [None] * (len(rows) - len(earlier))
    body = "".join(
        f"<tr><td>{escape(charts.bucket_name(grain, row[grain]))}</td>"
        f'<td class="number">{formats.money(row["revenue"], currency)}</td>'
        + (f'<td class="number">{formats.money(was, currency)}</td>' if before else "")
        + "</tr>"
        for row, was in list(zip(rows, earlier, strict=True))[-MOST_ROWS:]
    )
    first, *others = map(escape, heads)
    head = f"<th>{first}</th>" + "".join(f'<th class="number">{text}</th>' for text in others)
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
