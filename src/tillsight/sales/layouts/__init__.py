"""Layouts of files: which column holds what. A layout is data; one file each."""

from tillsight.errors import UnknownLayout
from tillsight.sales.layouts.customers import CUSTOMERS
from tillsight.sales.layouts.hm_articles import HM_ARTICLES
from tillsight.sales.layouts.hm_customers import HM_CUSTOMERS
from tillsight.sales.layouts.hm_transactions import HM_TRANSACTIONS
from tillsight.sales.layouts.kpi_values import KPI_VALUES, KPI_VALUES_BY_MONTH
from tillsight.sales.layouts.layout import DateOrder, Field, FileKind, Layout, normal_header
from tillsight.sales.layouts.online_retail import ONLINE_RETAIL
from tillsight.sales.layouts.products import PRODUCT_LIST, PRODUCTS
from tillsight.sales.layouts.purchases import PURCHASES
from tillsight.sales.layouts.shopify import SHOPIFY
from tillsight.sales.layouts.square import SQUARE
from tillsight.sales.layouts.superstore import SUPERSTORE
from tillsight.sales.layouts.woocommerce import WOOCOMMERCE

LAYOUTS = (
    ONLINE_RETAIL,
    PURCHASES,
    HM_TRANSACTIONS,
    SHOPIFY,
    WOOCOMMERCE,
    SQUARE,
    SUPERSTORE,
    CUSTOMERS,
    HM_CUSTOMERS,
    PRODUCTS,
    HM_ARTICLES,
    PRODUCT_LIST,
    KPI_VALUES,
    KPI_VALUES_BY_MONTH,
)
NEAR = 0.5
"""Share of the columns a layout needs that makes a file look like it."""

__all__ = [
    "LAYOUTS",
    "DateOrder",
    "Field",
    "FileKind",
    "Layout",
    "detect",
    "detect_one",
    "normal_header",
]


def detect(header: list[str]) -> tuple[Layout, dict[Field, int]]:
    """The layout of a header, and the position of each field's column.

    Raises:
        UnknownLayout: no layout fits; names what the nearest one misses and what was found.
    """
    for layout in LAYOUTS:
        if layout.fits(header):
            return layout, layout.columns_in(header)
    raise _no_layout(header)


def detect_one(header: list[str], name: str) -> tuple[Layout, dict[Field, int]]:
    """The layout of this name, and the position of each field's column in a header.

    Raises:
        UnknownLayout: it does not fit; names what it misses.
    """
    layout = next(one for one in LAYOUTS if one.name == name)
    if layout.missing_in(header):
        raise _incomplete(header, layout)
    return layout, layout.columns_in(header)


def _no_layout(header: list[str]) -> UnknownLayout:
    incomplete = [one for one in LAYOUTS if one.required - one.columns_in(header).keys()]
    nearest = max(incomplete, key=lambda layout: layout.share_in(header))
    if nearest.share_in(header) < NEAR:
        known = "; ".join(f"{one.label} ({', '.join(one.sample_header())})" for one in LAYOUTS)
        return UnknownLayout(
            f"No known layout has these columns: {_listed(header)}. Say which column is what (a"
            f" mapping), or rename them. Known layouts: {known}."
        )
    return _incomplete(header, nearest)


def _incomplete(header: list[str], nearest: Layout) -> UnknownLayout:
    return UnknownLayout(
        f"Missing column: {nearest.missing_in(header)[0]}. The file looks like {nearest.label},"
        f" which needs {', '.join(nearest.sample_header())}; found: {_listed(header)}."
    )


def _listed(header: list[str]) -> str:
    shown = ", ".join(name[:40] for name in header[:12])
    return shown + (f" and {len(header) - 12} more" if len(header) > 12 else "")
