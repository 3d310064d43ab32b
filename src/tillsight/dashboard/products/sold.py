"""What was sold of each product in the chosen days, and in those they are compared with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tillsight.dashboard import client, sales_page
from tillsight.dashboard.sales_page import SalesPage

MOST = 5000
"""Products of a period, by revenue. More would be too much to look through for a page."""

One = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `price` is what a unit cost on average, `before` its revenue in the days before,
    None where that is not known.
    """

    product: str
    name: str
    category: str | None
    revenue: float
    units: float
    price: float | None
    before: float | None = None

    @property
    def difference(self) -> float:
        """How much more revenue than before; 0 where that is not known."""
        return 0.0 if self.before is None else self.revenue - self.before


@dataclass(frozen=True)
class Sold:
    """The products, most revenue first, those that were sold before only at the end; revenue
    without a product; whether there were more products than were asked for, and whether there is
    something to compare with. `about` is the answer without its rows.
    """

    products: Sequence[Product]
    unnamed: float
    is_cut: bool
    is_compared: bool
    about: One


@dataclass
class Once:
    """What several panels need: asked by the first of them, while the others wait for it."""

    ask: Callable[[], Sold]
    _lock: Lock = field(default_factory=Lock)
    _found: list[Sold] = field(default_factory=list)

    def get(self) -> Sold:
        """What was sold. A refusal is not kept, so it can be asked again."""
        with self._lock:
            if not self._found:
                self._found.append(self.ask())
            return self._found[0]


def asked(page: SalesPage) -> client.Parameters:
    """The question, all of whose answer can be taken home."""
    return {
        "measures": "revenue,units,average_price",
        "by": "product,category",
        "order": "-revenue",
        **page.choice.compared(),
    }


def of(page: SalesPage) -> Sold:
    """Ask the API."""
    return read(sales_page.query({**asked(page), "limit": MOST}), MOST)


def read(answer: One, most: int) -> Sold:
    """Both windows of an answer, product by product.

    Where one of them has as many rows as were asked for, a product that is missing there may have
    been sold all the same: nothing is said of it then.
    """
    comparison = answer["comparison"] or {"rows": [], "totals": {"revenue": 0}}
    is_compared = bool(comparison["totals"]["revenue"])
    rows, earlier = answer["rows"], comparison["rows"] if is_compared else []
    known = {row["product"]: row["revenue"] for row in earlier}
    absent = 0.0 if is_compared and len(earlier) < most else None
    here = {row["product"] for row in rows if _is_product(row)}
    gone = [row for row in earlier if row["product"] not in here] if len(rows) < most else []
    return Sold(
        [_product(row, known.get(row["product"], absent)) for row in rows if _is_product(row)]
        + [_lost(row) for row in gone if _is_product(row)],
        sum(row["revenue"] for row in rows if row["product"] is None),
        max(len(rows), len(earlier)) >= most,
        is_compared,
        {name: value for name, value in answer.items() if name != "rows"},
    )


def _is_product(row: One) -> bool:
    return row["product"] is not None and bool(row["units"])  # else only returns


def _product(row: One, before: float | None) -> Product:
    return Product(
        row["product"],
        row["product_name"] or row["product"],
        row["category"],
        row["revenue"],
        row["units"],
        row["average_price"],
        before,
    )


def _lost(row: One) -> Product:
    return Product(
        row["product"],
        row["product_name"] or row["product"],
        row["category"],
        0.0,
        0,
        None,
        row["revenue"],
    )


def ranked(products: Sequence[Product], order: str) -> list[Product]:
    """Those that an order is about, in that order: `revenue`, `units`, `rose` or `fell`."""
    if order == "rose":
        rose = [one for one in products if one.difference > 0]
        return sorted(rose, key=lambda one: -one.difference)
    if order == "fell":
        fell = [one for one in products if one.difference < 0]
        return sorted(fell, key=lambda one: one.difference)
    here = [one for one in products if one.units]
    return here if order == "revenue" else sorted(here, key=lambda one: -one.units)
