"""ABC: the few products that make most of the revenue, and the many that make the rest."""

from dataclasses import dataclass
from decimal import Decimal

from tillsight.errors import TooLarge
from tillsight.metrics import catalogue
from tillsight.metrics.periods import Period
from tillsight.metrics.plan import MOST_ROWS
from tillsight.metrics.question import Filters
from tillsight.metrics.rounding import divided, rounded
from tillsight.metrics.statement import Asked, statement
from tillsight.warehouse import Warehouse

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
        rows = at.rows(
            "SELECT product, products.product_name, revenue"
            f" FROM ({sold}) AS sold LEFT JOIN products ON products.product_id = sold.product"
            " WHERE product IS NOT NULL AND lines > 0"
            f" ORDER BY revenue DESC, product LIMIT {MOST_ROWS + 1}",
            values,
        )
        version = at.version
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"More than {MOST_ROWS:,} products were sold. Narrow the period, or filter.")
    return _classified(rows, version)


def _classified(rows: list[tuple[str, str | None, Decimal]], version: int) -> Abc:
    total = sum((revenue for *_, revenue in rows), Decimal(0))
    counts, revenues = dict.fromkeys(CLASSES, 0), dict.fromkeys(CLASSES, Decimal(0))
    products = []
    before = Decimal(0)
    for product, name, revenue in rows:
        place = next((one for one, end in CLASSES.items() if before < end * total), "C")
        before += revenue
        counts[place] += 1
        revenues[place] += revenue
        shares = divided(revenue, total), divided(before, total)
        products.append(RankedProduct(product, name, place, rounded(revenue), *shares))
    classes = [
        ClassSize(one, counts[one], rounded(revenues[one]), divided(revenues[one], total))
        for one in CLASSES
    ]
    return Abc(classes, products, version)
