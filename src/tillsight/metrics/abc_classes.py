"""ABC: the few products that make most of the revenue, and the many that make the rest."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tillsight.errors import TooLarge
from tillsight.metrics import catalogue
from tillsight.metrics.periods import Period
from tillsight.metrics.plan import MOST_ROWS
from tillsight.metrics.question import Filters
from tillsight.metrics.rounding import MONEY, RATIO, divided, rounded
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Snapshot, Warehouse

CLASSES = {"A": Decimal("0.80"), "B": Decimal("0.95"), "C": Decimal("1.00")}
"""The fraction of the revenue at which a class ends; the product that crosses it still belongs."""


@dataclass(frozen=True)
class ClassSize:
    """A class with its products; `share` is the fraction of the revenue they make."""

    class_name: str
    products: int
    revenue: float
    share: float | None


@dataclass(frozen=True)
class RankedProduct:
    """A product; `cumulated` is the fraction of the revenue it and all bigger ones make."""

    product: str
    product_name: str | None
    class_name: str
    revenue: float
    share: float | None
    cumulated: float | None


@dataclass(frozen=True)
class Abc:
    """The three classes, and every product with a sale by revenue."""

    classes: list[ClassSize]
    products: list[RankedProduct]
    data_version: int


def abc_classes(warehouse: Warehouse, period: Period, filters: Filters) -> Abc:
    """The known products sold in the period in their classes; sales without a product are left out.

    Raises:
        UnknownName: a filter that is no dimension.
        TooLarge: more products than one answer may hold.
    """
    sold, values = statement(
        Asked(
            catalogue.measures(["revenue", "lines"]),
            catalogue.dimensions(["product"]),
            filters,
            period,
        )
    )
    with warehouse.snapshot() as at:
        return at.once(("abc", sold, tuple(values)), lambda: _classes(at, sold, values))


def _classes(at: Snapshot, sold: str, values: list[object]) -> Abc:
    rows = at.rows(f"{_classed(sold)} LIMIT {MOST_ROWS + 1}", values)
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"More than {MOST_ROWS:,} products were sold. Narrow the period, or filter.")
    return Abc(_sizes(rows), [RankedProduct(*row[:6]) for row in rows], at.version)


# Rounded in SQL, for a shop has many products and a number takes Python longer to round.
def _classed(sold: str) -> str:
    """Products by revenue in their classes: what is shown of each, and its exact revenue."""
    ends = " ".join(f"WHEN before < {end} * total THEN '{name}'" for name, end in CLASSES.items())
    return f"""
        WITH sold AS ({sold}), known AS (
            SELECT sold.product, products.product_name, revenue,
                   sum(revenue) OVER () AS total,
                   sum(revenue) OVER (
                       ORDER BY revenue DESC, product ROWS UNBOUNDED PRECEDING
                   ) AS cumulated
            FROM sold LEFT JOIN products ON products.product_id = sold.product
            WHERE product IS NOT NULL AND lines > 0
        )
        SELECT product, product_name, CASE {ends} ELSE 'C' END AS class_name,
               CAST(round_even(revenue, {MONEY}) AS DOUBLE),
               round(CAST(revenue AS DOUBLE) / nullif(CAST(total AS DOUBLE), 0), {RATIO}),
               round(CAST(cumulated AS DOUBLE) / nullif(CAST(total AS DOUBLE), 0), {RATIO}),
               revenue
        FROM (SELECT *, cumulated - revenue AS before FROM known)
        ORDER BY revenue DESC, product
    """


def _sizes(rows: list[tuple[Any, ...]]) -> list[ClassSize]:
    revenues: dict[str, list[Decimal]] = {name: [] for name in CLASSES}
    for row in rows:
        revenues[row[2]].append(row[6])
    total = sum((row[6] for row in rows), Decimal(0))
    return [
        ClassSize(
            name, len(of_class), rounded(sum(of_class, Decimal(0))), divided(sum(of_class), total)
        )
        for name, of_class in revenues.items()
    ]
