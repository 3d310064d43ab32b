"""The questions of `metrics.py`, each as a request, as SQL on the lines and as pandas.

SQL and pandas are what somebody who knows the definitions (docs/metrics.md) would write without
Tillsight; none of it is taken from the product, so that it checks the product as well. The SQL runs
on DuckDB and on PostgreSQL. pandas is given the sales only, with money in whole cents.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bench_shop import LARGEST_COUNTRY

Json = dict[str, Any]
Frame = pd.DataFrame

TOP = 10
QUARTER_START, QUARTER_END = "2024-10-01", "2025-01-01"
MONEY = frozenset({"revenue", "average_order_value"})


@dataclass(frozen=True)
class Question:
    """An answer has rows of `keys`, which tell them apart, and `numbers`."""

    name: str
    keys: Sequence[str]
    numbers: Sequence[str]
    path: str
    params: Mapping[str, str]
    rows: Callable[[Json], list[Json]]
    sql: str
    pandas: Callable[[Frame], Frame]


@dataclass(frozen=True)
class _Metrics:
    """A question to the one query; `top` asks for the rows with most revenue only."""

    name: str
    keys: Sequence[str]
    numbers: Sequence[str]
    top: int | None = None


SQL_KEYS = {
    "day": "CAST(time AS DATE)",
    "month": "CAST(date_trunc('month', time) AS DATE)",
    "hour": "hour",
    "weekday": "extract(isodow FROM time)",
    "country": "country",
    "customer": "customer_id",
    "product": "product_id",
}
SQL_NUMBERS = {
    "revenue": "sum(amount)",
    "orders": "count(DISTINCT order_id)",
    "customers": "count(DISTINCT customer_id)",
    "units": "sum(quantity)",
    "average_order_value": "sum(amount) / count(DISTINCT order_id)",
}
PANDAS_KEYS: Mapping[str, Callable[[Frame], pd.Series]] = {
    "day": lambda sales: sales["time"].dt.normalize(),
    "month": lambda sales: sales["time"].dt.to_period("M"),
    "hour": lambda sales: sales["hour"],
    "weekday": lambda sales: sales["time"].dt.dayofweek + 1,
    "country": lambda sales: sales["country"],
    "customer": lambda sales: sales["customer_id"],
    "product": lambda sales: sales["product_id"],
}
PANDAS_NUMBERS = {
    "revenue": ("cents", "sum"),
    "orders": ("order_id", "nunique"),
    "customers": ("customer_id", "nunique"),
    "units": ("units", "sum"),
}

METRICS = (
    _Metrics("overview", (), ("revenue", "orders", "customers", "average_order_value")),
    _Metrics("daily trend", ("day",), ("revenue", "orders", "customers")),
    _Metrics("monthly trend", ("month",), ("revenue", "orders", "customers")),
    _Metrics("countries", ("country",), ("revenue", "orders", "customers")),
    _Metrics("top customers", ("customer",), ("revenue", "orders"), TOP),
    _Metrics("top products", ("product",), ("revenue", "units", "orders"), TOP),
    _Metrics("hour × weekday", ("hour", "weekday"), ("revenue", "orders")),
)

SEGMENTS = {
    "Champions": "555 554 544 545 454 455 445",
    "Loyal": "543 444 435 355 354 345 344 335",
    "Potential loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353"
    " 352 351 342 341 333 323",
    "New": "512 511 422 421 412 411 311",
    "Promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "Need attention": "535 534 443 434 343 334 325 324",
    "About to sleep": "331 321 312 221 213 231 241 251",
    "At risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125"
    " 124",
    "Cannot lose them": "155 154 144 214 215 115 114 113",
    "Hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "Lost": "111 112 121 131 141 151",
}
SEGMENT_OF_CODE = {int(code): name for name, codes in SEGMENTS.items() for code in codes.split()}


def questions() -> list[Question]:
    """All of them, in the order of the table."""
    whole = [_asked(one, one.name, within=False) for one in METRICS]
    part = [_asked(one, f"{one.name}, a country's quarter", within=True) for one in METRICS]
    return [*whole, *part, RFM, COHORTS, ABC, AFFINITY]


def _asked(metrics: _Metrics, name: str, *, within: bool) -> Question:
    """The question for all time, or within one quarter and the largest country."""
    params = {"measures": ",".join(metrics.numbers), "by": ",".join(metrics.keys)}
    if metrics.top:
        params |= {"order": "-revenue", "limit": str(metrics.top)}
    if within:
        params |= {"from": QUARTER_START, "to": QUARTER_END, "country": LARGEST_COUNTRY}
    return Question(
        name,
        metrics.keys,
        metrics.numbers,
        "/api/metrics/query",
        params,
        lambda answer: answer["rows"],
        _metrics_sql(metrics, within=within),
        lambda sales: _metrics_pandas(metrics, _within(sales) if within else sales),
    )


def _metrics_sql(metrics: _Metrics, *, within: bool) -> str:
    keys = [SQL_KEYS[key] for key in metrics.keys]
    numbers = [f"{SQL_NUMBERS[number]} AS {number}" for number in metrics.numbers]
    sql = f"SELECT {', '.join([*keys, *numbers])} FROM lines WHERE kind = 'sale'"
    if within:
        sql += (
            f" AND time >= '{QUARTER_START}' AND time < '{QUARTER_END}'"
            f" AND country = '{LARGEST_COUNTRY}'"
        )
    if keys:
        sql += f" GROUP BY {', '.join(keys)}"
    return sql + (f" ORDER BY revenue DESC LIMIT {metrics.top}" if metrics.top else "")


def _within(sales: Frame) -> Frame:
    asked = (sales["time"] >= QUARTER_START) & (sales["time"] < QUARTER_END)
    return sales[asked & (sales["country"] == LARGEST_COUNTRY)]


def _metrics_pandas(metrics: _Metrics, sales: Frame) -> Frame:
    base = {name: PANDAS_NUMBERS[name] for name in metrics.numbers if name in PANDAS_NUMBERS}
    if metrics.keys:
        groups = [PANDAS_KEYS[key](sales).rename(key) for key in metrics.keys]
        grouped = sales.groupby(groups, observed=True, dropna=False).agg(**base).reset_index()
    else:
        grouped = Frame([{name: sales[column].agg(how) for name, (column, how) in base.items()}])
    if metrics.top:
        grouped = grouped.nlargest(metrics.top, "revenue")
    if "average_order_value" in metrics.numbers:
        grouped["average_order_value"] = grouped["revenue"] / grouped["orders"]
    columns = [*metrics.keys, *metrics.numbers]
    return _in_money(grouped[columns])


def _in_money(frame: Frame) -> Frame:
    return frame.assign(**{name: frame[name] / 100 for name in frame.columns if name in MONEY})


def _rfm_pandas(sales: Frame) -> Frame:
    customers = (
        sales[["customer_id", "order_id", "cents"]]
        .assign(day=sales["time"].dt.normalize())
        .groupby("customer_id", observed=True)
        .agg(last=("day", "max"), orders=("order_id", "nunique"), revenue=("cents", "sum"))
    )
    scores = 1 + 5 * (customers.rank(method="min").astype("int64") - 1) // len(customers)
    codes = 100 * scores["last"] + 10 * scores["orders"] + scores["revenue"]
    segments = customers.groupby(codes.map(SEGMENT_OF_CODE).rename("segment"))
    return _in_money(
        segments.agg(customers=("orders", "size"), revenue=("revenue", "sum")).reset_index()
    )


def _cohorts_pandas(sales: Frame) -> Frame:
    months = sales["time"].dt.year * 12 + sales["time"].dt.month - 1
    active = Frame({"customer": sales["customer_id"], "month": months}).dropna().drop_duplicates()
    first = active.groupby("customer", observed=True)["month"].transform("min")
    active = active.assign(cohort=first, month=active["month"] - first)
    counted = active.groupby(["cohort", "month"]).size().rename("customers").reset_index()
    written = [f"{month // 12}-{month % 12 + 1:02}" for month in counted["cohort"]]
    return counted.assign(cohort=written)


def _abc_pandas(sales: Frame) -> Frame:
    revenue = sales.groupby("product_id", observed=True)["cents"].sum()
    revenue = revenue[revenue > 0].sort_values(ascending=False)
    before = (revenue.cumsum() - revenue) * 100
    total = revenue.sum()
    names = np.select([before < 80 * total, before < 95 * total], ["A", "B"], "C")
    classes = revenue.groupby(names).agg(["size", "sum"]).reset_index()
    return _in_money(classes.set_axis(["class", "products", "revenue"], axis=1))


def _affinity_pandas(sales: Frame) -> Frame:
    items = sales[["order_id", "product_id"]].drop_duplicates().astype("str")
    pairs = items.merge(items, on="order_id", suffixes=("", "_other"))
    pairs = pairs[pairs["product_id"] < pairs["product_id_other"]]
    together = pairs.groupby(["product_id", "product_id_other"]).size().rename("orders")
    top = together.reset_index().sort_values(
        ["orders", "product_id", "product_id_other"], ascending=[False, True, True]
    )[:TOP]
    orders = items["product_id"].value_counts()
    expected = top["product_id"].map(orders) * top["product_id_other"].map(orders)
    return top.assign(lift=top["orders"] * items["order_id"].nunique() / expected)


_CODES = ", ".join(f"({code}, '{name}')" for code, name in SEGMENT_OF_CODE.items())
RFM = Question(
    "RFM segments",
    ("segment",),
    ("customers", "revenue"),
    "/api/customers/rfm",
    {},
    lambda answer: answer["segments"],
    f"""
    WITH customers AS (
        SELECT customer_id, max(CAST(time AS DATE)) AS last, count(DISTINCT order_id) AS orders,
               sum(amount) AS revenue
        FROM lines
        WHERE kind = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id
    ), ranked AS (
        SELECT revenue, count(*) OVER () AS known,
               rank() OVER (ORDER BY last) - 1 AS r,
               rank() OVER (ORDER BY orders) - 1 AS f,
               rank() OVER (ORDER BY revenue) - 1 AS m
        FROM customers
    ), coded AS (
        SELECT revenue, 100 * (1 + floor(5.0 * r / known)) + 10 * (1 + floor(5.0 * f / known))
                        + 1 + floor(5.0 * m / known) AS code
        FROM ranked
    )
    SELECT segment, count(*), sum(revenue)
    FROM coded
    JOIN (VALUES {_CODES}) AS segments (segment_code, segment) ON segment_code = code
    GROUP BY segment
    """,
    _rfm_pandas,
)
COHORTS = Question(
    "cohorts",
    ("cohort", "month"),
    ("customers",),
    "/api/customers/cohorts",
    {},
    lambda answer: answer["rows"],
    """
    WITH active AS (
        SELECT DISTINCT customer_id,
               CAST(12 * extract(year FROM time) + extract(month FROM time) - 1 AS INTEGER) AS month
        FROM lines
        WHERE kind = 'sale' AND customer_id IS NOT NULL
    ), joined AS (
        SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort FROM active
    )
    SELECT concat(CAST(floor(cohort / 12) AS INTEGER), '-', right(concat('0', cohort % 12 + 1), 2)),
           month - cohort, count(*)
    FROM joined
    GROUP BY cohort, month
    """,
    _cohorts_pandas,
)
ABC = Question(
    "ABC of products",
    ("class",),
    ("products", "revenue"),
    "/api/products/abc",
    {},
    lambda answer: answer["classes"],
    """
    WITH products AS (
        SELECT product_id, sum(amount) AS revenue
        FROM lines
        WHERE kind = 'sale' AND product_id IS NOT NULL
        GROUP BY product_id
    ), summed AS (
        SELECT revenue, sum(revenue) OVER () AS total,
               sum(revenue) OVER (ORDER BY revenue DESC, product_id) - revenue AS before
        FROM products
    ), classed AS (
        SELECT revenue, CASE WHEN before * 100 < total * 80 THEN 'A'
                             WHEN before * 100 < total * 95 THEN 'B' ELSE 'C' END AS class
        FROM summed
    )
    SELECT class, count(*), sum(revenue) FROM classed GROUP BY class
    """,
    _abc_pandas,
)
AFFINITY = Question(
    "affinity of products",
    ("product", "other"),
    ("orders", "lift"),
    "/api/products/affinity",
    {"limit": str(TOP)},
    lambda answer: answer["pairs"],
    f"""
    WITH items AS (
        SELECT DISTINCT order_id, product_id FROM lines
        WHERE kind = 'sale' AND product_id IS NOT NULL
    ), together AS (
        SELECT one.product_id AS product, two.product_id AS other, count(*) AS orders
        FROM items one
        JOIN items two ON one.order_id = two.order_id AND one.product_id < two.product_id
        GROUP BY one.product_id, two.product_id
        ORDER BY orders DESC, product, other
        LIMIT {TOP}
    ), alone AS (
        SELECT product_id, count(*) AS orders FROM items GROUP BY product_id
    )
    SELECT product, other, together.orders,
           1.0 * together.orders * (SELECT count(DISTINCT order_id) FROM items)
           / (one.orders * two.orders)
    FROM together
    JOIN alone one ON one.product_id = product
    JOIN alone two ON two.product_id = other
    """,
    _affinity_pandas,
)
