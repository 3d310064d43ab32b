"""Layouts of files: which column holds what. A layout is data; one file each."""

from tillsight.errors import InvalidInput
from tillsight.sales.layouts.customers import CUSTOMERS
from tillsight.sales.layouts.hm_articles import HM_ARTICLES
from tillsight.sales.layouts.hm_customers import HM_CUSTOMERS
from tillsight.sales.layouts.layout import DateOrder, Field, FileKind, Layout, normal_header
from tillsight.sales.layouts.online_retail import ONLINE_RETAIL
from tillsight.sales.layouts.products import PRODUCT_LIST, PRODUCTS
from tillsight.sales.layouts.purchases import PURCHASES

LAYOUTS = (
    ONLINE_RETAIL,
    PURCHASES,
    CUSTOMERS,
    HM_CUSTOMERS,
    PRODUCTS,
    HM_ARTICLES,
    PRODUCT_LIST,
)

__all__ = ["LAYOUTS", "DateOrder", "Field", "FileKind", "Layout", "detect", "normal_header"]


def detect(header: list[str]) -> tuple[Layout, dict[Field, int]]:
    """The layout of a header, and the position of each field's column.

    Raises:
        InvalidInput: no layout fits; names what the nearest one misses and what was found.
    """
    for layout in LAYOUTS:
        if layout.fits(header):
            return layout, layout.columns_in(header)
    incomplete = [one for one in LAYOUTS if one.required - one.columns_in(header).keys()]
    nearest = max(
        incomplete, key=lambda layout: len(layout.required & layout.columns_in(header).keys())
    )
    found = nearest.columns_in(header)
    if not found:
        known = "; ".join(f"{one.label} ({', '.join(one.sample_header())})" for one in LAYOUTS)
        raise InvalidInput(
            f"No known layout has these columns: {_listed(header)}. Known layouts: {known}."
        )
    raise InvalidInput(
        f"Missing column: {nearest.missing_in(header)[0]}. The file looks like {nearest.label},"
        f" which needs {', '.join(nearest.sample_header())}; found: {_listed(header)}."
    )


def _listed(header: list[str]) -> str:
    shown = ", ".join(name[:40] for name in header[:12])
    return shown + (f" and {len(header) - 12} more" if len(header) > 12 else "")
