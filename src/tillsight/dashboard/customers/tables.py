"""Tables of customers: answers of the API in, escaped HTML out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from tillsight import formats, languages
from tillsight.dashboard import charts
from tillsight.dashboard import texts as common
from tillsight.dashboard.customers import texts
from tillsight.dashboard.customers.charts import Cell, Cohort, month_name, retention_after
from tillsight.dashboard.tables import Cell as Column
from tillsight.dashboard.tables import listed, of_values

Rows = Sequence[Mapping[str, Any]]
Link = Callable[[str], str]
MOST_ROWS = 100
"""Of the values of a chart; the files have all."""


def course(rows: Rows, grain: str) -> str:
    """New and returning customers of each bucket, the latest where there are many."""
    return of_values(
        [common.BUCKETS[grain], texts.NEW, texts.RETURNING],
        [
            [
                escape(charts.bucket_name(grain, row[grain])),
                formats.number(row["new_customers"]),
                formats.number(row["returning_customers"]),
            ]
            for row in rows[-MOST_ROWS:]
        ],
    )


def groups(rows: Rows, dimension: str, total: int, currency: str) -> str:
    """Customers of each group, and what each of them brought."""
    return of_values(
        [texts.GROUP_HEADS[dimension], common.CUSTOMERS_COUNT, common.SHARE, texts.EACH],
        [
            [
                escape(languages.said(row[dimension] or common.UNKNOWN)),
                formats.number(row["customers"]),
                formats.share(row["customers"], total),
                escape(formats.money(row["revenue_per_customer"], currency)),
            ]
            for row in rows
        ],
    )


def grid(found: Sequence[Cell], currency: str) -> str:
    """The pairs of scores that somebody has, the best first."""
    return of_values(
        [
            texts.RECENCY,
            texts.FREQUENCY,
            common.CUSTOMERS_COUNT,
            common.REVENUE,
            common.SEGMENT,
        ],
        [
            [
                str(one.recency),
                str(one.frequency),
                formats.number(one.customers),
                escape(formats.money(one.revenue, currency)),
                "; ".join(
                    f"{escape(languages.said(name))} {formats.number(n)}"
                    for name, n in one.segments.items()
                ),
            ]
            for one in reversed(found)
            if one.customers
        ],
    )


def segments(rows: Rows, customers: int, currency: str, link: Link) -> str:
    """The segments with what they mean and what one would do, and a link to the customers."""
    lines = [
        [
            Column(_segment(one, link), common.SEGMENT, "file"),
            Column(escape(texts.SEGMENT_DO[one["segment"]]), texts.DO, "advice"),
            Column(formats.number(one["customers"]), common.CUSTOMERS_COUNT, "number"),
            Column(
                formats.share(one["customers"], customers),
                texts.SHARE_OF_CUSTOMERS,
                "number quiet",
            ),
            Column(escape(formats.money(one["revenue"], currency)), common.REVENUE, "number"),
            Column(
                formats.NOTHING if one["share"] is None else formats.share(one["share"], 1),
                texts.SHARE_OF_REVENUE,
                "number quiet",
            ),
        ]
        for one in rows
    ]
    return listed(lines, ["" if one["customers"] else "empty" for one in rows])


def _segment(one: Mapping[str, Any], link: Link) -> str:
    name = escape(languages.said(one["segment"]))
    if one["customers"]:
        name = f'<a href="{escape(link(one["segment"]))}" target="_self">{name}</a>'
    means = escape(texts.SEGMENT_MEANS[one["segment"]])
    return f'<span>{name}<span class="by quiet">{means}</span></span>'


def triangle(found: Sequence[Cohort], kind: str) -> str:
    """The cohorts as a table, that of all customers first; months not over have an asterisk."""
    wide = max((len(one.months) for one in found), default=0)
    heads = [
        texts.COHORT,
        texts.COHORT_SIZE,
        *(texts.MONTH_AFTER.format(month=month) for month in range(1, wide + 1)),
    ]
    lines = [_all_cohorts(found, wide)] if kind == "percent" else []
    lines += [
        [
            escape(month_name(one.name)),
            formats.number(one.size),
            *(_returned(row, one, kind) for row in one.months),
            *[""] * (wide - len(one.months)),
        ]
        for one in found
    ]
    return f"{of_values(heads, lines)}<p>{escape(texts.COHORTS_OPEN_FOOT)}</p>"


def _all_cohorts(found: Sequence[Cohort], wide: int) -> list[str]:
    shares = [retention_after(found, month) for month in range(1, wide + 1)]
    size = sum(one.size for one in found)
    return [
        escape(texts.COHORTS_ALL),
        formats.number(size),
        *("" if share is None else formats.share(share, 1) for share in shares),
    ]


def _returned(row: Mapping[str, Any], one: Cohort, kind: str) -> str:
    count = row["customers"]
    told = formats.share(count, one.size) if kind == "percent" else formats.number(count)
    return told if row["complete"] else f"{told}*"


def orders(found: Rows, lines: Rows, currency: str) -> str:
    """Orders, each to be opened for those of the lines that are its own."""
    own: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for line in lines:
        own.setdefault((line["source"], line["order_id"]), []).append(line)
    parts = [
        _order(one, own.get((one["source"], one["order_id"]), []), currency)
        if one["order_id"] is not None
        else f'<div class="order">{_order_head(one, currency)}</div>'
        for one in found
    ]
    return f'<div class="orders">{"".join(parts)}</div>'


def _order(one: Mapping[str, Any], lines: Rows, currency: str) -> str:
    head = f"<summary>{_order_head(one, currency)}</summary>"
    return (
        f'<details class="order">{head}<div class="wide">{_lines(lines, currency)}</div></details>'
    )


def _order_head(one: Mapping[str, Any], currency: str) -> str:
    when = datetime.fromisoformat(one["time"])
    known = one["order_id"] is not None
    name = texts.ORDER.format(id=one["order_id"]) if known else texts.ORDER_WITHOUT_ID
    facts = [
        texts.ORDER_LINES.of(one["lines"], number=formats.number(one["lines"])),
        *([one["country"]] if one["country"] else []),
        *([one["channel"]] if one["channel"] else []),
    ]
    if one["returned"]:
        taken = formats.money(one["returned"], currency)
        facts.append(texts.ORDER_RETURNED.format(amount=taken))
    return (
        f'<span class="day">{escape(formats.day(when))}</span>'
        f'<span class="which"><span class="name">{escape(name)}</span>'
        f'<span class="by quiet">{escape(" · ".join(facts))}</span></span>'
        f'<span class="number">{escape(formats.money(one["revenue"], currency))}</span>'
    )


def _lines(lines: Rows, currency: str) -> str:
    return of_values(
        [common.PRODUCT, texts.AMOUNT, texts.QUANTITY, texts.PRICE, texts.CATEGORY],
        [
            [
                escape(line["product_name"] or line["product_id"] or texts.UNNAMED_PRODUCT),
                escape(formats.money(line["amount"], currency)),
                formats.number(line["quantity"]),
                escape(formats.money(line["price"], currency)),
                escape(line["category"] or ""),
            ]
            for line in lines
        ],
    )


def months(rows: Rows, currency: str) -> str:
    """Revenue and orders of somebody, month by month, the latest where there are many."""
    return of_values(
        [common.BUCKETS["month"], common.REVENUE, common.ORDERS],
        [
            [
                escape(charts.bucket_name("month", row["month"])),
                escape(formats.money(row["revenue"], currency)),
                formats.number(row["orders"]),
            ]
            for row in rows[-MOST_ROWS:]
        ],
    )


def tenths(rows: Rows) -> str:
    """Purchases that were expected of each tenth of the customers, and that were made."""
    return of_values(
        [common.CHECK_TENTHS, common.CHECK_EXPECTED, common.CHECK_MADE],
        [
            [
                formats.number(one["number"]),
                formats.number(round(one["predicted"])),
                formats.number(one["made"]),
            ]
            for one in rows
        ],
    )
